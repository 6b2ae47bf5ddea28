//! What becomes of a picture.

use crate::painting::artist::Ways;
use crate::painting::gallery::{Gallery, prompt};
use doubles::images::{ImageFaultKind, ImageSettings};
use serde_json::json;
use steps::open::{Refusal, Request};
use story::job::{Kind, Status};
use story::plan::{OnPictureFailure, OnUncertain};

const WAYS: Ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (5_000, 5_000) };

fn gallery() -> Gallery {
    let settings = ImageSettings { per_window: None, ..ImageSettings::default() };
    let mut gallery = Gallery::new(1, settings, WAYS, 0);
    gallery.house.settings.images_per_minute = None;
    for _ in 0..4 {
        gallery.paints(gallery.house.clone());
    }
    gallery
}

#[tokio::test(start_paused = true)]
async fn a_picture_is_drawn_once_for_all_who_describe_it() {
    let gallery = gallery();
    let lines = [("One.", prompt("A red door.")), ("Two.", prompt("A blue door.")), ("Three.", prompt("A red door."))];
    let (one, other) = (gallery.order(&lines).await, gallery.order(&lines[..2]).await);
    let (one, other) = (gallery.ended(&one).await, gallery.ended(&other).await);
    assert_eq!((one.counts.pictures, one.counts.pictures_reused), (2, 0));
    assert_eq!((other.counts.pictures, other.counts.pictures_reused), (0, 2));
    assert!((one.cost.cost_usd - 0.02).abs() < 0.02 && other.cost.saved_usd > 0.019, "{:?} {:?}", one.cost, other.cost);
    assert_eq!(gallery.artist.log().calls.len(), 2);
    assert_eq!((one.stages.paint.done, one.stages.paint.of), (2, 2));
    // The same later: it is there.
    let later = gallery.order(&lines).await;
    assert_eq!(gallery.ended(&later).await.counts.pictures_reused, 2);
    assert_eq!(gallery.artist.log().calls.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn pictures_are_drawn_beside_each_other_and_beside_the_speech() {
    let gallery = gallery();
    let texts: Vec<String> = (0..4).map(|number| format!("Picture {number}.")).collect();
    let lines: Vec<_> = texts.iter().map(|text| ("Said.", prompt(text))).collect();
    let began = gallery.house.clock.now();
    let job = gallery.order(&lines).await;
    gallery.ended(&job).await;
    assert!(gallery.house.clock.now().since_ms(began) <= 6_000);
    assert_eq!(gallery.artist.log().max_in_flight, 4);
}

#[tokio::test(start_paused = true)]
async fn a_refused_picture_fails_its_job_with_the_reason_and_leaves_the_others_going() {
    let gallery = gallery();
    gallery.artist.fails(ImageFaultKind::Moderation.for_prompt("forbidden"));
    let lines = [("One.", prompt("Something forbidden.")), ("Two.", prompt("A blue door."))];
    let job = gallery.order(&lines).await;
    let view = gallery.ended(&job).await;
    let error = view.error.expect("a reason");
    assert_eq!((view.status, error.pointer.as_str()), (Status::Failed, "/lines/0/picture"), "{error:?}");
    assert_eq!((view.counts.pictures, view.counts.spoken), (1, 2), "the other picture and all lines are there");
    assert_eq!(view.stages.compose.done, 1, "its scene too");
    let (calls, spoken) = (gallery.artist.log().calls.len(), view.counts.spoken);
    steps::cancel::retry(&gallery.house, &job).await.expect("it can be tried again");
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.spoken), (Status::Succeeded, spoken));
    assert_eq!(gallery.artist.log().calls.len(), calls + 1, "only what was missing was made");
}

#[tokio::test(start_paused = true)]
async fn a_card_stands_in_where_the_job_has_it_so_until_it_is_retried() {
    let gallery = gallery();
    gallery.artist.fails(ImageFaultKind::Moderation.for_prompt("forbidden"));
    let lines = [("One.", prompt("Something forbidden.")), ("Two.", prompt("A blue door."))];
    let job = gallery.order_with(&lines, |request| request.on_picture_failure = OnPictureFailure::Card).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.cards, view.counts.pictures), (Status::Succeeded, 1, 1));
    let warning = view.warnings.iter().find(|warning| warning.code == "picture-card").expect("a warning");
    assert_eq!(warning.pointer.as_deref(), Some("/lines/0/picture"));
    steps::cancel::retry(&gallery.house, &job).await.expect("it can be tried again");
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.cards, view.counts.pictures), (Status::Succeeded, 0, 2));
    assert_eq!(gallery.artist.log().calls.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_bought_again_once_and_shown() {
    let gallery = gallery();
    gallery.artist.fails(ImageFaultKind::Lost { charged: true }.once());
    let job = gallery.order(&[("One.", prompt("A red door."))]).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.rebought), (Status::Succeeded, 1));
    assert_eq!(gallery.artist.log().charged_for("A red door."), 2);
    assert!(view.cost.cost_usd >= 0.02, "both calls are in the bill: {:?}", view.cost);

    gallery.artist.fails(ImageFaultKind::Lost { charged: true }.times(2));
    let job = gallery.order(&[("One.", prompt("A green door."))]).await;
    let view = gallery.ended(&job).await;
    assert_eq!(view.status, Status::Failed, "twice is enough");
    assert_eq!(gallery.artist.log().charged_for("A green door."), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_left_to_a_person_where_the_job_has_it_so() {
    let gallery = gallery();
    gallery.artist.fails(ImageFaultKind::Lost { charged: true }.once());
    let order = |request: &mut Request| request.on_uncertain = OnUncertain::Fail;
    let lines = [("One.", prompt("A red door."))];
    let job = gallery.order_with(&lines, order).await;
    assert_eq!(gallery.ended(&job).await.status, Status::Failed);
    let again = gallery.order_with(&lines, order).await;
    assert_eq!(gallery.ended(&again).await.status, Status::Failed, "nobody has said that it may be bought again");
    assert_eq!(gallery.artist.log().calls.len(), 1);
    let buys = gallery.order(&lines).await;
    let view = gallery.ended(&buys).await;
    assert_eq!((view.status, view.counts.rebought), (Status::Succeeded, 1));
}

#[tokio::test(start_paused = true)]
async fn a_painter_that_dies_in_mid_call_costs_one_call_more_and_no_job() {
    let mut gallery = Gallery::new(1, ImageSettings { per_window: None, ..ImageSettings::default() }, WAYS, 0);
    gallery.house.settings.images_per_minute = None;
    let painter = gallery.paints(gallery.house.clone());
    let job = gallery.order(&[("One.", prompt("A red door."))]).await;
    while gallery.artist.account().in_flight() == 0 {
        gallery.lives(100).await;
    }
    painter.abort();
    gallery.paints(gallery.house.clone());
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.rebought), (Status::Succeeded, 1));
    assert_eq!(gallery.artist.log().calls.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_account_says_so_once_and_asks_no_more() {
    let gallery = gallery();
    gallery.artist.fails(ImageFaultKind::Spent.times(100));
    let texts: Vec<String> = (0..20).map(|number| format!("Picture {number}.")).collect();
    let lines: Vec<_> = texts.iter().map(|text| ("Said.", prompt(text))).collect();
    let job = gallery.order(&lines).await;
    let view = gallery.ended(&job).await;
    assert_eq!(view.status, Status::Failed);
    assert!(
        gallery.artist.log().refusals.len() <= 4,
        "one for each who painted: {}",
        gallery.artist.log().refusals.len()
    );
    gallery.artist.account().faults.clear();
    gallery.lives(61_000).await;
    steps::cancel::retry(&gallery.house, &job).await.expect("it can be tried again");
    assert_eq!(gallery.ended(&job).await.status, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_picture_at_an_address_is_fetched_and_a_wrong_address_is_refused_before_anything_is_made() {
    let gallery = gallery();
    let lines =
        [("One.", json!({"url": "https://example.com/a.png"})), ("Two.", json!({"url": "https://example.com/b.png"}))];
    let job = gallery.order(&lines).await;
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.pictures, view.cost.cost_usd > 0.009), (Status::Succeeded, 2, false));
    assert_eq!(gallery.artist.log().calls.len(), 0);

    let script = crate::painting::gallery::script(&[("One.", json!({"url": "https://private.example/a.png"}))]);
    let refused = steps::open::open(&gallery.house, gallery.makers(), Request::script(Kind::Video, script)).await;
    let Err(Refusal::Invalid(invalid)) = refused else { panic!("it was taken") };
    assert_eq!(invalid.problems[0].pointer, "/lines/0/picture/url");

    let gone = gallery.order(&[("One.", json!({"url": "https://example.com/gone.png"}))]).await;
    assert!(gallery.ended(&gone).await.error.expect("a reason").detail.contains("404"));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_wants_any_more_is_not_drawn_and_nothing_stays() {
    let mut gallery = Gallery::new(1, ImageSettings::default(), WAYS, 0);
    let job = gallery.order(&[("One.", prompt("A red door."))]).await;
    gallery.lives(2_000).await;
    steps::cancel::cancel(&gallery.house, &job).await.expect("it can be cancelled");
    gallery.paints(gallery.house.clone());
    gallery.lives(120_000).await;
    assert_eq!(gallery.artist.log().calls.len(), 0);

    let job = gallery.order(&[("Two.", prompt("A blue door."))]).await;
    assert_eq!(gallery.ended(&job).await.status, Status::Succeeded);
    let month_ms = gallery.house.settings.take_ttl_ms;
    gallery.lives(month_ms + 8 * 24 * 3_600_000).await;
    for _ in 0..2 {
        steps::sweep::sweep(&gallery.house).await.expect("the stores work");
    }
    let left = gallery.house.artifacts.list("pictures/").await.expect("the store works");
    assert_eq!(left, Vec::new());
    let pictures = gallery.house.records.list(&story::records::Partition::Pictures, "", 10).await;
    assert_eq!(pictures.expect("the store works"), Vec::new());
}

//! All stories, told some at a time, and what the host saw of them in the end.

use crate::books::Books;
use crate::{clips, costly, crowd, deadly, explainers, films, gateway, keeping, lost, pictures};
use futures_util::future::BoxFuture;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Stories at once: two processors, and much waiting for leases.
const AT_ONCE: usize = 3;
/// A story that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(240);

type Story = fn(Arc<Books>) -> BoxFuture<'static, ()>;

macro_rules! stories {
    ($($place:ident :: $name:ident),* $(,)?) => {
        [$((concat!(stringify!($place), "::", stringify!($name)), (|books| Box::pin($place::$name(books))) as Story)),*]
    };
}

/// Tells the stories whose name has one of these parts; all of them where there is none.
pub(crate) async fn tell(parts: &[String]) -> ExitCode {
    // Those that wait for a minute come first.
    let all = stories![
        deadly::a_worker_killed_in_mid_call_costs_a_minute_and_no_second_payment,
        deadly::a_worker_that_outlasts_its_time_costs_a_minute_and_no_second_payment,
        gateway::a_gateway_killed_in_mid_call_is_asked_again_and_nothing_is_paid_twice,
        lost::what_no_message_says_the_sweep_says,
        pictures::no_minute_has_more_pictures_than_the_limit,
        clips::a_worker_killed_while_it_fetches_a_clip_costs_no_second_order,
        deadly::every_function_is_killed_in_mid_call_and_the_film_is_made_all_the_same,
        crowd::the_table_of_requests_and_answers_holds_behind_the_gateway,
        films::a_script_becomes_a_film_that_plays_and_its_sound_is_the_previews_packet_for_packet,
        pictures::a_story_is_written_once_and_becomes_a_film,
        pictures::a_film_of_described_pictures_has_each_drawn_once,
        clips::a_clip_is_ordered_once_asked_for_and_fetched_once,
        explainers::a_topic_is_rehearsed_and_its_animations_are_written_once,
        explainers::a_topic_is_planned_written_and_spoken_once,
        explainers::a_program_is_drawn_by_the_function_that_has_no_rights,
        explainers::an_animation_that_ends_its_function_each_time_ends_its_job_with_a_reason,
        crowd::twenty_jobs_at_once_all_end_and_each_line_is_paid_once,
        gateway::a_line_spoken_at_the_gateway_is_the_providers_and_paid_once,
        gateway::the_first_sound_is_heard_while_the_line_is_still_spoken,
        gateway::a_rehearsal_is_heard_at_the_gateway_and_asks_no_provider,
        gateway::a_take_whose_sound_is_gone_is_spoken_again,
        gateway::ten_at_the_gateway_and_a_preview_share_one_voice,
        crowd::three_lanes_speak_at_once_and_never_more,
        films::a_cold_start_midway_changes_nothing,
        costly::a_message_handed_over_twice_buys_nothing_twice,
        costly::a_message_that_died_too_often_is_redriven_and_its_job_goes_on,
        costly::a_scene_that_ends_its_function_each_time_ends_its_job_with_a_reason,
        lost::a_film_of_a_preview_that_still_runs_waits_for_its_track,
        lost::a_waiting_line_that_a_person_cancels_is_told_to_its_job,
        lost::a_plan_that_is_gone_is_told_and_not_waited_for,
        lost::a_track_that_comes_after_its_job_was_removed_leaves_nothing,
        keeping::what_has_expired_is_gone_after_two_sweeps_but_the_ledger,
    ];
    let chosen: Vec<_> = all
        .into_iter()
        .filter(|(name, _)| parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str())))
        .collect();
    let is_whole = parts.is_empty();
    let (books, places, began) = (Arc::new(Books::default()), Arc::new(Semaphore::new(AT_ONCE)), now());
    let mut told = Vec::new();
    for (name, story) in chosen {
        let (books, place) = (books.clone(), places.clone().acquire_owned().await.unwrap());
        told.push(tokio::spawn(async move {
            let began = now();
            let told = tokio::spawn(tokio::time::timeout(LONGEST, story(books))).await;
            let is_good = matches!(told, Ok(Ok(())));
            let how = if is_good { "ok" } else { "FAILED" };
            say(&format!("story {} ... {how} ({:.1} s)", name.replace('_', " "), began.elapsed().as_secs_f64()));
            drop(place);
            is_good
        }));
    }
    let mut failed = 0;
    for story in told {
        failed += usize::from(!story.await.unwrap_or(false));
    }
    say(&books.table());
    let complaints = books.complaints(is_whole && failed == 0);
    for complaint in &complaints {
        say(complaint);
    }
    say(&format!("{failed} stories failed, {} complaints; {:.0} s", complaints.len(), began.elapsed().as_secs_f64()));
    if failed == 0 && complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "the run is told how long it took by the clock on the wall")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "this is what the run is for")]
fn say(sentence: &str) {
    println!("{sentence}");
}

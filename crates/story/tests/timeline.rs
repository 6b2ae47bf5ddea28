//! Rows, sums and drawing of a timeline.

use crate::plans::plan_of;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use story::job::{Job, Kind, Progress, Source, Status};
use story::plan::Plan;
use story::queue::{Outcome, Part};
use story::timeline::{Doing, Known, Row, Seen, Span, Stage, Sums, Timeline, Times};
use story::{JobId, Timestamp};

const BEGAN: u64 = 1_795_000_000_000;

fn head(kind: Kind, status: Status, updated_ms: u64) -> Job {
    Job {
        id: JobId("0000000000001".into()),
        kind,
        source: Source::Script,
        status,
        created_at: Timestamp(BEGAN),
        updated_at: Timestamp(BEGAN + updated_ms),
        expires_at: Timestamp(BEGAN + 999_999),
        ttl_ms: 999_999,
        order: String::new(),
        last_virtual_time: 0,
        warnings: Vec::new(),
        error: None,
        metadata: Map::new(),
        files: Vec::new(),
        track: None,
        written: None,
        footage: None,
        attended: false,
        key: None,
    }
}

/// Instants in milliseconds since the job was made.
fn times(queued: Option<i64>, begun: Option<i64>, ended: Option<i64>, stored: Option<i64>) -> Times {
    let at = |ms: Option<i64>| ms.map(|ms| Timestamp(BEGAN.saturating_add_signed(ms)));
    Times { queued_at: at(queued), begun_at: at(begun), ended_at: at(ended), stored_at: at(stored) }
}

fn all(ms: [i64; 4]) -> Times {
    let [queued, begun, ended, stored] = ms.map(Some);
    times(queued, begun, ended, stored)
}

fn seen(times: Times) -> Seen {
    Seen { times, lane: None }
}

fn settled(plan: &Plan, parts: impl IntoIterator<Item = (Part, Outcome)>) -> Progress {
    let mut progress = Progress::new(JobId("0000000000001".into()), plan);
    for (part, outcome) in parts {
        progress = progress.after(&progress.moved(part, outcome)).unwrap_or(progress);
    }
    progress
}

fn every_part(plan: &Plan) -> Vec<Part> {
    let takes = (0..plan.takes.len()).map(Part::Take);
    let pictures = (0..plan.paintings.len()).map(Part::Picture);
    let scenes = (0..plan.scenes.len()).map(Part::Scene);
    takes.chain(pictures).chain(scenes).chain([Part::Track, Part::Film]).collect()
}

fn line(text: &str, prompt: &str) -> Value {
    json!({"speaker": "Ana", "text": text, "picture": {"prompt": prompt}})
}

/// Two scenes, one lane, pictures beside the speech; the first take was there before.
fn film() -> (Plan, Known) {
    let plan = plan_of(Kind::Video, vec![line("One.", "A door."), line("Two.", "A tree.")]);
    let known = Known {
        takes: vec![seen(all([-900, -800, -700, -600])), seen(all([10, 100, 400, 450]))],
        pictures: vec![seen(all([10, 20, 220, 230])), seen(all([10, 230, 430, 440]))],
        noted: [
            (Part::Scene(0), times(None, Some(260), Some(500), Some(510))),
            (Part::Scene(1), times(None, Some(510), Some(700), Some(720))),
            (Part::Track, times(None, Some(450), Some(480), Some(490))),
            (Part::Film, times(None, Some(730), Some(900), Some(930))),
        ]
        .into(),
    };
    (plan, known)
}

fn spans(rows: &[Row], stage: Stage, part: usize) -> Vec<(Doing, u64, u64)> {
    let row = rows.iter().find(|row| row.stage == stage && row.part == part).expect("the row is there");
    row.spans.iter().map(|span| (span.doing, span.from_ms, span.to_ms)).collect()
}

#[test]
fn each_part_waits_from_when_all_that_it_needs_was_there() {
    let (plan, known) = film();
    let progress = settled(&plan, every_part(&plan).into_iter().map(|part| (part, Outcome::Made)));
    let timeline =
        Timeline::new(&head(Kind::Video, Status::Succeeded, 940), &plan, &progress, &known, Timestamp(BEGAN + 5_000));
    let rows = &timeline.rows;
    use Doing::{Provider, Queued, Stored, Studio};
    assert_eq!(spans(rows, Stage::Speak, 0), [], "it was there");
    assert_eq!(spans(rows, Stage::Speak, 1), [(Queued, 10, 100), (Provider, 100, 400), (Stored, 400, 450)]);
    assert_eq!(spans(rows, Stage::Compose, 0), [(Queued, 230, 260), (Studio, 260, 500), (Stored, 500, 510)]);
    assert_eq!(spans(rows, Stage::Compose, 1), [(Queued, 450, 510), (Studio, 510, 700), (Stored, 700, 720)]);
    assert_eq!(spans(rows, Stage::Track, 0), [(Studio, 450, 480), (Stored, 480, 490)]);
    assert_eq!(spans(rows, Stage::Join, 0), [(Queued, 720, 730), (Studio, 730, 900), (Stored, 900, 930)]);
    assert_eq!(timeline.length_ms, 940);

    let speak = &timeline.stages[0];
    assert_eq!((speak.parts, speak.made, speak.waited_ms, speak.worked_ms), (2, 1, 90, 350));
    // From 100 to 450 the pictures are drawn beside it, to 440; then the scene is rendered.
    assert_eq!(speak.beside_ms, 350);
    let join = &timeline.stages[4];
    assert_eq!((join.waited_ms, join.longest_wait_ms, join.worked_ms, join.beside_ms), (10, 10, 200, 0));
    let second = &timeline.scenes[1];
    let compose = Sums { queued_ms: 60, studio_ms: 190, stored_ms: 20, ..Sums::default() };
    assert_eq!((second.ready_ms, second.compose), (Some(720), Some(compose)));
    assert_eq!((second.waited_ms, second.worked_ms), (90 + 220 + 60, 350 + 210 + 210));
    assert_eq!(timeline.scenes[0].speak, None);
    assert_eq!(timeline.total.busy_ms, 210 + (720 - 230) + 200);
}

#[test]
fn what_a_running_job_is_at_is_open_and_what_ended_is_not() {
    let (plan, mut known) = film();
    known.takes[1] = seen(times(Some(10), Some(100), None, None));
    known.pictures[1] = seen(times(Some(10), None, None, None));
    known.noted.clear();
    let progress = settled(&plan, [(Part::Take(0), Outcome::Reused), (Part::Picture(0), Outcome::Made)]);
    let at = |status, updated_ms| {
        let head = head(Kind::Video, status, updated_ms);
        Timeline::new(&head, &plan, &progress, &known, Timestamp(BEGAN + 1_000))
    };
    let runs = at(Status::Running, 50);
    use Doing::{Pending, Provider, Queued};
    assert_eq!(spans(&runs.rows, Stage::Speak, 1), [(Queued, 10, 100), (Provider, 100, 1_000)]);
    assert_eq!(spans(&runs.rows, Stage::Paint, 1), [(Queued, 10, 1_000)]);
    assert_eq!(spans(&runs.rows, Stage::Compose, 0), [(Pending, 230, 1_000)], "nobody knows which yet");
    assert_eq!(spans(&runs.rows, Stage::Compose, 1), [], "what it needs is not there");
    assert_eq!(spans(&runs.rows, Stage::Track, 0), []);
    assert_eq!(runs.length_ms, 1_000);
    let cancelled = at(Status::Cancelled, 600);
    assert_eq!(spans(&cancelled.rows, Stage::Speak, 1), [(Queued, 10, 100)]);
    assert_eq!(cancelled.length_ms, 600);
}

#[test]
fn what_was_noted_in_an_earlier_life_is_not_shown_of_a_part_that_is_made_again() {
    let (plan, known) = film();
    let parts = every_part(&plan).into_iter().filter(|part| !matches!(part, Part::Scene(1) | Part::Film));
    let progress = settled(&plan, parts.map(|part| (part, Outcome::Made)));
    let head = head(Kind::Video, Status::Running, 940);
    let timeline = Timeline::new(&head, &plan, &progress, &known, Timestamp(BEGAN + 5_000));
    assert_eq!(spans(&timeline.rows, Stage::Compose, 1), [(Doing::Pending, 450, 5_000)]);
    assert_eq!(spans(&timeline.rows, Stage::Join, 0), []);
}

#[test]
fn of_an_address_only_the_host_is_shown() {
    let address = |url: &str| json!({"speaker": "Ana", "text": "Hello.", "picture": {"url": url}});
    for (url, label) in [
        ("https://user:secret@pictures.example/a?token=secret#secret", "1 pictures.example"),
        ("https://pictures.example\\@evil/secret", "1 pictures.example"),
        ("secret", "1 secret"),
    ] {
        let plan = plan_of(Kind::Video, vec![address(url)]);
        let (progress, head) = (settled(&plan, []), head(Kind::Video, Status::Running, 0));
        let timeline = Timeline::new(&head, &plan, &progress, &Known::default(), Timestamp(BEGAN));
        let row = timeline.rows.iter().find(|row| row.stage == Stage::Paint).expect("a picture");
        assert_eq!(row.label, label);
    }
}

#[test]
fn what_was_rendered_before_holds_up_nothing_that_its_takes_do_not() {
    let (plan, mut known) = film();
    known.noted.remove(&Part::Scene(1));
    let outcome = |part| if part == Part::Scene(1) { Outcome::Reused } else { Outcome::Made };
    let progress = settled(&plan, every_part(&plan).into_iter().map(|part| (part, outcome(part))));
    known.noted.insert(Part::Scene(0), times(None, Some(240), Some(250), Some(260)));
    known.noted.insert(Part::Track, times(None, Some(450), Some(450), Some(450)));
    let head = head(Kind::Video, Status::Succeeded, 940);
    let timeline = Timeline::new(&head, &plan, &progress, &known, head.updated_at);
    let (waited, joined) = ((Doing::Queued, 450, 730), (Doing::Studio, 730, 900));
    assert_eq!(spans(&timeline.rows, Stage::Join, 0), [waited, joined, (Doing::Stored, 900, 930)]);
}

/// A text like those that break things, or any.
fn text() -> impl Strategy<Value = String> {
    let hostile = [
        "</text><script>alert(1)</script>",
        "]]>&lt;&#0;&quot;'\"<!--",
        "\u{202e}\u{2066}gnirts\u{0}\u{1b}[31m\u{fffe}\u{ffff}\u{85}",
        "שלום עולם مرحبا",
        "你好，世界。こんにちは",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "url(https://evil.example/x) href=\"javascript:x\" onload=x",
        "",
    ];
    prop_oneof![proptest::sample::select(hostile.to_vec()).prop_map(str::to_owned), any::<String>(), ".{0,400}"]
}

fn instants() -> impl Strategy<Value = Times> {
    let instant = || proptest::option::weighted(0.85, -2_000_i64..100_000);
    (instant(), instant(), instant(), instant()).prop_map(|(a, b, c, d)| times(a, b, c, d))
}

#[derive(Debug)]
struct AnyJob {
    lines: Vec<(String, String)>,
    times: Vec<Times>,
    outcomes: Vec<Option<Outcome>>,
    status: Status,
    now_ms: u64,
}

fn any_job() -> impl Strategy<Value = AnyJob> {
    let outcome = || proptest::option::of(proptest::sample::select(&Outcome::ALL[..]));
    let status = [Status::Running, Status::Succeeded, Status::Failed, Status::Cancelled];
    (
        proptest::collection::vec((text(), text()), 1..12),
        proptest::collection::vec(instants(), 40),
        proptest::collection::vec(outcome(), 40),
        proptest::sample::select(status.to_vec()),
        0..120_000_u64,
    )
        .prop_map(|(lines, times, outcomes, status, now_ms)| AnyJob { lines, times, outcomes, status, now_ms })
}

impl AnyJob {
    fn timeline(&self) -> Timeline {
        let plan = plan_of(Kind::Video, self.lines.iter().map(|(text, prompt)| line(text, prompt)).collect());
        let parts = every_part(&plan);
        let outcomes = parts.iter().zip(&self.outcomes).filter_map(|(part, outcome)| Some((*part, (*outcome)?)));
        let progress = settled(&plan, outcomes);
        let known = Known {
            takes: (0..plan.takes.len()).map(|index| Seen { times: self.times[index], lane: Some(1) }).collect(),
            pictures: (0..plan.paintings.len()).map(|index| seen(self.times[12 + index])).collect(),
            noted: parts.iter().zip(self.times.iter().rev()).map(|(part, times)| (*part, *times)).collect(),
        };
        let head = head(Kind::Video, self.status, self.now_ms);
        Timeline::new(&head, &plan, &progress, &known, Timestamp(BEGAN + self.now_ms))
    }
}

fn ms(spans: impl IntoIterator<Item = Span>) -> u64 {
    spans.into_iter().map(|span| span.ms()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn spans_follow_each_other_and_sums_add_up(job in any_job()) {
        let timeline = job.timeline();
        for row in &timeline.rows {
            let mut before_ms = 0;
            for span in &row.spans {
                prop_assert!(before_ms <= span.from_ms && span.from_ms < span.to_ms, "{row:?}");
                before_ms = span.to_ms;
            }
            prop_assert!(before_ms <= timeline.length_ms, "{row:?}");
        }
        let spans = || timeline.rows.iter().flat_map(|row| row.spans.clone());
        let total = timeline.total;
        prop_assert_eq!(total.worked_ms, ms(spans().filter(|span| span.doing.is_work())));
        prop_assert_eq!(total.waited_ms, ms(spans().filter(|span| span.doing == Doing::Queued)));
        // By the clock's own milliseconds: how many work at each.
        let mut working = vec![0_u64; timeline.length_ms as usize];
        for span in spans().filter(|span| span.doing.is_work()) {
            working[span.from_ms as usize..span.to_ms as usize].iter_mut().for_each(|count| *count += 1);
        }
        prop_assert_eq!(total.busy_ms, working.iter().filter(|count| **count > 0).count() as u64);
        prop_assert_eq!(total.beside_ms, working.iter().filter(|count| **count > 1).sum::<u64>());
        for stage in &timeline.stages {
            prop_assert!(stage.beside_ms <= stage.worked_ms && stage.longest_wait_ms <= stage.waited_ms);
            prop_assert_eq!(stage.worked_ms, stage.sums.worked_ms());
        }
        let of_scene = |scene: usize| timeline.rows.iter().filter(move |row| row.scenes.contains(&scene));
        for scene in &timeline.scenes {
            let parts = [scene.speak, scene.paint, scene.compose].into_iter().flatten();
            let (waited, worked) = parts.fold((0, 0), |(a, b), sums| (a + sums.queued_ms, b + sums.worked_ms()));
            prop_assert_eq!((scene.waited_ms, scene.worked_ms), (waited, worked));
            prop_assert_eq!(Sums::of(of_scene(scene.scene)).worked_ms(), worked);
        }
    }

    #[test]
    fn the_drawing_is_well_formed_and_reaches_for_nothing_whatever_users_wrote(job in any_job()) {
        let timeline = job.timeline();
        let svg = timeline.to_svg();
        let document = roxmltree::Document::parse(&svg).map_err(|error| TestCaseError::fail(format!("{error}: {svg}")))?;
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            let is_plain = ["svg", "title", "style", "rect", "g", "text", "tspan", "path"].contains(&name);
            prop_assert!(is_plain, "{}", name);
            for attribute in node.attributes() {
                let name = attribute.name();
                prop_assert!(!name.starts_with("on") && !name.contains("href") && name != "style", "{}", name);
            }
        }
        let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
        for row in &timeline.rows {
            prop_assert!(texts.contains(&row.label.as_str()) || row.label.is_empty(), "{:?} is not shown", row.label);
        }
        let style = document.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "style")));
        let style = style.and_then(|style| style.text()).unwrap_or_default();
        prop_assert!(!style.is_empty() && !style.contains("url") && !style.contains("@import"));
    }
}

/// A film of many lines, each under a picture of its own, as a house with one lane and a window makes it.
fn long(lines: usize) -> Timeline {
    let text = |index: usize| match index % 4 {
        0 => format!("Line {index}: the sun was up before anyone had thought of it."),
        1 => format!("{index} 你好，世界。太陽已經升起來了，但是沒有人知道這件事情。"),
        2 => format!("{index} שלום עולם, השמש זרחה"),
        _ => format!("{index} <b>Is it?</b> & \"so\" 👩‍👩‍👧‍👦"),
    };
    let plan = plan_of(Kind::Video, (0..lines).map(|index| line(&text(index), &text(index + 1))).collect());
    let (mut takes, mut pictures, mut noted) = (Vec::new(), Vec::new(), Vec::new());
    let (mut spoken, mut cores) = (150_i64, [0_i64; 2]);
    for index in 0..lines as i64 {
        let length = 1_800 + (index * 7_919) % 2_600;
        takes.push(Seen { times: all([120, spoken, spoken + length, spoken + length + 90]), lane: Some(1) });
        spoken += length + 15;
        let draws = 140 + (index / 6) * 66_000 / 10 + (index % 6) * 40;
        pictures.push(seen(all([120, draws, draws + 5_200 + (index * 31) % 900, draws + 6_400])));
        let ready = (spoken + 75).max(draws + 6_400);
        let core = if cores[0] <= cores[1] { 0 } else { 1 };
        let begun = (ready + 30).max(cores[core]);
        cores[core] = begun + 2_700;
        noted.push((Part::Scene(index as usize), times(None, Some(begun), Some(begun + 2_500), Some(begun + 2_700))));
    }
    let last = cores[0].max(cores[1]);
    noted.push((Part::Track, times(None, Some(spoken + 100), Some(spoken + 900), Some(spoken + 1_000))));
    noted.push((Part::Film, times(None, Some(last + 40), Some(last + 3_040), Some(last + 3_300))));
    let known = Known { takes, pictures, noted: noted.into_iter().collect() };
    let progress = settled(&plan, every_part(&plan).into_iter().map(|part| (part, Outcome::Made)));
    let head = head(Kind::Video, Status::Succeeded, last as u64 + 3_400);
    Timeline::new(&head, &plan, &progress, &known, head.updated_at)
}

#[test]
fn five_thousand_lines_are_a_drawing_of_some_hundred_kilobytes() {
    for lines in [1, 6, 50, 500, 5_000] {
        let timeline = long(lines);
        let svg = timeline.to_svg();
        assert!(svg.len() < 400_000, "{lines} lines: {} bytes", svg.len());
        roxmltree::Document::parse(&svg).expect("well-formed");
        let json = serde_json::to_string(&timeline).expect("JSON");
        // A function may answer 6 MB, with each quote escaped.
        let bytes = json.len() + json.matches('"').count();
        assert!(bytes < 5_500_000, "{lines} lines: {bytes} bytes of JSON");
        if let Some(folder) = option_env!("DRAW_INTO") {
            std::fs::write(format!("{folder}/{lines}.svg"), &svg).expect("written");
        }
    }
}

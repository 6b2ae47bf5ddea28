use crate::plans::plan;
use story::job::{Idempotency, Job, Kind, OpenJob, Progress, Source, Status, Warning};
use story::queue::{Outcome, Part};
use story::records::{Partition, Record, Version};
use story::{JobId, Timestamp};

fn job() -> JobId {
    JobId("job".into())
}

#[test]
fn only_what_succeeded_failed_or_was_cancelled_has_ended() {
    for (status, has_ended) in [
        (Status::Queued, false),
        (Status::Running, false),
        (Status::Succeeded, true),
        (Status::Failed, true),
        (Status::Cancelled, true),
    ] {
        assert_eq!(status.has_ended(), has_ended, "{status:?}");
    }
}

#[test]
fn each_part_of_a_job_settles_once_and_by_itself() {
    let parts = [Part::Take(0), Part::Take(1), Part::Scene(0), Part::Scene(1), Part::Track, Part::Film];
    let outcomes = [Outcome::Failed, Outcome::Reused, Outcome::Made, Outcome::Rebought, Outcome::Silent, Outcome::Made];
    let mut progress = Progress::of(job(), [2, 0, 2]);
    for (part, outcome) in parts.into_iter().zip(outcomes) {
        assert_eq!(progress.outcome(part), None);
        let before = progress.clone();
        progress = progress.after(&progress.moved(part, outcome)).expect("it was not settled");
        for other in parts.into_iter().filter(|other| *other != part) {
            assert_eq!(progress.outcome(other), before.outcome(other));
        }
        assert_eq!(progress.outcome(part), Some(outcome));
        assert_eq!(progress.after(&progress.moved(part, Outcome::Failed)), None, "what is settled stays");
    }
    let takes: Vec<_> = progress.takes().collect();
    assert_eq!(takes, [Some(Outcome::Failed), Some(Outcome::Reused)]);
    let scenes: Vec<_> = progress.scenes().collect();
    assert_eq!(scenes, [Some(Outcome::Made), Some(Outcome::Rebought)]);
}

#[test]
fn a_part_that_the_plan_does_not_have_changes_nothing() {
    let progress = Progress::of(job(), [2, 0, 1]);
    for part in [Part::Take(2), Part::Take(9), Part::Scene(1)] {
        assert_eq!(progress.after(&progress.moved(part, Outcome::Made)), None);
        assert_eq!(progress.outcome(part), None);
    }
}

/// The bytes of a job of two scenes of two lines each, of which the second has its picture drawn: takes, scenes, track, film.
fn bytes(life: u32, takes: &str, scenes: &str, track: &str, film: &str) -> Progress {
    drawn(life, takes, "m", [scenes, track, film])
}

/// The same, with the byte of the picture.
fn drawn(life: u32, takes: &str, pictures: &str, [scenes, track, film]: [&str; 3]) -> Progress {
    let value = serde_json::json!({
        "job": "job", "life": life, "takes": takes, "pictures": pictures, "scenes": scenes, "track": track, "film": film,
    });
    serde_json::from_value(value).expect("a progress")
}

#[test]
fn a_job_that_is_taken_up_again_makes_what_failed_is_silent_or_hangs_on_such_and_nothing_else() {
    let plan = plan(Kind::Video, &[(0, true), (1, false), (2, true), (3, false)]);
    assert_eq!((plan.takes.len(), plan.paintings.len(), plan.scenes.len()), (4, 1, 2));
    for (before, after) in [
        (bytes(0, "mmmm", "mm", "m", "m"), bytes(0, "mmmm", "mm", "m", "m")),
        (bytes(0, "mrbm", "mr", "m", "x"), bytes(1, "mrbm", "..", ".", ".")),
        (bytes(0, "mmmm", "mm", "x", "."), bytes(1, "mmmm", "mm", ".", ".")),
        (bytes(0, "mmmm", "xm", "m", "."), bytes(1, "mmmm", ".m", "m", ".")),
        (bytes(0, "mmxm", "m.", ".", "."), bytes(1, "mm.m", "m.", ".", ".")),
        (bytes(0, "smmm", "mm", "m", "m"), bytes(1, ".mmm", ".m", ".", ".")),
        (bytes(0, "mmms", "rm", "m", "m"), bytes(1, "mmm.", "r.", ".", ".")),
        (bytes(0, "m.mm", ".m", ".", "."), bytes(0, "m.mm", ".m", ".", ".")),
        (drawn(0, "mmmm", "c", ["mm", "m", "m"]), drawn(1, "mmmm", ".", ["m.", "m", "."])),
        (drawn(0, "mmmm", "x", ["m.", "m", "."]), drawn(1, "mmmm", ".", ["m.", "m", "."])),
        (drawn(0, "mmmm", "b", ["mm", "m", "m"]), drawn(0, "mmmm", "b", ["mm", "m", "m"])),
    ] {
        assert_eq!(before.again(&plan), after, "{before:?}");
    }
}

#[test]
fn what_was_made_before_a_job_was_taken_up_again_is_none_of_its_parts_and_a_take_is_of_all_its_lives() {
    let plan = plan(Kind::Video, &[(2, true)]);
    let silent = bytes(0, "s", "m", "m", "m");
    let late = silent.moved(Part::Track, Outcome::Made);
    let again = silent.again(&plan);
    assert_eq!(again.after(&late), None, "the silent track");
    assert_eq!(again.after(&silent.moved(Part::Take(0), Outcome::Failed)), None, "the failure that the retry mends");
    let taken = again.after(&silent.moved(Part::Take(0), Outcome::Made)).expect("it was open");
    assert_eq!(taken.after(&late), None, "the silent track, later still");
    let card = drawn(0, "m", "c", ["m", "m", "m"]);
    let painted = card.again(&plan).after(&card.moved(Part::Picture(0), Outcome::Made));
    assert_eq!(
        painted.map(|it| it.outcome(Part::Picture(0))),
        Some(Some(Outcome::Made)),
        "a picture is there in all lives"
    );
    assert!(taken.after(&taken.moved(Part::Track, Outcome::Made)).is_some());
}

fn head() -> Job {
    Job {
        id: job(),
        kind: Kind::Preview,
        source: Source::Script,
        status: Status::Queued,
        created_at: Timestamp(1),
        updated_at: Timestamp(2),
        expires_at: Timestamp(3),
        ttl_ms: 4,
        order: "order".into(),
        last_virtual_time: 0,
        warnings: Vec::new(),
        error: None,
        metadata: serde_json::Map::new(),
        files: Vec::new(),
        track: None,
        written: None,
        footage: None,
        attended: false,
        key: None,
    }
}

#[test]
fn a_job_that_has_not_ended_does_not_expire_and_one_that_has_does_at_its_time() {
    for (status, now, is_alive) in [
        (Status::Running, 99, true),
        (Status::Queued, 3, true),
        (Status::Succeeded, 2, true),
        (Status::Succeeded, 3, false),
        (Status::Failed, 4, false),
    ] {
        assert_eq!(Job { status, ..head() }.is_alive(Timestamp(now)), is_alive, "{status:?} at {now}");
    }
}

#[test]
fn warnings_are_told_until_they_would_be_too_large_for_a_document() {
    let warning = |letters: usize, pointer: Option<usize>| Warning {
        code: "line-silent".into(),
        detail: "d".repeat(letters),
        pointer: pointer.map(|letters| "p".repeat(letters)),
    };
    for (last, is_told) in
        [(warning(99_700, Some(200)), true), (warning(99_700, Some(201)), false), (warning(99_901, None), false)]
    {
        let mut head = head();
        head.warn(warning(99_900, None));
        head.warn(last);
        assert_eq!(head.warnings.len(), 1 + usize::from(is_told));
        // A short one still fits where the long one did not.
        head.warn(warning(1, None));
        assert_eq!(head.warnings.len(), 2);
    }
}

#[test]
fn what_is_kept_of_a_job_stands_under_its_name() {
    let head = head();
    assert_eq!((head.partition(), head.key(), head.expires_at()), (Partition::Jobs, "job".into(), Some(Timestamp(3))));
    let progress = Progress::of(job(), [1, 0, 1]);
    assert_eq!((progress.partition(), progress.key()), (Partition::Progress, "job".to_owned()));
    let open = OpenJob::new(job(), "order".into(), Timestamp(1));
    assert_eq!((open.partition(), open.key()), (Partition::OpenJobs, "job".to_owned()));
    let kept = Idempotency { key: "key".into(), order: "order".into(), job: job(), expires_at: Timestamp(9) };
    assert_eq!((kept.partition(), kept.key()), (Partition::Idempotency, "key".to_owned()));
    assert_eq!(kept.expires_at(), Some(Timestamp(9)));
}

#[test]
fn the_sweep_moves_on_what_stands_still_at_growing_gaps_and_lets_alone_what_moves() {
    const MINUTE_MS: u64 = 60_000;
    let mut open = OpenJob::new(job(), "order".into(), Timestamp(0));
    let mut moved_on_at = |progress: &dyn Fn(u64) -> u64| {
        let mut minutes = Vec::new();
        for minute in 0..60 {
            let (seen, stands_still) = open.seen(Version(progress(minute)), Timestamp((minute + 1) * MINUTE_MS));
            if stands_still {
                minutes.push(minute);
            }
            open = seen;
        }
        minutes
    };
    assert_eq!(
        moved_on_at(&|_| 1),
        [0, 1, 3, 7, 15, 30, 45],
        "never seen: at once; then at most each quarter of an hour"
    );
    assert_eq!(moved_on_at(&|minute| minute + 2), Vec::<u64>::new());
    assert_eq!(moved_on_at(&|minute| 100 + minute.min(50)), [51, 53, 57]);
}

#[test]
fn the_sweep_lets_alone_what_was_opened_a_moment_ago() {
    let open = OpenJob::new(job(), "order".into(), Timestamp(1_000));
    let (seen, stands_still) = open.seen(Version(1), Timestamp(9_000));
    assert!(!stands_still);
    assert!(seen.seen(Version(1), Timestamp(69_000)).1);
}

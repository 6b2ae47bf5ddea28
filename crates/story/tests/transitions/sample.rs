//! A take's request, its ticket, and an attempt at it with its sound.

use story::speech::TakeRequest;
use story::studio::Level;
use story::take::{Recording, Speaking};
use story::ticket::{Priority, Ticket};
use story::{AttemptId, JobId, Timestamp};

pub(crate) fn attempt(name: &str) -> AttemptId {
    AttemptId(name.into())
}

pub(crate) fn request() -> TakeRequest {
    TakeRequest::plain("p", "m", "v", "Hello.")
}

pub(crate) fn ticket() -> Ticket {
    Ticket::new("acc", &request().key(), &JobId("job".into()), (Priority::Preview, 7), Timestamp(3))
}

pub(crate) fn speaking(name: &str) -> Speaking {
    Speaking {
        attempt: attempt(name),
        lane: 1,
        turn: ticket(),
        began_at: Timestamp(10),
        begin_by: Timestamp(25),
        lease_until: Timestamp(30),
        bytes: 4,
    }
}

pub(crate) fn recording(name: &str) -> Recording {
    Recording {
        attempt: attempt(name),
        job: JobId("job".into()),
        audio_sha256: "hash".into(),
        size_bytes: 1,
        level: Level { samples: 1, gain_db: 0.0, limiter: 1 },
        characters: 6,
        activity: None,
    }
}

//! Whether a house can do its work: its stores, the key and the credits of its speech account, and ffmpeg. Nobody is waited for long.

use crate::pace;
use futures_util::future::{Either, join, join4, select};
use serde::Serialize;
use std::pin::pin;
use std::time::Duration;
use story::failure::StoreError;
use story::maker::MakerError;
use story::speech::{Balance, Profile};
use story::{House, JobId, Object, Partition, Speech, Studio};

/// Whoever has not answered for so long is not well.
const PATIENCE: Duration = Duration::from_secs(5);
const SILENT: &str = "it did not answer within 5 seconds";

/// How one thing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Whether it is well; none where that is not known here.
    pub ok: Option<bool>,
    /// What is not well, or why it is not known, and what to do.
    pub detail: Option<String>,
}

/// What the account may spend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Credits {
    /// Whether there are any, and what to do.
    #[serde(flatten)]
    pub part: Part,
    /// Characters that may be spoken in this period.
    pub left_characters: Option<u64>,
    /// Of so many.
    pub limit_characters: Option<u64>,
}

/// How a house is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Whether it answers as it should: its stores work. The parts say what else is to be done.
    pub ok: bool,
    /// What it keeps.
    pub stores: Part,
    /// The key of the speech account.
    pub key: Part,
    /// What that account may spend.
    pub credits: Credits,
    /// Whether that account is called, or was stopped until a person resumes.
    pub speech: Part,
    /// What films are made with.
    pub ffmpeg: Part,
}

impl Part {
    fn well() -> Self {
        Self { ok: Some(true), detail: None }
    }

    fn ill(detail: impl Into<String>) -> Self {
        Self { ok: Some(false), detail: Some(detail.into()) }
    }

    fn unknown(detail: impl Into<String>) -> Self {
        Self { ok: None, detail: Some(detail.into()) }
    }
}

/// How a house is, with everything that its owner may know. Where nobody speaks, the sentence that says what to set; no studio, where
/// films are made by another process.
pub async fn health(house: &House, speech: Result<&dyn Speech, &str>, studio: Option<&dyn Studio>) -> Health {
    let profile = speech.ok().map(Speech::profile);
    let (stores, (key, credits), called, ffmpeg) =
        join4(stores(house), account(house, speech), called(house, profile.as_ref()), ffmpeg(house, studio)).await;
    Health { ok: stores.ok == Some(true), stores, key, credits, speech: called, ffmpeg }
}

/// Whether the stores work.
pub async fn stores(house: &House) -> Part {
    // An object that is nowhere, under a name that every function may look up.
    let nowhere = Object::Plan(JobId("health".into()));
    let asked = join(house.records.list(&Partition::OpenJobs, "", 1), house.artifacts.head(&nowhere));
    let failure = match within(house, asked).await {
        Some((Ok(_), Ok(_))) => return Part::well(),
        Some((Err(error), _) | (_, Err(error))) => error,
        None => StoreError::Unavailable(SILENT.into()),
    };
    tracing::error!(error = %failure, "the house is not well");
    Part::ill(match failure {
        StoreError::Full(_) => "The house has no space left: make some.",
        StoreError::Unavailable(_) => "The house cannot read what it keeps: its log says why.",
    })
}

/// Key and credits.
async fn account(house: &House, speech: Result<&dyn Speech, &str>) -> (Part, Credits) {
    let unknown = |detail: &str| Credits { part: Part::unknown(detail), ..Credits::default() };
    let speech = match speech {
        Ok(speech) => speech,
        Err(sentence) => return (Part::ill(sentence), unknown("Without a key nothing is known of its account.")),
    };
    if speech.profile().rehearsed {
        let free = Credits { part: Part::well(), ..Credits::default() };
        return (Part::well(), free);
    }
    let Some(books) = speech.books() else {
        let detail = "This speech provider tells nothing of its account; the first call shows whether the key is good.";
        return (Part::unknown(detail), unknown(detail));
    };
    match within(house, books.balance()).await {
        Some(Ok(Some(balance))) => (Part::well(), credits(&balance)),
        Some(Ok(None)) => (Part::well(), unknown("This key may not read the account's balance.")),
        Some(Err(MakerError::Spent(sentence) | MakerError::Refused(sentence))) => {
            (Part::ill(sentence), unknown("With this key nothing is known of its account."))
        }
        other => {
            if let Some(Err(error)) = other {
                tracing::warn!(%error, "the speech provider was asked for its balance");
            }
            let detail = "The speech provider does not answer well just now.";
            (Part::unknown(detail), unknown(detail))
        }
    }
}

fn credits(balance: &Balance) -> Credits {
    let left = balance.limit.saturating_sub(balance.used);
    let part = match left {
        0 => Part::ill(format!("All {} characters of this period are used: add some, then resume.", balance.limit)),
        _ => Part::well(),
    };
    Credits { part, left_characters: Some(left), limit_characters: Some(balance.limit) }
}

/// Whether the account is called.
async fn called(house: &House, profile: Option<&Profile>) -> Part {
    let Some(profile) = profile else { return Part::unknown("Nobody speaks for this house yet.") };
    match within(house, pace::read(house, &profile.account)).await {
        Some(Ok(pace)) => match pace.stopped {
            Some(stop) => Part::ill(format!(
                "{} (so it was at {}; once that is mended: `onetake resume` or `POST /v1/speech/resume`)",
                stop.reason, stop.at
            )),
            None => Part::well(),
        },
        _ => Part::unknown("It stands in a store that does not answer."),
    }
}

async fn ffmpeg(house: &House, studio: Option<&dyn Studio>) -> Part {
    let Some(studio) = studio else {
        return Part::unknown("Films are made by another process, which brings ffmpeg along.");
    };
    match within(house, studio.lacks()).await {
        Some(None) => Part::well(),
        Some(Some(sentence)) => Part::ill(sentence),
        None => Part::ill(format!("ffmpeg: {SILENT}")),
    }
}

async fn within<T>(house: &House, doing: impl Future<Output = T>) -> Option<T> {
    match select(pin!(doing), pin!(house.clock.sleep(PATIENCE))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

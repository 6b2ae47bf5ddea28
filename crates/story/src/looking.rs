//! Looking for a lost attempt in the provider's history: when, and which item is its own (DESIGN §6.2).

use crate::script::VoiceSettings;
use crate::speech::{HistoryItem, TakeRequest};
use crate::take::Speaking;
use crate::time::Timestamp;

/// Two clocks and whole seconds: an item's time is taken to be off by this much either way.
const SLACK_MS: u64 = 5_000;

/// A clock of this machine that is wrong is off by less than this. The last look finds an item so far away, if it is the only
/// one and nobody else could have made it.
const WRONG_CLOCK_MS: u64 = 10 * 60_000;

/// Providers need no longer than this for one character.
const MS_PER_CHARACTER: u64 = 60;

/// How far two numbers of a setting may lie apart and still be the same: history may tell them as 32-bit floats.
const SAME: f64 = 1e-6;

/// When the history is looked at, after the end of a lost attempt's lease. The last delay also counts from `begin_by`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks(pub Vec<u64>);

impl Default for Looks {
    fn default() -> Self {
        Self(vec![0, 30_000, 120_000])
    }
}

impl Looks {
    /// How many there are: after the last the line may be bought again.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.len() as u32
    }

    /// When the look with this index is due. The last is never before the provider can have ended and listed the call.
    #[must_use]
    pub fn due(&self, look: u32, lost: &Speaking, characters: u64) -> Timestamp {
        let delay_ms = self.0.get(look as usize).copied().unwrap_or_default();
        let due = lost.lease_until.plus_ms(delay_ms);
        if look + 1 < self.count() {
            return due;
        }
        due.max(lost.begin_by.plus_ms(delay_ms + MS_PER_CHARACTER * characters))
    }
}

/// The span of time in which an attempt's item must lie: from, and before.
fn span(lost: &Speaking) -> (Timestamp, Timestamp) {
    around(lost.began_at, lost.begin_by, SLACK_MS)
}

/// The span of time in which a call's item may lie even if a clock is wrong: from, and before.
#[must_use]
pub fn wide_span(began_at: Timestamp, begin_by: Timestamp) -> (Timestamp, Timestamp) {
    around(began_at, begin_by, WRONG_CLOCK_MS)
}

fn around(began_at: Timestamp, begin_by: Timestamp, slack_ms: u64) -> (Timestamp, Timestamp) {
    (Timestamp(began_at.0.saturating_sub(slack_ms)), begin_by.plus_ms(slack_ms + 1_000))
}

/// Another attempt that is not settled and asks for the same text of the same voice and model.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Its settings.
    pub settings: VoiceSettings,
    /// When it began.
    pub began_at: Timestamp,
    /// Whether its call may still be running.
    pub speaks: bool,
}

/// What a look found.
#[derive(Clone, Debug, PartialEq)]
pub enum Look<'a> {
    /// This item is the attempt's own.
    Found(&'a HistoryItem),
    /// Nothing.
    Nothing,
    /// An item that may be another's, whose call still runs: look again later.
    Unclear,
}

/// Looks for an attempt among items; `taken` says whether a call is known to be another attempt's.
pub fn look<'a>(
    items: &'a [HistoryItem],
    request: &TakeRequest,
    lost: &Speaking,
    rivals: &[Rival],
    taken: impl Fn(&HistoryItem) -> bool,
) -> Look<'a> {
    let (from, before) = span(lost);
    let mut found = Look::Nothing;
    for item in items.iter().filter(|item| item.at >= from && item.at < before && fits(item, request) && !taken(item)) {
        let distance = item.at.distance_ms(lost.began_at);
        let about_here = |rival: &&Rival| rival.began_at.0.saturating_sub(SLACK_MS) <= item.at.0;
        if rivals.iter().filter(about_here).any(|rival| rival.speaks) {
            found = Look::Unclear;
            continue;
        }
        let is_nearer = |rival: &Rival| {
            same_settings(&rival.settings, &request.settings)
                && rival.began_at.distance_ms(lost.began_at) > SLACK_MS
                && item.at.distance_ms(rival.began_at) < distance
        };
        if !rivals.iter().any(is_nearer) {
            return Look::Found(item);
        }
    }
    found
}

/// The last look, for a machine whose clock is wrong: the only item of a wider span that fits and that nobody else can have made.
pub fn last_look<'a>(
    items: &'a [HistoryItem],
    request: &TakeRequest,
    rivals: &[Rival],
    taken: impl Fn(&HistoryItem) -> bool,
) -> Option<&'a HistoryItem> {
    let mut fitting = items.iter().filter(|item| fits(item, request) && !taken(item));
    let only = fitting.next()?;
    (fitting.next().is_none() && rivals.is_empty()).then_some(only)
}

/// Whether two texts are the same but for white space, which a provider may write down in its own way.
#[must_use]
pub fn same_text(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Whether an item can be the answer to a request: voice, model and text agree, and settings and format where they are told.
#[must_use]
pub fn fits(item: &HistoryItem, request: &TakeRequest) -> bool {
    item.is_speech
        && item.voice == request.voice
        && item.model == request.model
        && same_text(&item.text, &request.text)
        && item.settings.as_ref().is_none_or(|settings| same_settings(settings, &request.settings))
        && item.format.as_ref().is_none_or(|format| *format == request.format)
}

/// Whether two settings agree where both say something.
fn same_settings(one: &VoiceSettings, other: &VoiceSettings) -> bool {
    let same = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() < SAME,
        _ => true,
    };
    same(one.stability, other.stability)
        && same(one.similarity_boost, other.similarity_boost)
        && same(one.style, other.style)
        && same(one.speed, other.speed)
        && (one.use_speaker_boost.is_none()
            || other.use_speaker_boost.is_none()
            || one.use_speaker_boost == other.use_speaker_boost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AttemptId, JobId};
    use crate::ticket::{Priority, Ticket};

    fn lost() -> Speaking {
        Speaking {
            attempt: AttemptId("a".into()),
            lane: 0,
            turn: Ticket::new("acc", &request().key(), &JobId("j".into()), (Priority::Preview, 0), Timestamp(0)),
            began_at: Timestamp(100_000),
            begin_by: Timestamp(125_000),
            lease_until: Timestamp(130_000),
            bytes: 0,
        }
    }

    fn request() -> TakeRequest {
        let asked = serde_json::json!({
            "provider": "p", "base_url": "", "model": "m", "voice": "v", "settings": { "stability": 0.5 },
            "text": "Hello.", "normalization": "auto", "format": "mp3", "retake": 0,
        });
        serde_json::from_value(asked).expect("a request")
    }

    fn item(at: u64) -> HistoryItem {
        HistoryItem {
            id: "i".into(),
            request_id: Some("r".into()),
            voice: "v".into(),
            model: "m".into(),
            is_speech: true,
            text: "Hello.".into(),
            at: Timestamp(at),
            characters: 6,
            settings: None,
            format: None,
            alignment: None,
        }
    }

    fn rival(began_at: u64, speaks: bool) -> Rival {
        Rival { settings: request().settings, began_at: Timestamp(began_at), speaks }
    }

    #[test]
    fn an_item_is_found_by_what_it_shows_and_when_it_was_made() {
        let stability = |value| Some(VoiceSettings { stability: Some(value), ..VoiceSettings::default() });
        for (item, found) in [
            (item(100_000), true),
            (item(95_000), true),
            (item(94_999), false),
            (item(130_999), true),
            (item(131_000), false),
            (HistoryItem { text: "Hello".into(), ..item(101_000) }, false),
            (HistoryItem { text: " Hello.\n".into(), ..item(101_000) }, true),
            (HistoryItem { voice: "w".into(), ..item(101_000) }, false),
            (HistoryItem { model: "n".into(), ..item(101_000) }, false),
            (HistoryItem { format: Some("pcm".into()), ..item(101_000) }, false),
            (HistoryItem { settings: stability(0.5), ..item(101_000) }, true),
            (HistoryItem { settings: stability(0.4), ..item(101_000) }, false),
        ] {
            let items = [item];
            let look = look(&items, &request(), &lost(), &[], |_| false);
            assert_eq!(matches!(look, Look::Found(_)), found, "{items:?}");
        }
        assert_eq!(look(&[item(101_000)], &request(), &lost(), &[], |_| true), Look::Nothing);
    }

    #[test]
    fn what_may_be_anothers_is_left_to_it() {
        for (rival, expected) in [
            (rival(112_000, true), Look::Unclear),
            (rival(112_000, false), Look::Nothing),
            (rival(90_000, false), Look::Found(&item(113_000))),
            // Too near to tell apart by time: whoever looks first has it.
            (rival(104_000, false), Look::Found(&item(113_000))),
        ] {
            assert_eq!(look(&[item(113_000)], &request(), &lost(), &[rival], |_| false), expected);
        }
    }

    #[test]
    fn the_last_look_finds_the_only_item_of_a_machine_whose_clock_is_wrong() {
        let (near, far) = (item(113_000), item(500_000));
        let found = |items: &[HistoryItem], rivals: &[Rival], taken: bool| {
            last_look(items, &request(), rivals, |_| taken).is_some()
        };
        assert!(found(std::slice::from_ref(&far), &[], false));
        assert!(!found(std::slice::from_ref(&far), &[], true), "another's");
        assert!(!found(std::slice::from_ref(&far), &[rival(490_000, false)], false), "another may have made it");
        assert!(!found(&[near, far], &[], false), "which?");
        assert_eq!(wide_span(lost().began_at, lost().begin_by), (Timestamp(0), Timestamp(726_000)));
    }

    #[test]
    fn the_last_look_waits_for_what_the_provider_may_need() {
        let looks = Looks::default();
        assert_eq!(looks.due(0, &lost(), 1_000), Timestamp(130_000));
        assert_eq!(looks.due(1, &lost(), 1_000), Timestamp(160_000));
        assert_eq!(looks.due(2, &lost(), 100), Timestamp(251_000));
        assert_eq!(looks.due(2, &lost(), 1_000), Timestamp(305_000));
    }
}

//! Who speaks, as an owner chose it: one reading of that choice, for the command line and for Lambda.

use crate::{ElevenLabs, Key, OpenAiSpeech, Rehearsal, Timeouts, elevenlabs, find_espeak, openai, rehearsal};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use story::{Speech, number};

const URL: &str = "ONETAKE_SPEECH_URL";

/// What an owner has said of who speaks, and the variable that says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// `ONETAKE_SPEECH`: the provider's name, `elevenlabs`, `openai` (any service that answers as OpenAI does) or `rehearsal`. Where
    /// not set, `ElevenLabs` if its key is there, else the rehearsal; see also `has_own_keys`.
    pub named: Option<String>,
    /// `ONETAKE_SPEECH_URL`: where it is reached, before the addresses of one's own below.
    pub url: Option<String>,
    /// `ONETAKE_SPEECH_MODEL`: the model of speakers that name none.
    pub model: Option<String>,
    /// `ONETAKE_SPEECH_FORMAT`: the format in which `ElevenLabs` sends sound, an MP3 one; `mp3_44100_128` where not set.
    pub format: Option<String>,
    /// `ONETAKE_SPEECH_USD_PER_1000`: what 1,000 charged characters cost, in US dollars; the bill is made with it.
    pub usd_per_1000_characters: Option<f64>,
    /// `ONETAKE_SPEECH_FIRST_BYTE_S`, in seconds: how long a provider may take to begin its answer; 60 where not set.
    pub first_byte: Option<Duration>,
    /// `ONETAKE_SPEECH_IDLE_S`, in seconds: how long an answer may pause; 30 where not set.
    pub idle: Option<Duration>,
    /// `ELEVENLABS_API_KEY`.
    pub elevenlabs_key: Option<Key>,
    /// `ELEVENLABS_BASE_URL`: another address of it, as for data that must stay in one region.
    pub elevenlabs_url: Option<String>,
    /// `OPENAI_API_KEY`: many services on one's own machine need none.
    pub openai_key: Option<Key>,
    /// `OPENAI_BASE_URL`: what stands before `/audio/speech`.
    pub openai_url: Option<String>,
    /// `ONETAKE_ESPEAK`: the espeak-ng to rehearse with, tones where there is none; `none` rehearses with tones, the one in `PATH`
    /// where not set.
    pub espeak: Option<PathBuf>,
    /// Whether the keys are there for Onetake alone. Then any of them chooses who speaks, and nothing is rehearsed unasked; in a
    /// shell, `OPENAI_API_KEY` may be another program's.
    pub has_own_keys: bool,
}

/// Why nobody speaks, draws or generates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMaker {
    /// The provider is chosen, and its key is not there.
    NoKey {
        /// The provider's name, as one says it.
        provider: &'static str,
        /// The name of its key.
        key: &'static str,
    },
    /// A setting cannot be right.
    Wrong(String),
}

impl Choice {
    /// What the owner has said: `setting` knows a variable's text by its name, `key` that of one that is secret.
    ///
    /// # Errors
    /// A sentence about the one that cannot be right.
    pub fn read(
        setting: impl Fn(&str) -> Option<String>,
        key: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let number = |name: &str, range: RangeInclusive<f64>| number::number(name, setting(name).as_deref(), &range);
        let seconds = |name: &str| seconds(name, &setting);
        let key = |name: &str| key(name).as_deref().and_then(Key::new);
        let espeak = setting("ONETAKE_ESPEAK").unwrap_or_else(|| "espeak-ng".to_owned());
        Ok(Self {
            named: setting("ONETAKE_SPEECH"),
            url: setting("ONETAKE_SPEECH_URL"),
            model: setting("ONETAKE_SPEECH_MODEL"),
            format: setting("ONETAKE_SPEECH_FORMAT"),
            usd_per_1000_characters: number("ONETAKE_SPEECH_USD_PER_1000", 0.0..=1_000.0)?,
            first_byte: seconds("ONETAKE_SPEECH_FIRST_BYTE_S")?,
            idle: seconds("ONETAKE_SPEECH_IDLE_S")?,
            elevenlabs_key: key("ELEVENLABS_API_KEY"),
            elevenlabs_url: setting("ELEVENLABS_BASE_URL"),
            openai_key: key("OPENAI_API_KEY"),
            openai_url: setting("OPENAI_BASE_URL"),
            espeak: (espeak != "none").then(|| PathBuf::from(espeak)),
            has_own_keys: false,
        })
    }

    /// The speech provider that is chosen. Nothing is sent before something is asked.
    ///
    /// # Errors
    /// [`NoMaker`].
    pub async fn open(self) -> Result<Arc<dyn Speech>, NoMaker> {
        let named = self.named.as_deref().unwrap_or(match (&self.elevenlabs_key, &self.openai_key) {
            (None, Some(_)) if self.has_own_keys => "openai",
            (None, _) if !self.has_own_keys => "rehearsal",
            _ => "elevenlabs",
        });
        match named {
            "rehearsal" => Ok(Arc::new(self.rehearsed().await)),
            "elevenlabs" => Ok(Arc::new(self.elevenlabs()?)),
            "openai" => Ok(Arc::new(self.openai()?)),
            other => {
                Err(NoMaker::Wrong(format!("ONETAKE_SPEECH is \"{other}\": give elevenlabs, openai or rehearsal")))
            }
        }
    }

    async fn rehearsed(self) -> Rehearsal {
        let defaults = rehearsal::Settings::default();
        Rehearsal::open(rehearsal::Settings {
            espeak: match self.espeak {
                Some(program) => find_espeak(&program).await,
                None => None,
            },
            usd_per_1000_characters: self.usd_per_1000_characters.unwrap_or(defaults.usd_per_1000_characters),
        })
    }

    fn elevenlabs(self) -> Result<ElevenLabs, NoMaker> {
        let no_key = NoMaker::NoKey { provider: "ElevenLabs", key: "ELEVENLABS_API_KEY" };
        let timeouts = self.timeouts();
        let (url, base_url_setting) = address((self.url, URL), (self.elevenlabs_url, "ELEVENLABS_BASE_URL"));
        let defaults = elevenlabs::Settings::new(self.elevenlabs_key.ok_or(no_key)?);
        let settings = elevenlabs::Settings {
            base_url: url.unwrap_or(defaults.base_url),
            base_url_setting,
            model: self.model.unwrap_or(defaults.model),
            format: self.format.unwrap_or(defaults.format),
            usd_per_1000_characters: self.usd_per_1000_characters.unwrap_or(defaults.usd_per_1000_characters),
            timeouts,
            ..defaults
        };
        if !settings.format.starts_with("mp3_") {
            let format = &settings.format;
            return Err(NoMaker::Wrong(format!(
                "ONETAKE_SPEECH_FORMAT is \"{format}\": give an MP3 format such as mp3_44100_128"
            )));
        }
        ElevenLabs::open(settings).map_err(NoMaker::Wrong)
    }

    fn openai(self) -> Result<OpenAiSpeech, NoMaker> {
        let timeouts = self.timeouts();
        let defaults = openai::Settings::default();
        let (url, base_url_setting) = address((self.url, URL), (self.openai_url, "OPENAI_BASE_URL"));
        if self.openai_key.is_none() && url.is_none() {
            return Err(NoMaker::NoKey { provider: "OpenAI", key: "OPENAI_API_KEY" });
        }
        let settings = openai::Settings {
            key: self.openai_key,
            base_url: url.unwrap_or(defaults.base_url),
            base_url_setting,
            model: self.model.unwrap_or(defaults.model),
            usd_per_1000_characters: self.usd_per_1000_characters.unwrap_or(defaults.usd_per_1000_characters),
            timeouts,
            ..defaults
        };
        OpenAiSpeech::open(settings).map_err(NoMaker::Wrong)
    }

    fn timeouts(&self) -> Timeouts {
        let defaults = Timeouts::default();
        Timeouts {
            first_byte: self.first_byte.unwrap_or(defaults.first_byte),
            idle: self.idle.unwrap_or(defaults.idle),
            ..defaults
        }
    }
}

/// An address, and the variable that says it: where none does, the one that always may.
pub(crate) fn address(
    (url, name): (Option<String>, &'static str),
    (own_url, own_name): (Option<String>, &'static str),
) -> (Option<String>, &'static str) {
    match (url, own_url) {
        (None, Some(url)) => (Some(url), own_name),
        (url, _) => (url, name),
    }
}

/// How long a vendor may take, in seconds, as a variable says it.
pub(crate) fn seconds(name: &str, setting: impl Fn(&str) -> Option<String>) -> Result<Option<Duration>, String> {
    Ok(number::number(name, setting(name).as_deref(), &(0.1..=600.0))?.map(Duration::from_secs_f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(choice: Choice, speaks: Result<&str, &str>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let opened = runtime.block_on(choice.clone().open());
        let said = opened.map(|speech| speech.profile().provider).map_err(|why| match why {
            NoMaker::NoKey { key, .. } => key.to_owned(),
            NoMaker::Wrong(sentence) => sentence,
        });
        assert_eq!(said.as_deref().map_err(String::as_str), speaks, "{choice:?}");
    }

    #[test]
    fn who_is_named_speaks_and_a_missing_key_is_said() {
        let named = |name: &str| Choice { named: Some(name.to_owned()), ..Choice::default() };
        let key = || Key::new("secret");
        check(Choice::default(), Ok("rehearsal"));
        check(Choice { elevenlabs_key: key(), ..Choice::default() }, Ok("elevenlabs"));
        check(Choice { openai_key: key(), ..Choice::default() }, Ok("rehearsal"));
        check(Choice { elevenlabs_key: key(), ..named("rehearsal") }, Ok("rehearsal"));
        check(named("elevenlabs"), Err("ELEVENLABS_API_KEY"));
        check(named("openai"), Err("OPENAI_API_KEY"));
        check(Choice { openai_key: key(), ..named("openai") }, Ok("openai"));
        check(Choice { url: Some("http://127.0.0.1:9/v1".to_owned()), ..named("openai") }, Ok("openai"));
        check(named("siri"), Err("ONETAKE_SPEECH is \"siri\": give elevenlabs, openai or rehearsal"));
        let wave = Choice { format: Some("pcm_44100".to_owned()), elevenlabs_key: key(), ..Choice::default() };
        check(wave, Err("ONETAKE_SPEECH_FORMAT is \"pcm_44100\": give an MP3 format such as mp3_44100_128"));
    }

    #[test]
    fn keys_of_ones_own_choose_and_nothing_is_rehearsed_unasked() {
        let key = || Key::new("secret");
        let own = || Choice { has_own_keys: true, ..Choice::default() };
        check(own(), Err("ELEVENLABS_API_KEY"));
        check(Choice { elevenlabs_key: key(), ..own() }, Ok("elevenlabs"));
        check(Choice { openai_key: key(), ..own() }, Ok("openai"));
        check(Choice { elevenlabs_key: key(), openai_key: key(), ..own() }, Ok("elevenlabs"));
        check(Choice { named: Some("rehearsal".to_owned()), openai_key: key(), ..own() }, Ok("rehearsal"));
    }

    #[test]
    fn a_wrong_address_is_said_of_the_variable_that_it_was_read_of() {
        let key = |name: &str| name.ends_with("_API_KEY").then(|| "secret".to_owned());
        for (speaks, variable) in [
            ("elevenlabs", "ONETAKE_SPEECH_URL"),
            ("elevenlabs", "ELEVENLABS_BASE_URL"),
            ("openai", "ONETAKE_SPEECH_URL"),
            ("openai", "OPENAI_BASE_URL"),
        ] {
            let setting = |name: &str| match name {
                "ONETAKE_SPEECH" => Some(speaks.to_owned()),
                name => (name == variable).then(|| "ftp://nowhere".to_owned()),
            };
            let sentence = format!("{variable} is no address of a server; write it as https://host");
            check(Choice::read(setting, key).unwrap(), Err(&sentence));
        }
    }

    #[test]
    fn each_variable_says_one_thing() {
        let usual = || Choice { espeak: Some("espeak-ng".into()), ..Choice::default() };
        let text = || Some("1".to_owned());
        for (name, expected) in [
            ("", usual()),
            ("ONETAKE_SPEECH", Choice { named: text(), ..usual() }),
            ("ONETAKE_SPEECH_URL", Choice { url: text(), ..usual() }),
            ("ONETAKE_SPEECH_MODEL", Choice { model: text(), ..usual() }),
            ("ONETAKE_SPEECH_FORMAT", Choice { format: text(), ..usual() }),
            ("ONETAKE_SPEECH_USD_PER_1000", Choice { usd_per_1000_characters: Some(1.0), ..usual() }),
            ("ONETAKE_SPEECH_FIRST_BYTE_S", Choice { first_byte: Some(Duration::from_secs(1)), ..usual() }),
            ("ONETAKE_SPEECH_IDLE_S", Choice { idle: Some(Duration::from_secs(1)), ..usual() }),
            ("ELEVENLABS_BASE_URL", Choice { elevenlabs_url: text(), ..usual() }),
            ("OPENAI_BASE_URL", Choice { openai_url: text(), ..usual() }),
            ("ONETAKE_ESPEAK", Choice { espeak: Some("1".into()), ..usual() }),
            // A key is read where keys are, and nowhere else.
            ("ELEVENLABS_API_KEY", usual()),
            ("OPENAI_API_KEY", usual()),
        ] {
            let one = |asked: &str| (asked == name).then(|| "1".to_owned());
            assert_eq!(Choice::read(one, |_| None), Ok(expected), "{name}");
        }
        let keys = Choice { elevenlabs_key: Key::new("1"), openai_key: Key::new("1"), ..usual() };
        assert_eq!(Choice::read(|_| None, |_| Some("1".to_owned())), Ok(keys));
        let none = |name: &str| (name == "ONETAKE_ESPEAK").then(|| "none".to_owned());
        assert_eq!(Choice::read(none, |_| None), Ok(Choice::default()));
    }

    #[test]
    fn a_number_that_cannot_be_right_is_a_sentence_that_begins_with_its_variable() {
        for name in ["ONETAKE_SPEECH_USD_PER_1000", "ONETAKE_SPEECH_FIRST_BYTE_S", "ONETAKE_SPEECH_IDLE_S"] {
            let sentence = Choice::read(|asked| (asked == name).then(|| "dear".to_owned()), |_| None).unwrap_err();
            assert!(sentence.starts_with(&format!("{name} is \"dear\": give a number from ")), "{sentence}");
        }
    }
}

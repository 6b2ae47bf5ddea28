//! Who speaks, as an owner chose it: one reading of that choice, for the command line and for Lambda.

use crate::{ElevenLabs, Key, OpenAiSpeech, Rehearsal, Timeouts, elevenlabs, find_espeak_at, openai, rehearsal};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use story::{Invalid, Speech};

/// What an owner has said of who speaks. Left out: `ElevenLabs` if its key is there, else the rehearsal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The provider's name: `elevenlabs`, `openai` (any service that answers as OpenAI does) or `rehearsal`.
    pub named: Option<String>,
    /// Where it is reached, before the addresses of one's own below.
    pub url: Option<String>,
    /// The model of speakers that name none.
    pub model: Option<String>,
    /// The format in which `ElevenLabs` sends sound, an MP3 one.
    pub format: Option<String>,
    /// What 1,000 charged characters cost, in US dollars.
    pub usd_per_1000_characters: Option<f64>,
    /// How long a provider may take to begin its answer.
    pub first_byte: Option<Duration>,
    /// How long an answer may pause.
    pub idle: Option<Duration>,
    /// The key of `ElevenLabs`.
    pub elevenlabs_key: Option<Key>,
    /// Another address of `ElevenLabs`.
    pub elevenlabs_url: Option<String>,
    /// OpenAI's key; many services on one's own machine need none.
    pub openai_key: Option<Key>,
    /// What stands before `/audio/speech`.
    pub openai_url: Option<String>,
    /// The espeak-ng to rehearse with; tones where there is none.
    pub espeak: Option<PathBuf>,
}

/// Why nobody speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSpeech {
    /// The provider is chosen, and its key is not there.
    NoKey {
        /// The provider's name, as one says it.
        provider: &'static str,
        /// The name of its key.
        key: &'static str,
    },
    /// A setting cannot be right.
    Wrong(Invalid),
}

impl Choice {
    /// The speech provider that is chosen. Nothing is sent before something is asked.
    ///
    /// # Errors
    /// [`NoSpeech`].
    pub async fn open(self) -> Result<Arc<dyn Speech>, NoSpeech> {
        let named = self.named.as_deref().unwrap_or(match self.elevenlabs_key {
            Some(_) => "elevenlabs",
            None => "rehearsal",
        });
        match named {
            "rehearsal" => Ok(Arc::new(self.rehearsed().await)),
            "elevenlabs" => Ok(Arc::new(self.elevenlabs()?)),
            "openai" => Ok(Arc::new(self.openai()?)),
            other => Err(wrong(format!("ONETAKE_SPEECH is \"{other}\": give elevenlabs, openai or rehearsal"))),
        }
    }

    async fn rehearsed(self) -> Rehearsal {
        let defaults = rehearsal::Settings::default();
        Rehearsal::open(rehearsal::Settings {
            espeak: match self.espeak {
                Some(program) => find_espeak_at(&program).await,
                None => None,
            },
            usd_per_1000_characters: self.usd_per_1000_characters.unwrap_or(defaults.usd_per_1000_characters),
        })
    }

    fn elevenlabs(self) -> Result<ElevenLabs, NoSpeech> {
        let no_key = NoSpeech::NoKey { provider: "ElevenLabs", key: "ELEVENLABS_API_KEY" };
        let timeouts = self.timeouts();
        let defaults = elevenlabs::Settings::new(self.elevenlabs_key.ok_or(no_key)?);
        let settings = elevenlabs::Settings {
            base_url: self.url.or(self.elevenlabs_url).unwrap_or(defaults.base_url),
            model: self.model.unwrap_or(defaults.model),
            format: self.format.unwrap_or(defaults.format),
            usd_per_1000_characters: self.usd_per_1000_characters.unwrap_or(defaults.usd_per_1000_characters),
            timeouts,
            ..defaults
        };
        if !settings.format.starts_with("mp3_") {
            let format = &settings.format;
            return Err(wrong(format!(
                "ONETAKE_SPEECH_FORMAT is \"{format}\": give an MP3 format such as mp3_44100_128"
            )));
        }
        ElevenLabs::open(settings).map_err(wrong)
    }

    fn openai(self) -> Result<OpenAiSpeech, NoSpeech> {
        let timeouts = self.timeouts();
        let defaults = openai::Settings::default();
        let url = self.url.or(self.openai_url);
        if self.openai_key.is_none() && url.is_none() {
            return Err(NoSpeech::NoKey { provider: "OpenAI", key: "OPENAI_API_KEY" });
        }
        let settings = openai::Settings {
            key: self.openai_key,
            base_url: url.unwrap_or(defaults.base_url),
            model: self.model.unwrap_or(defaults.model),
            usd_per_1000_characters: self.usd_per_1000_characters.unwrap_or(defaults.usd_per_1000_characters),
            timeouts,
            ..defaults
        };
        OpenAiSpeech::open(settings).map_err(wrong)
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

fn wrong(sentence: String) -> NoSpeech {
    NoSpeech::Wrong(Invalid::one("", sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(choice: Choice, speaks: Result<&str, &str>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let opened = runtime.block_on(choice.clone().open());
        let said = opened.map(|speech| speech.profile().provider).map_err(|why| match why {
            NoSpeech::NoKey { key, .. } => key.to_owned(),
            NoSpeech::Wrong(invalid) => invalid.problems[0].detail.clone(),
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
}

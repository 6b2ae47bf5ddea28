//! Who speaks: what the environment names, and what it has keys for.

use crate::ending::Ending;
use crate::environment;
use providers::{ElevenLabs, Key, OpenAiSpeech, Rehearsal, Timeouts, elevenlabs, openai, rehearsal};
use std::sync::Arc;
use story::{Invalid, Speech};

/// The speech provider.
pub(crate) async fn speaker(rehearse: bool) -> Result<Arc<dyn Speech>, Ending> {
    let key = environment::elevenlabs_key().and_then(|key| Key::new(&key));
    let named = environment::speech().unwrap_or_else(|| match key {
        Some(_) => "elevenlabs".into(),
        None => "rehearsal".into(),
    });
    match (rehearse, named.as_str()) {
        (true, _) | (_, "rehearsal") => Ok(Arc::new(rehearsed().await?)),
        (_, "elevenlabs") => elevenlabs(key),
        (_, "openai") => openai(),
        (_, other) => {
            let detail = format!("ONETAKE_SPEECH is \"{other}\": give elevenlabs, openai or rehearsal");
            Err(Invalid::one("", detail).into())
        }
    }
}

async fn rehearsed() -> Result<Rehearsal, Ending> {
    let defaults = rehearsal::Settings::default();
    let price = environment::usd_per_1000_characters()?;
    Ok(Rehearsal::open(rehearsal::Settings {
        espeak: match environment::espeak() {
            Some(program) => providers::find_espeak_at(&program).await,
            None => None,
        },
        usd_per_1000_characters: price.unwrap_or(defaults.usd_per_1000_characters),
    }))
}

fn elevenlabs(key: Option<Key>) -> Result<Arc<dyn Speech>, Ending> {
    let no_key = "ElevenLabs speaks, and there is no key: put it into ELEVENLABS_API_KEY, or rehearse with --rehearse";
    let defaults = elevenlabs::Settings::new(key.ok_or_else(|| Invalid::one("", no_key))?);
    let url = environment::speech_url().or_else(environment::elevenlabs_url);
    let settings = elevenlabs::Settings {
        base_url: url.unwrap_or(defaults.base_url),
        model: environment::speech_model().unwrap_or(defaults.model),
        format: environment::speech_format().unwrap_or(defaults.format),
        usd_per_1000_characters: environment::usd_per_1000_characters()?.unwrap_or(defaults.usd_per_1000_characters),
        timeouts: timeouts(defaults.timeouts)?,
        ..defaults
    };
    if !settings.format.starts_with("mp3_") {
        let detail = format!("ONETAKE_SPEECH_FORMAT is \"{}\": give an MP3 format such as mp3_44100_128", settings.format);
        return Err(Invalid::one("", detail).into());
    }
    Ok(Arc::new(ElevenLabs::open(settings).map_err(|why| Invalid::one("", why))?))
}

fn openai() -> Result<Arc<dyn Speech>, Ending> {
    let defaults = openai::Settings::default();
    let url = environment::speech_url().or_else(environment::openai_url);
    let settings = openai::Settings {
        key: environment::openai_key().and_then(|key| Key::new(&key)),
        base_url: url.unwrap_or(defaults.base_url),
        model: environment::speech_model().unwrap_or(defaults.model),
        usd_per_1000_characters: environment::usd_per_1000_characters()?.unwrap_or(defaults.usd_per_1000_characters),
        timeouts: timeouts(defaults.timeouts)?,
        ..defaults
    };
    Ok(Arc::new(OpenAiSpeech::open(settings).map_err(|why| Invalid::one("", why))?))
}

fn timeouts(defaults: Timeouts) -> Result<Timeouts, Ending> {
    Ok(Timeouts {
        first_byte: environment::speech_first_byte()?.unwrap_or(defaults.first_byte),
        idle: environment::speech_idle()?.unwrap_or(defaults.idle),
        ..defaults
    })
}

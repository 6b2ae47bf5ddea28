//! Who speaks: what the environment names, and what it has keys for.

use crate::ending::Ending;
use crate::environment;
use providers::{Choice, Key, NoSpeech};
use std::sync::Arc;
use story::{Invalid, Speech};

/// The speech provider.
pub(crate) async fn speaker(rehearse: bool) -> Result<Arc<dyn Speech>, Ending> {
    let choice = Choice {
        named: if rehearse { Some("rehearsal".into()) } else { environment::speech() },
        url: environment::speech_url(),
        model: environment::speech_model(),
        format: environment::speech_format(),
        usd_per_1000_characters: environment::usd_per_1000_characters()?,
        first_byte: environment::speech_first_byte()?,
        idle: environment::speech_idle()?,
        elevenlabs_key: environment::elevenlabs_key().and_then(|key| Key::new(&key)),
        elevenlabs_url: environment::elevenlabs_url(),
        openai_key: environment::openai_key().and_then(|key| Key::new(&key)),
        openai_url: environment::openai_url(),
        espeak: environment::espeak(),
    };
    choice.open().await.map_err(|why| match why {
        NoSpeech::NoKey { provider, key } => {
            let sentence =
                format!("{provider} speaks, and there is no key: put it into {key}, or rehearse with --rehearse");
            Invalid::one("", sentence).into()
        }
        NoSpeech::Wrong(invalid) => invalid.into(),
    })
}

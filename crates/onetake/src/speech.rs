//! Who speaks: what the environment names, and what it has keys for.

use crate::ending::Ending;
use crate::environment;
use providers::{Choice, NoSpeech};
use std::sync::Arc;
use story::{Invalid, Speech};

/// The speech provider.
pub(crate) async fn speech(rehearse: bool) -> Result<Arc<dyn Speech>, Ending> {
    let mut choice = Choice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    choice.open().await.map_err(|why| match why {
        NoSpeech::NoKey { provider, key } => {
            wrong(format!("{provider} speaks, and there is no key: put it into {key}, or rehearse with --rehearse"))
        }
        NoSpeech::Wrong(sentence) => wrong(sentence),
    })
}

fn wrong(sentence: String) -> Ending {
    Invalid::one("", sentence).into()
}

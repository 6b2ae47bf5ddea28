//! Who speaks, draws and writes: what the environment names, and what it has keys for.

use crate::ending::Ending;
use crate::environment;
use media::{Cards, Eye};
use providers::{Choice, ImageChoice, NoMaker, Painter, WebFetcher, WriterChoice};
use std::path::PathBuf;
use std::sync::Arc;
use steps::paint::Painters;
use story::{Images, Invalid, Speech, Writer};

/// The speech provider.
pub(crate) async fn speech(rehearse: bool) -> Result<Arc<dyn Speech>, Ending> {
    let mut choice = Choice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    choice.open().await.map_err(|why| nobody(why, "speaks"))
}

/// Who draws and fetches; the rehearsal's pictures are lettered with these fonts.
pub(crate) fn painters(rehearse: bool, fonts: &[PathBuf]) -> Result<Painters, Ending> {
    let mut choice = ImageChoice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    let images: Arc<dyn Images> = match choice.open().map_err(|why| nobody(why, "draws"))? {
        Painter::Provider(images) => images,
        Painter::Rehearsal { usd_per_megapixel } => Arc::new(Cards::open(fonts, usd_per_megapixel)),
    };
    Ok(Painters { images: Ok(images), fetcher: Arc::new(WebFetcher::default()), viewer: Arc::new(Eye::default()) })
}

/// Who writes.
pub(crate) fn writer(rehearse: bool) -> Result<Arc<dyn Writer>, Ending> {
    let mut choice = WriterChoice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    choice.open().map_err(|why| nobody(why, "writes"))
}

fn nobody(why: NoMaker, does: &str) -> Ending {
    match why {
        NoMaker::NoKey { provider, key } => {
            wrong(format!("{provider} {does}, and there is no key: put it into {key}, or rehearse with --rehearse"))
        }
        NoMaker::Wrong(sentence) => wrong(sentence),
    }
}

fn wrong(sentence: String) -> Ending {
    Invalid::one("", sentence).into()
}

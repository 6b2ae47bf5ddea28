//! Who speaks, draws and writes: what the environment names, and what it has keys for.

use crate::ending::Ending;
use crate::environment;
use media::{Cards, Workshop};
use providers::{Choice, ClipChoice, ClipMaker, ImageChoice, NoMaker, Painter, WebFetcher, WriterChoice};
use std::path::PathBuf;
use std::sync::Arc;
use steps::paint::Painters;
use story::{Clips, Images, Invalid, Speech, Writer};

/// The speech provider.
pub(crate) async fn speech(rehearse: bool) -> Result<Arc<dyn Speech>, Ending> {
    let mut choice = Choice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    choice.open().await.map_err(|why| nobody(why, "speaks"))
}

/// Who draws, fetches and writes; clips are watched in the workshop, and the rehearsal's pictures lettered with these fonts.
pub(crate) fn painters(rehearse: bool, fonts: &[PathBuf], workshop: &Arc<Workshop>) -> Result<Painters, Ending> {
    let mut choice = ImageChoice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    let images: Arc<dyn Images> = match choice.open().map_err(|why| nobody(why, "draws"))? {
        Painter::Provider(images) => images,
        Painter::Rehearsal { usd_per_megapixel } => Arc::new(Cards::open(fonts, usd_per_megapixel)),
    };
    let mut choice = ClipChoice::read(environment::read, environment::read).map_err(wrong)?;
    if rehearse {
        choice.named = Some("rehearsal".to_owned());
    }
    let clips: Arc<dyn Clips> = match choice.open().map_err(|why| nobody(why, "generates clips"))? {
        ClipMaker::Provider(clips) => clips,
        ClipMaker::Rehearsal => Arc::new(workshop.scenery()),
    };
    let fetcher = Arc::new(WebFetcher::default());
    let writer = Ok(writer(rehearse)?);
    Ok(Painters { images: Ok(images), clips: Ok(clips), writer, fetcher, viewer: workshop.clone() })
}

/// Who writes.
fn writer(rehearse: bool) -> Result<Arc<dyn Writer>, Ending> {
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

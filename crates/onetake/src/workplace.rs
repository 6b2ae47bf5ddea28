//! What the verbs work with: the house, who speaks, who draws.

use crate::ending::Ending;
use crate::environment;
use local::LocalHouse;
use media::Workshop;
use providers::Rehearsal;
use std::path::Path;
use std::sync::Arc;
use story::failure::StoreError;
use story::house::Settings;
use story::reading::Limits;
use story::speech::Voicing;
use story::{Failure, House, Speech, Studio};

/// A house with its makers.
#[derive(Clone)]
pub(crate) struct Workplace {
    pub(crate) local: Arc<LocalHouse>,
    pub(crate) speech: Arc<dyn Speech>,
    pub(crate) studio: Arc<dyn Studio>,
}

/// What the owner of the house has set.
pub(crate) fn settings() -> Result<Settings, Ending> {
    let defaults = Settings::default();
    Ok(Settings { max_lines: environment::max_lines()?.unwrap_or(defaults.max_lines), ..defaults })
}

/// How much of a script the house takes.
pub(crate) fn limits() -> Result<Limits, Ending> {
    Ok(Limits { max_lines: settings()?.max_lines, ..Limits::default() })
}

/// Opens a house to look at it; `None` if nothing was ever made in that folder.
pub(crate) async fn house(data: &Path) -> Result<Option<House>, Ending> {
    if !data.join(local::DATABASE).exists() {
        return Ok(None);
    }
    Ok(Some(opened(data).await?.house))
}

async fn opened(data: &Path) -> Result<LocalHouse, Ending> {
    local::house(data, settings()?).await.map_err(|error| match error {
        StoreError::Full(_) => Ending::Store(error),
        StoreError::Unavailable(reason) => Ending::Folder(reason),
    })
}

/// The makers, without any house: nothing is written yet.
pub(crate) async fn makers() -> Result<(Arc<dyn Speech>, Arc<dyn Studio>), Ending> {
    let fonts = environment::font_folders().unwrap_or_else(media::font_folders);
    // Not in the house: a script that is wrong must leave no trace of one.
    let settings = media::Settings { ffmpeg: environment::ffmpeg(), fonts, scratch: std::env::temp_dir() };
    let studio = Workshop::open(settings).map_err(|failure| match failure {
        Failure::GiveUp(what) => Ending::Missing(what),
        Failure::Retry(error) => Ending::Store(error),
    })?;
    let defaults = providers::rehearsal::Settings::default();
    let rehearsal = providers::rehearsal::Settings {
        espeak: match environment::espeak() {
            Some(program) => providers::find_espeak_at(&program).await,
            None => None,
        },
        usd_per_1000_characters: environment::usd_per_1000_characters()?.unwrap_or(defaults.usd_per_1000_characters),
    };
    Ok((Arc::new(Rehearsal::open(rehearsal)), Arc::new(studio)))
}

impl Workplace {
    /// Opens the house for makers that are there.
    pub(crate) async fn open(data: &Path, speech: Arc<dyn Speech>, studio: Arc<dyn Studio>) -> Result<Self, Ending> {
        Ok(Self { local: Arc::new(opened(data).await?), speech, studio })
    }

    pub(crate) fn house(&self) -> &House {
        &self.local.house
    }

    pub(crate) fn voicing(&self) -> Voicing {
        self.speech.voicing()
    }
}

//! What the verbs work with: the house, who speaks, who draws.

use crate::ending::Ending;
use crate::environment;
use crate::speech::{painters, speech};
use local::{LocalHouse, SystemClock};
use media::Workshop;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use steps::open::Request;
use steps::paint::Painters;
use story::expiry::Expiry;
use story::failure::StoreError;
use story::house::Settings;
use story::job::Source;
use story::reading::Limits;
use story::records::Partition;
use story::voicing::Said;
use story::{Animator, Failure, House, Invalid, JobId, Speech, Studio};

/// Between two looks of one who waits for a lane: the records are on this machine.
const LOOK_MS: u64 = 10;

/// Who makes things.
#[derive(Clone)]
pub(crate) struct Makers {
    pub(crate) speech: Arc<dyn Speech>,
    pub(crate) painters: Arc<Painters>,
    pub(crate) studio: Arc<dyn Studio>,
}

/// A house with its makers.
#[derive(Clone)]
pub(crate) struct Workplace {
    pub(crate) local: Arc<LocalHouse>,
    pub(crate) makers: Makers,
    /// Whether the house is in memory only.
    pub(crate) is_nowhere: bool,
}

/// What the owner of the house has set.
pub(crate) fn settings() -> Result<Settings, Ending> {
    let settings = Settings::read(environment::read).map_err(|sentence| Invalid::one("", sentence))?;
    Ok(Settings { look_ms: LOOK_MS, ..settings })
}

/// How much of a script the house takes.
pub(crate) fn limits() -> Result<Limits, Ending> {
    Ok(Limits { max_lines: settings()?.max_lines, ..Limits::default() })
}

/// Opens a house to look at it; `None` if nothing was ever made in that folder.
pub(crate) async fn house(data: &Path) -> Result<Option<House>, Ending> {
    if is_nowhere(data) {
        return Ok(None);
    }
    Ok(Some(opened(data).await?.house))
}

/// Opens the house that a job must be in to be there.
pub(crate) async fn house_of(data: &Path, id: &str) -> Result<(House, JobId), Ending> {
    let id = job_id(id)?;
    let house = house(data).await?.ok_or_else(|| Ending::no_such_job(&id))?;
    Ok((house, id))
}

/// A job's id as it was typed; what cannot be one is not looked up.
pub(crate) fn job_id(text: &str) -> Result<JobId, Ending> {
    JobId::parse(text).ok_or_else(|| Ending::NoSuchJob(text.to_owned()))
}

/// Opens a house to ask something: where nothing was ever made it is one in memory, and whoever only asks leaves no trace.
pub(crate) async fn house_or_empty(data: &Path) -> Result<LocalHouse, Ending> {
    if !is_nowhere(data) {
        return opened(data).await;
    }
    let mut empty = local::memory_house(Arc::new(SystemClock));
    empty.house.settings = settings()?;
    Ok(empty)
}

fn is_nowhere(data: &Path) -> bool {
    !data.join(local::DATABASE).exists()
}

async fn opened(data: &Path) -> Result<LocalHouse, Ending> {
    local::house(data, settings()?).await.map_err(|error| match error {
        StoreError::Full(_) => Ending::Store(error),
        StoreError::Unavailable(reason) => Ending::Folder(reason),
    })
}

/// The makers, without any house: nothing is written yet.
pub(crate) async fn makers(rehearse: bool) -> Result<Makers, Ending> {
    // Not in the house: a script that is wrong must leave no trace of one.
    let settings = media::Settings::read(environment::read, std::env::temp_dir());
    let fonts = settings.fonts.clone();
    let workshop = Workshop::open(settings).map_err(|failure| match failure {
        Failure::GiveUp(what) => Ending::Missing(what),
        Failure::Retry(error) => Ending::Store(error),
    })?;
    let animator = environment::manim().map(|manim| Arc::new(manim) as Arc<dyn Animator>);
    let studio = Arc::new(workshop.with_animator(animator));
    Ok(Makers { speech: speech(rehearse).await?, painters: Arc::new(painters(rehearse, &fonts, &studio)?), studio })
}

impl Workplace {
    /// Opens the house for makers that are there.
    pub(crate) async fn open(data: &Path, makers: Makers) -> Result<Self, Ending> {
        Ok(Self { local: Arc::new(opened(data).await?), makers, is_nowhere: false })
    }

    /// The same to ask something: where nothing was ever made the house is one in memory.
    pub(crate) async fn ask(data: &Path, makers: Makers) -> Result<Self, Ending> {
        let is_nowhere = is_nowhere(data);
        Ok(Self { local: Arc::new(house_or_empty(data).await?), makers, is_nowhere })
    }

    /// The same for an order, which is checked before anything is written.
    pub(crate) async fn ask_for(data: &Path, makers: Makers, request: &Request) -> Result<Self, Ending> {
        let asked = Self::ask(data, makers).await?;
        if asked.is_nowhere {
            steps::estimate::estimate(asked.house(), asked.for_orders(), request, None).await?;
        }
        Ok(asked)
    }

    /// Goes on in the house on disk. What the provider said of models and voices goes along: it is asked once an hour.
    pub(crate) async fn on_disk(self, data: &Path) -> Result<Self, Ending> {
        if !self.is_nowhere {
            return Ok(self);
        }
        let nowhere = self.house();
        let there = Self::open(data, self.makers.clone()).await?;
        for entry in nowhere.list_all::<Expiry>(&Partition::Expiry).await? {
            there.house().swap(&entry.record, None).await?;
        }
        for said in nowhere.list_all::<Said<Value>>(&Partition::Voices).await? {
            there.house().swap(&said.record, None).await?;
        }
        Ok(there)
    }

    pub(crate) fn house(&self) -> &House {
        &self.local.house
    }

    pub(crate) fn speech(&self) -> &dyn Speech {
        self.makers.speech.as_ref()
    }

    /// The account that pays for a job of this source.
    pub(crate) fn account_of(&self, source: Source) -> String {
        match &self.makers.painters.clips {
            Ok(clips) if source == Source::Clip => clips.profile().account,
            _ => self.speech().profile().account,
        }
    }

    /// Who an order is planned for.
    pub(crate) fn for_orders(&self) -> steps::makers::Makers<'_> {
        self.makers.painters.makers(self.speech())
    }
}

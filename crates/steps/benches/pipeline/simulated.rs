//! One row of the table, on a paused clock: the doubles' accounts, in memory, and a studio that only keeps time.

use crate::pipeline::artist::{Artist, Ways, Web};
use crate::pipeline::bound::{Latencies, Shape};
use crate::pipeline::place::{Hands, Order, Place};
use crate::pipeline::provider::{Client, Provider};
use crate::pipeline::slow::Slowness;
use crate::pipeline::timekeeper::Timekeeper;
use crate::pipeline::watched::{Times, Watched};
use async_trait::async_trait;
use bytes::Bytes;
use doubles::images::ImageSettings;
use local::Paused;
use std::sync::Arc;
use steps::paint::Painters;
use story::studio::Footage;
use story::{Clock, Failure, Images, Timestamp, Viewer};

const BEGAN: Timestamp = Timestamp(1_795_000_000_000);
/// More than any row has scenes.
const NO_LIMIT: usize = 1_000;

pub(crate) struct Row {
    pub(crate) shape: Shape,
    pub(crate) latencies: Latencies,
    pub(crate) hands: Hands,
    pub(crate) order: Order,
    pub(crate) slow_stores: bool,
}

/// Whatever is shown to it is a picture.
struct Believes;

#[async_trait]
impl Viewer for Believes {
    async fn watch(&self, _: Bytes) -> Result<Footage, Failure> {
        Err(Failure::GiveUp("no clip".into()))
    }

    async fn look(&self, _picture: Bytes) -> Result<(), Failure> {
        Ok(())
    }
}

/// Milliseconds from the order to the film, as whoever ordered it sees it.
pub(crate) fn simulate(row: &Row) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(film(row))
}

async fn film(row: &Row) -> u64 {
    let Row { shape: Shape { scenes, lanes, window, cores }, latencies, .. } = *row;
    let Latencies { image_ms, speech_ms, scene_ms, lay_ms, join_ms } = latencies;
    let clock: Arc<dyn Clock> = Arc::new(Paused::new(BEGAN, 1));
    let mut local = local::memory_house(Arc::clone(&clock));
    local.house.settings.lanes = lanes.unwrap_or_else(|| u32::try_from(scenes).expect("few"));
    local.house.settings.images_per_minute = window;
    if row.slow_stores {
        local.house = Slowness::new(Arc::clone(&clock), 5, 60).house(&local.house);
    }
    let ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (image_ms, image_ms) };
    let block_ms = 15 * 60_000;
    let settings = ImageSettings { per_window: window, block_ms, ..ImageSettings::default() };
    let artist = Artist::new(Arc::clone(&clock), settings, ways);
    let provider = Provider::new(Arc::clone(&clock), speech_ms);
    provider.takes(NO_LIMIT);
    let images: Arc<dyn Images> = artist.clone();
    let times = Times { lay_ms, render_ms: scene_ms, part_ms: 0, join_ms };
    let place = Place {
        house: local.house,
        inbox: local.inbox,
        speech: Arc::new(Client(Arc::clone(&provider))),
        painters: Arc::new(Painters {
            images: Ok(images),
            clips: Err("no clips".to_owned()),
            writer: Err("no writer".to_owned()),
            fetcher: Arc::new(Web),
            viewer: Arc::new(Believes),
        }),
        studio: Arc::new(Watched::new(Timekeeper::default(), Arc::clone(&clock), times)),
        resolution: 1_080,
    };
    let began = clock.now();
    place.makes(row.order, scenes, (row.hands, cores.unwrap_or(scenes + 1))).await;
    let (drawn, spoken) = (artist.log(), provider.log(began.0));
    assert_eq!((drawn.calls.len(), drawn.violations()), (scenes, 0), "each picture is drawn once, in its time");
    assert_eq!(spoken.calls.len(), scenes, "each line is spoken once");
    clock.now().since_ms(began)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
pub(crate) fn say(what: &str) {
    println!("{what}");
}

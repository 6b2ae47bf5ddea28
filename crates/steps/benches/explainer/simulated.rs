//! One row of the table, on a paused clock: a writer and the double's account, in memory, and a studio that only keeps time.

use crate::explainer::author::Author;
use crate::pipeline::artist::Web;
use crate::pipeline::place::{Hands, Place};
use crate::pipeline::provider::{Client, Provider};
use crate::pipeline::timekeeper::Timekeeper;
use crate::pipeline::watched::{Times, Watched};
use local::Paused;
use serde_json::json;
use std::sync::Arc;
use steps::open::Request;
use steps::paint::Painters;
use story::job::Kind;
use story::writing::{TopicReading, Work};
use story::{Clock, Timestamp};

/// Sections of the film.
pub(crate) const SECTIONS: usize = 5;
const BEGAN: Timestamp = Timestamp(1_795_000_000_000);
/// More than any row asks for.
const NO_LIMIT: usize = 1_000;

/// How long calls take, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    pub(crate) plan_ms: u64,
    pub(crate) speech_ms: u64,
    pub(crate) animation_ms: u64,
}

/// How long drawing a section takes, then its own film, and the join of all, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawing {
    pub(crate) section_ms: u64,
    pub(crate) film_ms: u64,
    pub(crate) join_ms: u64,
}

impl Writing {
    /// What no order of the work could do faster. After the plan the last voice is there when every lane has spoken its share, and all
    /// animations after the longest of them, for nothing limits them; then the last section is drawn, for as many are drawn at once as
    /// there are, and all are joined.
    pub(crate) fn lower_bound_ms(&self, drawing: &Drawing, lanes: Option<u32>) -> u64 {
        let turns = lanes.map_or(1, |lanes| SECTIONS.div_ceil(lanes as usize) as u64);
        let last_ms = (turns * self.speech_ms).max(self.animation_ms);
        self.plan_ms + last_ms + drawing.section_ms + drawing.film_ms + drawing.join_ms
    }

    /// What it took: voices one after the other inside the renderer, which drew meanwhile; then all voices before it, at once.
    pub(crate) fn old_ways_ms(&self, drawing: &Drawing) -> [u64; 2] {
        let Self { plan_ms, speech_ms, animation_ms } = *self;
        let once_ms = plan_ms + animation_ms + drawing.section_ms + drawing.join_ms;
        [once_ms + SECTIONS as u64 * speech_ms, once_ms + speech_ms]
    }
}

/// What is ordered.
pub(crate) fn order(topic: &str, style: &str) -> Request {
    let order = json!({ "text": topic, "sections": SECTIONS, "style": style });
    let order = TopicReading::of_value(&order, "").into_order();
    Request { writing: Some(Work::Topic(order.expect("an order"))), ..Request::nothing(Kind::Video) }
}

/// Milliseconds from the order to the film, as whoever ordered it sees it.
pub(crate) fn simulate(writing: &Writing, drawing: &Drawing, lanes: Option<u32>) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(film(writing, drawing, lanes))
}

async fn film(writing: &Writing, drawing: &Drawing, lanes: Option<u32>) -> u64 {
    let clock: Arc<dyn Clock> = Arc::new(Paused::new(BEGAN, 1));
    let mut local = local::memory_house(Arc::clone(&clock));
    local.house.settings.lanes = lanes.unwrap_or(SECTIONS as u32);
    let provider = Provider::new(Arc::clone(&clock), writing.speech_ms);
    provider.takes(NO_LIMIT);
    let author = Author::new(Arc::clone(&clock), [writing.plan_ms, writing.animation_ms]);
    let times = Times { lay_ms: 0, render_ms: drawing.section_ms, part_ms: drawing.film_ms, join_ms: drawing.join_ms };
    let place = Place {
        house: local.house,
        inbox: local.inbox,
        speech: Arc::new(Client(Arc::clone(&provider))),
        painters: Arc::new(Painters {
            images: Err("no images".to_owned()),
            clips: Err("no clips".to_owned()),
            writer: Ok(author.clone()),
            fetcher: Arc::new(Web),
            viewer: Arc::new(Timekeeper::default()),
        }),
        studio: Arc::new(Watched::new(Timekeeper::default(), Arc::clone(&clock), times)),
        resolution: 1_080,
    };
    let began = clock.now();
    let mut crew = place.crew(Hands::Many, SECTIONS + 1);
    let job = place.opened(order("a topic", "declarative")).await;
    place.ended(&job).await;
    crew.shutdown().await;
    let spoken = provider.log(began.0);
    assert_eq!((author.calls().len(), spoken.calls.len()), (SECTIONS + 1, SECTIONS), "all is asked for once");
    clock.now().since_ms(began)
}

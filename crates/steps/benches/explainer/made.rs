//! One explainer in real time, by the rehearsal: how long a section is drawn here.

use crate::explainer::simulated::{Drawing, SECTIONS, order};
use crate::pipeline::artist::Web;
use crate::pipeline::place::{Hands, Place};
use crate::pipeline::watched::{Times, Watched, Work};
use local::SystemClock;
use media::{Eye, Workshop};
use providers::{Rehearsal, RehearsalWriter, Settings as Rehearsing};
use sandbox::{Environment, Limits, Manim, Walls};
use std::sync::Arc;
use steps::paint::Painters;
use story::house::Settings;
use story::{Animator, Clock};

/// What was made, and how long it took.
pub(crate) struct Made {
    pub(crate) film_ms: u64,
    pub(crate) drawing: Drawing,
    /// Of drawing and encoding all sections.
    pub(crate) cpu_ms: f64,
}

/// Manim as a user has it; the bench itself puts up the walls.
fn manim() -> Result<Arc<dyn Animator>, String> {
    #[expect(clippy::disallowed_methods, reason = "a bench stands for the program: its owner's Manim is used")]
    let folder = Environment::folder(|name| std::env::var(name).ok());
    let launcher = std::env::current_exe().map_err(|error| error.to_string())?;
    let manim = Manim::open(Walls::Ours(launcher), &folder, Limits::default())?;
    Ok(Arc::new(manim))
}

/// Makes it: one section is drawn after the other, so that none slows another down.
pub(crate) fn made(style: &str) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let local = local::house(folder.path(), Settings::default()).await.expect("a house");
        #[expect(
            clippy::disallowed_methods,
            reason = "a bench stands for the program: its owner's ffmpeg and fonts are used"
        )]
        let settings = media::Settings::read(|name| std::env::var(name).ok(), folder.path().join("scratch"));
        let workshop = Workshop::open(settings).expect("ffmpeg and fonts are installed").with_animator(manim());
        let viewer = Arc::new(Eye::default().with_animator(manim()));
        let watched = Arc::new(Watched::new(workshop, Arc::clone(&clock), Times::default()));
        let place = Place {
            house: local.house,
            inbox: local.inbox,
            speech: Arc::new(Rehearsal::open(Rehearsing::default())),
            painters: Arc::new(Painters {
                images: Err("no images".to_owned()),
                clips: Err("no clips".to_owned()),
                writer: Ok(Arc::new(RehearsalWriter)),
                fetcher: Arc::new(Web),
                viewer,
            }),
            studio: watched.clone(),
            resolution: 1_080,
        };
        let mut crew = place.crew(Hands::Many, 1);
        let job = place.opened(order("backpropagation", style)).await;
        place.ended(&job).await;
        crew.shutdown().await;
        let view = steps::view::view(&place.house, &job).await.expect("the stores work").expect("the job is there");
        assert!(view.warnings.is_empty(), "{:?}", view.warnings);
        let end_s = view.segments.last().and_then(|segment| segment.end_s).expect("it was spoken");
        let works = watched.works();
        assert_eq!((works.rendered.len(), works.parts.len(), works.joined.len()), (SECTIONS, SECTIONS, 1));
        let mean = |works: &[Work]| works.iter().map(|work| work.wall_ms).sum::<u64>() / works.len() as u64;
        Made {
            film_ms: (end_s * 1_000.0) as u64,
            drawing: Drawing {
                section_ms: mean(&works.rendered),
                film_ms: mean(&works.parts),
                join_ms: mean(&works.joined),
            },
            cpu_ms: works.rendered.iter().map(|work| work.cpu_ms).sum(),
        }
    })
}

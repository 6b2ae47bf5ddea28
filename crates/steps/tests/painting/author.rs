//! A writer on simulated time, with books of its own: plans sections, and writes an animation for each.

use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::maker::{Busy, MakerError, MayBegin};
use story::writer::{Ended, Tokens, WriterProfile, Written};
use story::writing::{Section, Work, WriterTask};
use story::{Clock, Timestamp, Writer};

/// What goes wrong with an animation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A step waits for words that nobody says.
    Unsaid,
    /// It is a program that runs, and cannot be drawn in the end.
    Undrawable,
    /// It is a program that nobody can run now.
    Untried,
    /// It is a program that runs, and that nobody can draw now.
    Unpainted,
    /// It is no JSON.
    Broken,
    /// It is charged, and its answer is lost.
    Lost,
    /// The provider is busy.
    Busy,
}

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The heading of the section whose animation was asked for; of the plan nothing.
    pub(crate) heading: Option<String>,
    pub(crate) began: Timestamp,
    /// What had been wrong before, by its pointers.
    pub(crate) wrong: Vec<String>,
}

pub(crate) struct Author {
    clock: Arc<dyn Clock>,
    plans_ms: u64,
    writes_ms: u64,
    calls: Mutex<Vec<Call>>,
    /// The next animations of a heading that go wrong.
    faults: Mutex<VecDeque<(String, Fault)>>,
}

impl Author {
    /// Whose plans and animations take so long.
    pub(crate) fn new(clock: Arc<dyn Clock>, [plans_ms, writes_ms]: [u64; 2]) -> Arc<Self> {
        Arc::new(Self { clock, plans_ms, writes_ms, calls: Mutex::default(), faults: Mutex::default() })
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        held(&self.calls).clone()
    }

    /// How often the animation of a section was asked for.
    pub(crate) fn times(&self, heading: &str) -> usize {
        self.calls().iter().filter(|call| call.heading.as_deref() == Some(heading)).count()
    }

    pub(crate) fn fails(&self, heading: &str, fault: Fault) {
        held(&self.faults).push_back((heading.to_owned(), fault));
    }
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The price of a call.
pub(crate) const USD: f64 = 0.01;

#[async_trait]
impl Writer for Author {
    fn profile(&self) -> WriterProfile {
        WriterProfile {
            provider: "author".into(),
            base_url: "http://author".into(),
            account: "author".into(),
            model: "pen-1".into(),
            usd_per_million_asked: 1.0,
            usd_per_million_answered: 1.0,
            most_answer_tokens: 100_000,
            rehearsed: false,
        }
    }

    async fn write(&self, task: &WriterTask, may_begin: MayBegin) -> Result<Written, MakerError> {
        if !may_begin() {
            return Err(MakerError::TooLate);
        }
        let section = match &task.work {
            Work::Animation(brief) => Some(&brief.section),
            _ => None,
        };
        let heading = section.map(|section| section.heading.clone());
        let wrong = task.earlier.iter().flat_map(|earlier| &earlier.problems).map(|problem| problem.pointer.clone());
        let call = Call { heading: heading.clone(), began: self.clock.now(), wrong: wrong.collect() };
        held(&self.calls).push(call);
        let fault = {
            let mut faults = held(&self.faults);
            let place = faults.iter().position(|(of, _)| Some(of) == heading.as_ref());
            place.and_then(|place| faults.remove(place)).map(|(_, fault)| fault)
        };
        let takes_ms = if section.is_some() { self.writes_ms } else { self.plans_ms };
        self.clock.sleep(Duration::from_millis(takes_ms)).await;
        let text = match (&task.work, section) {
            (Work::Topic(order), _) => plan(order.sections()).to_string(),
            (_, Some(section)) => match fault {
                Some(Fault::Lost) => return Err(MakerError::Unknown("it was lost".into())),
                Some(Fault::Busy) => return Err(MakerError::Busy(Busy::default())),
                Some(Fault::Broken) => "no JSON".to_owned(),
                Some(Fault::Unsaid) => animation(section, "never said").to_string(),
                Some(Fault::Undrawable) => json!({"code": "an undrawable program"}).to_string(),
                Some(Fault::Untried) => json!({"code": "a program not to be tried now"}).to_string(),
                Some(Fault::Unpainted) => json!({"code": "a program not to be painted now"}).to_string(),
                None => animation(section, "part").to_string(),
            },
            _ => return Err(MakerError::Refused("it knows topics only".into())),
        };
        Ok(Written {
            text,
            ended: Ended::Whole,
            tokens: Tokens::default(),
            usd: USD,
            request_id: None,
            rehearsed: false,
        })
    }
}

fn text(index: u32) -> String {
    format!("This is part {index} of what is to be said, and there is a little more of it.")
}

fn plan(sections: u32) -> Value {
    let section = |index: u32| {
        json!({
            "heading": format!("Part {index}"), "text": text(index), "idea": "A box.",
            "points": [{"text": "The first point", "at": "this is"}, {"text": "The second point", "at": "a little"}],
        })
    };
    json!({"title": "A topic", "sections": (1..=sections).map(section).collect::<Vec<_>>()})
}

fn animation(section: &Section, at: &str) -> Value {
    if section.style.is_some() {
        return json!({"code": format!("a program that waits for {at}")});
    }
    json!({
        "title": section.heading,
        "things": [{"id": "box", "draw": {"box": "One"}}],
        "steps": [{"at": at, "do": {"appear": ["box"]}}],
    })
}

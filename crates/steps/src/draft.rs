//! Orders whose script is still to be written: what is seen of them before anything is asked.

use crate::makers::Makers;
use crate::open::{Refusal, Request, with_look};
use serde_json::json;
use story::draft::Draft;
use story::invalid::Invalid;
use story::job::Kind;
use story::maker::MakerError;
use story::reading::Limits;
use story::writing::{Work, WriterTask};
use story::{Images, Script, Writer};

/// The draft of an order whose script is still to be written, and whoever makes what comes of it.
pub(crate) struct Drafted<'a> {
    pub(crate) draft: Draft,
    pub(crate) writer: &'a dyn Writer,
    /// Who draws, where pictures will be asked for.
    pub(crate) images: Option<&'a dyn Images>,
}

/// That everybody is there who is needed, and that its look is good, is seen before anything is asked.
pub(crate) fn drafted<'a>(makers: Makers<'a>, work: &Work, request: &Request) -> Result<Drafted<'a>, Refusal> {
    let missing = |why: &str| Refusal::Provider(MakerError::Spent(why.to_owned()));
    let writer = makers.writer.map_err(missing)?;
    let images = match work {
        Work::Topic(_) | Work::Animation(_) => None,
        Work::Story(_) | Work::Translation(_) => Some(makers.images.map_err(missing)?),
    };
    if request.kind != Kind::Video {
        return Err(Invalid::one("", "what is written becomes a film: order a video of it").into());
    }
    let script = match work {
        Work::Story(_) | Work::Topic(_) | Work::Animation(_) => smallest(),
        Work::Translation(translation) => (*translation.script).clone(),
    };
    let look = with_look(script, request.look.as_ref(), Limits::default().max_lines)?.look;
    let draft = Draft {
        task: WriterTask::new(work.clone()),
        order: request.order(),
        look,
        rehearsed: writer.profile().rehearsed,
        caller: request.caller.clone(),
    };
    Ok(Drafted { draft, writer, images })
}

/// A script of one line, for the look alone.
fn smallest() -> Script {
    let smallest = json!({"speakers": {"A": {}}, "lines": [{"speaker": "A", "text": "A"}]});
    serde_json::from_value(smallest).expect("the smallest script is one")
}

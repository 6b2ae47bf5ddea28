//! What every handler needs, and what its owner may set.

use crate::refused::Refused;
use std::sync::Arc;
use steps::makers::Makers;
use story::{Clips, Fetcher, House, Images, Speech, Studio, Viewer, Writer};

/// Where requests are taken: a house, who speaks for it, and who may ask.
#[derive(Clone)]
pub struct Desk {
    /// The house.
    pub house: House,
    /// Who speaks for it. But at the gateway it is asked for its catalog and its books, and never to speak. Where a key is missing, the sentence
    /// that says what to set (on AWS it names the parameters `Secrets` and `Rehearsal`): the routes that need a provider (previews,
    /// videos, estimates, voices, stats, speech) then answer 503 with it.
    pub speech: Result<Arc<dyn Speech>, String>,
    /// Who draws what a script describes; where nobody does, the sentence that says what to set: orders that need one are refused with it.
    pub images: Result<Arc<dyn Images>, String>,
    /// Who generates clips; where nobody does, the sentence that says what to set.
    pub clips: Result<Arc<dyn Clips>, String>,
    /// Who fetches pictures from the addresses that scripts name.
    pub fetcher: Option<Arc<dyn Fetcher>>,
    /// Who has stories written; where nobody does, the sentence that says what to set.
    pub writer: Result<Arc<dyn Writer>, String>,
    /// Who makes films in this process, to be asked whether ffmpeg is there; none where another one does.
    pub studio: Option<Arc<dyn Studio>>,
    /// Who may ask, and how much.
    pub settings: Settings,
}

impl Desk {
    /// Who speaks, or the refusal that says what to set.
    pub(crate) fn speech(&self) -> Result<&dyn Speech, Refused> {
        self.speech.as_deref().map_err(|sentence| Refused::not_set_up(sentence))
    }

    /// Who an order is planned for.
    pub(crate) fn makers(&self) -> Result<Makers<'_>, Refused> {
        let images = self.images.as_deref().map_err(String::as_str);
        let writer = self.writer.as_deref().map_err(String::as_str);
        let clips = self.clips.as_deref().map_err(String::as_str);
        // Whoever makes films here knows what can be drawn.
        let viewer = self.studio.as_deref().map(|studio| -> &dyn Viewer { studio });
        Ok(Makers { speech: self.speech()?, images, clips, fetcher: self.fetcher.as_deref(), writer, viewer })
    }
}

/// Who may ask, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Tokens of which a request must carry one; with none in the list nobody needs one.
    pub tokens: Vec<String>,
    /// Where a token is to be required and none is set: the sentence that says what to set (on AWS it names the parameter
    /// `Secrets`). Every route but health then answers 503 with it, whoever asks.
    pub missing_token: Option<String>,
    /// Names under which the house may be asked.
    pub hosts: Hosts,
    /// Size of a request's body in bytes, at most.
    pub max_body_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        // As much as API Gateway takes.
        Self { tokens: Vec::new(), missing_token: None, hosts: Hosts::Own(Vec::new()), max_body_bytes: 4 << 20 }
    }
}

/// Names under which the house may be asked. A page elsewhere can point a name of its own at this machine (DNS
/// rebinding); the `Host` header then still bears that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Loopback, and these names (without a port).
    Own(Vec<String>),
    /// All: a gateway stands before us that answers to its own names only, as API Gateway does.
    Gateway,
}

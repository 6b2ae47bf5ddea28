//! What every handler needs, and what its owner may set.

use std::sync::Arc;
use story::{House, Speech};

/// Where requests are taken: a house, who speaks for it, and who may ask.
pub struct Desk {
    /// The house.
    pub house: House,
    /// Who speaks for it. Here it is asked for its catalog and its books, and never to speak.
    pub speech: Arc<dyn Speech>,
    /// Who may ask, and how much.
    pub settings: Settings,
}

/// Who may ask, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Tokens of which a request must carry one; with none in the list nobody needs one.
    pub tokens: Vec<String>,
    /// Names under which the house may be asked.
    pub hosts: Hosts,
    /// Size of a request's body in bytes, at most.
    pub max_body_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { tokens: Vec::new(), hosts: Hosts::Own(Vec::new()), max_body_bytes: 32 << 20 }
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

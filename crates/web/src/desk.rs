//! What every handler needs, and what its owner may set.

use story::House;
use story::speech::Voicing;

/// Where requests are taken: a house, how its provider voices a script, and who may ask.
pub struct Desk {
    /// The house.
    pub house: House,
    /// What its speech provider makes of a script's lines.
    pub voicing: Voicing,
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

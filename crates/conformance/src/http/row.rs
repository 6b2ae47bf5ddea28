//! One request and what is answered. `{name}` in paths, headers and expected texts stands for what an earlier answer said.

use super::Place;
use serde_json::Value;

/// Where a row holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    Everywhere,
    Serve,
    Gateway,
}

impl Only {
    pub(super) fn is_at(self, place: Place) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Serve => place == Place::Serve,
            Self::Gateway => place == Place::Gateway,
        }
    }
}

/// What a field is to be.
#[derive(Debug)]
pub(super) enum Wanted {
    Is(Value),
    /// Something that is not null.
    There,
    /// A text that holds this.
    Says(&'static str),
}

pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: Vec<u8>,
    pub(super) with_token: bool,
    pub(super) follows: bool,
    pub(super) only: Only,
    pub(super) status: u16,
    typed: Option<&'static str>,
    /// Headers, and what they begin with.
    pub(super) answered: Vec<(&'static str, &'static str)>,
    pub(super) fields: Vec<(&'static str, Wanted)>,
    pub(super) begins: Option<&'static [u8]>,
    pub(super) length: Option<usize>,
    /// Names for what a field or header of the answer says.
    pub(super) keeps: Vec<(&'static str, &'static str)>,
}

pub(super) fn ask(method: &'static str, path: &str, body: impl AsRef<[u8]>) -> Row {
    Row {
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: body.as_ref().to_vec(),
        with_token: true,
        follows: false,
        only: Only::Everywhere,
        status: 200,
        typed: None,
        answered: Vec::new(),
        fields: Vec::new(),
        begins: None,
        length: None,
        keeps: Vec::new(),
    }
}

pub(super) fn get(path: &str) -> Row {
    ask("GET", path, "")
}

pub(super) fn post(path: &str, body: impl AsRef<[u8]>) -> Row {
    ask("POST", path, body)
}

pub(super) fn order(path: &str, order: &Value) -> Row {
    post(path, order.to_string())
}

impl Row {
    pub(super) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn without_token(self) -> Self {
        Self { with_token: false, ..self }
    }

    pub(super) fn only(self, only: Only) -> Self {
        Self { only, ..self }
    }

    /// Is asked again where the answer points to, as a client does.
    pub(super) fn followed(self) -> Self {
        Self { follows: true, ..self }
    }

    pub(super) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Is refused by a problem of this type.
    pub(super) fn refused(self, status: u16, kind: &'static str) -> Self {
        self.status(status).field("/type", kind).there("/title").there("/detail").field("/status", status)
    }

    /// Cannot be accepted, for what stands at this place, first of all.
    pub(super) fn invalid(self, pointer: &'static str) -> Self {
        self.refused(422, "invalid").field("/errors/0/pointer", pointer).there("/errors/0/detail")
    }

    pub(super) fn field(mut self, pointer: &'static str, is: impl Into<Value>) -> Self {
        self.fields.push((pointer, Wanted::Is(is.into())));
        self
    }

    pub(super) fn there(mut self, pointer: &'static str) -> Self {
        self.fields.push((pointer, Wanted::There));
        self
    }

    pub(super) fn says(mut self, pointer: &'static str, part: &'static str) -> Self {
        self.fields.push((pointer, Wanted::Says(part)));
        self
    }

    pub(super) fn answered(mut self, name: &'static str, begins: &'static str) -> Self {
        self.answered.push((name, begins));
        self
    }

    pub(super) fn typed(self, content_type: &'static str) -> Self {
        Self { typed: Some(content_type), ..self }
    }

    pub(super) fn bytes(self, begins: &'static [u8], length: Option<usize>) -> Self {
        Self { begins: Some(begins), length, ..self }
    }

    pub(super) fn keeps(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.keeps.push((name, pointer));
        self
    }

    /// The type of the answer; `None` where any may be.
    pub(super) fn content_type(&self, place: Place) -> Option<&'static str> {
        match (self.typed, self.status) {
            (Some(typed), _) => Some(typed),
            // The gateway's own words.
            (None, 413) if place == Place::Gateway => None,
            (None, 400..) => (!self.fields.is_empty()).then_some("application/problem+json"),
            (None, 200..=202) => Some("application/json"),
            _ => None,
        }
    }
}

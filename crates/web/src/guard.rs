//! Who may ask: `Host`, `Origin` and token, before any handler runs (DESIGN §5.8).

use crate::desk::{Desk, Hosts, Settings};
use crate::refused::{Answered, Refused};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use std::sync::Arc;
use story::ids::sha256_hex;

/// Letters of a token's hash that tell the tokens of one house apart.
const CALLER_LETTERS: usize = 12;

/// Who asks: the hash of the token, or of nothing in a house without tokens.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) String);

impl Caller {
    /// As much of the hash as tells the tokens of one house apart; `None` in a house without tokens.
    pub(crate) fn short(&self) -> Option<String> {
        self.0.get(..CALLER_LETTERS).map(str::to_owned)
    }

    /// Whether it is one who may ask everything: it has a token, or none is needed.
    pub(crate) fn is_known(&self, settings: &Settings) -> bool {
        !self.0.is_empty() || (settings.tokens.is_empty() && settings.missing_token.is_none())
    }
}

/// Lets a request in, or refuses it.
pub(crate) async fn look(State(desk): State<Arc<Desk>>, mut request: Request, next: Next) -> Answered {
    let caller = match admit(&desk, request.headers()) {
        Ok(caller) => caller,
        // Health says to everyone whether all is well, and no more.
        Err(Stranger::Token | Stranger::NotSetUp) if request.uri().path() == "/v1/health" => Caller(String::new()),
        Err(Stranger::Host) => return Err(Refused::wrong_host()),
        Err(Stranger::Origin) => return Err(Refused::wrong_origin()),
        Err(Stranger::NotSetUp) => {
            return Err(Refused::not_set_up(desk.settings.missing_token.as_deref().unwrap_or_default()));
        }
        Err(Stranger::Token) => return Err(Refused::no_token()),
    };
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// The name in `Host` is not the house's.
    Host,
    /// A page of another site asks.
    Origin,
    /// The house needs a token and has none.
    NotSetUp,
    /// It carries no token of the house.
    Token,
}

/// Who asks, if he may.
pub(crate) fn admit(desk: &Desk, headers: &HeaderMap) -> Result<Caller, Stranger> {
    let host = only(headers, &header::HOST).ok_or(Stranger::Host)?;
    if !answers_to(&desk.settings.hosts, host) {
        return Err(Stranger::Host);
    }
    if headers.contains_key(header::ORIGIN)
        && !only(headers, &header::ORIGIN).is_some_and(|origin| is_same(origin, host))
    {
        return Err(Stranger::Origin);
    }
    if desk.settings.missing_token.is_some() {
        return Err(Stranger::NotSetUp);
    }
    caller(headers, &desk.settings.tokens).ok_or(Stranger::Token)
}

/// Where a token may stand beside `Authorization`: ours, and that of `ElevenLabs`' clients.
const TOKEN_HEADERS: [&str; 2] = ["x-api-key", "xi-api-key"];

/// Whether a request carries a token of whatever kind.
pub(crate) fn has_token(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || TOKEN_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// A header that stands there once, as text.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn answers_to(hosts: &Hosts, host: &str) -> bool {
    let Hosts::Own(names) = hosts else { return true };
    let name = without_port(host);
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| name.eq_ignore_ascii_case(own))
        || names.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// `[::1]:8080` and `localhost:8080` without their ports.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether an origin (`scheme://host:port`) is the host that is asked.
fn is_same(origin: &str, host: &str) -> bool {
    origin
        .split_once("://")
        .is_some_and(|(scheme, authority)| matches!(scheme, "http" | "https") && authority.eq_ignore_ascii_case(host))
}

fn caller(headers: &HeaderMap, tokens: &[String]) -> Option<Caller> {
    if tokens.is_empty() {
        return Some(Caller(String::new()));
    }
    let bearer = only(headers, &header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let named = || TOKEN_HEADERS.iter().find_map(|name| only(headers, &HeaderName::from_static(name)));
    let token = bearer.or_else(named)?;
    let given = sha256_hex(token.as_bytes());
    // Every token is compared to its last byte: time tells nothing.
    let known = tokens.iter().fold(false, |known, token| known | is_equal(&given, &sha256_hex(token.as_bytes())));
    known.then_some(Caller(given))
}

/// Compares two hashes in a time that does not depend on where they differ.
fn is_equal(a: &str, b: &str) -> bool {
    a.bytes().zip(b.bytes()).fold(a.len() ^ b.len(), |differs, (a, b)| differs | usize::from(a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_answers_to_loopback_and_to_its_own_names() {
        let hosts = Hosts::Own(vec!["studio.example".into()]);
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:8080", "studio.example:443"] {
            assert!(answers_to(&hosts, good), "{good}");
        }
        for bad in
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "localhost:80@evil", "::1"]
        {
            assert!(!answers_to(&hosts, bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_the_host_that_is_asked_or_a_stranger() {
        assert!(is_same("http://localhost:8080", "localhost:8080"));
        for (origin, host) in [
            ("null", "localhost:8080"),
            ("http://localhost:8081", "localhost:8080"),
            ("http://evil.example", "localhost"),
            ("file://localhost", "localhost"),
        ] {
            assert!(!is_same(origin, host), "{origin}");
        }
    }
}

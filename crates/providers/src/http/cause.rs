//! Why a call failed: in words of ours for people, and in its own for the log.

use std::error::Error;
use std::io;

/// Why a call failed, in words of ours.
pub(crate) fn cause(error: &reqwest::Error) -> &'static str {
    tracing::debug!(error = chain(error), "a call failed");
    let mut source = error.source();
    while let Some(deeper) = source {
        match deeper.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => return "nobody listens there",
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => return "the connection was reset",
            _ => source = deeper.source(),
        }
    }
    match error {
        _ if error.is_dns() => "its name is not known",
        _ if error.is_timeout() => "it took too long",
        _ if error.is_connect() => "no connection could be made",
        _ => "the connection was closed",
    }
}

/// An error with what caused it, for the log. No address: a voice's name could stand in it.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut words = if error.is_builder() { "builder".to_owned() } else { "call".to_owned() };
    let mut source = error.source();
    while let Some(deeper) = source {
        words.push_str(": ");
        words.push_str(&deeper.to_string());
        source = deeper.source();
    }
    words
}

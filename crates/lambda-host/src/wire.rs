//! The emulator's HTTP, and what its answers and its log mean.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Posts a body and answers the body that comes back, whatever its status: the emulator says 200 to everything.
pub(crate) fn post(port: u16, path: &str, body: &str) -> io::Result<Vec<u8>> {
    let length = body.len();
    exchange(port, &format!("POST {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: {length}"), body)
}

/// Gets a path and answers the body, whatever its status.
pub(crate) fn get(port: u16, path: &str) -> io::Result<String> {
    let body = exchange(port, &format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1"), "")?;
    String::from_utf8(body).map_err(io::Error::other)
}

fn exchange(port: u16, head: &str, body: &str) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.write_all(format!("{head}\r\nConnection: close\r\n\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    // HTTP/1.0 was asked for, so the body is not chunked and ends with the connection.
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::other("an answer without a head's end"))?;
    Ok(answer.split_off(end + 4))
}

/// A body is the function's answer, unless it is an error's JSON or the emulator's own words.
pub(crate) fn outcome(body: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.get("errorType").is_some() => Err(value.to_string()),
        Ok(value) => Ok(value),
        Err(_) => Err(String::from_utf8_lossy(body).into_owned()),
    }
}

/// What a function answers that streams.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Streamed {
    /// Status, headers and cookies.
    pub(crate) head: Value,
    pub(crate) body: Vec<u8>,
}

/// An answer that was streamed: its head as JSON, eight zeros, its body. Else it is an error's JSON or the emulator's own words.
pub(crate) fn streamed(mut answer: Vec<u8>) -> Result<Streamed, String> {
    let Some(end) = answer.windows(8).position(|eight| eight == [0; 8]) else {
        return Err(String::from_utf8_lossy(&answer).into_owned());
    };
    let body = answer.split_off(end + 8);
    let head = serde_json::from_slice(&answer[..end]).map_err(|error| format!("the head of a stream: {error}"))?;
    Ok(Streamed { head, body })
}

/// The durations of all `INIT REPORT(durationMs: …)` of a log. The `Init Duration` of a `REPORT` line is nonsense there.
pub(crate) fn inits_ms(log: &str) -> Vec<f64> {
    let reports = log.split("INIT REPORT(durationMs: ").skip(1);
    reports.filter_map(|report| report.split(|c: char| !c.is_ascii_digit() && c != '.').next()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_is_told_from_an_answer_by_its_body() {
        assert_eq!(outcome(b"{\"statusCode\":202}"), Ok(json!({"statusCode": 202})));
        assert_eq!(outcome(b"null"), Ok(Value::Null));
        assert!(outcome(b"{\"errorType\":\"Error\",\"errorMessage\":\"no\"}").unwrap_err().contains("no"));
        assert_eq!(outcome(b"Task timed out after 3.00 seconds"), Err("Task timed out after 3.00 seconds".into()));
        assert_eq!(outcome(b""), Err(String::new()));
    }

    #[test]
    fn a_streams_head_ends_at_the_first_eight_zeros() {
        let answer = [b"{\"statusCode\":200}".as_slice(), &[0; 8], b"\xff\0\0", &[0; 8], b"end"].concat();
        let body = [b"\xff\0\0".as_slice(), &[0; 8], b"end"].concat();
        assert_eq!(streamed(answer), Ok(Streamed { head: json!({"statusCode": 200}), body }));
        let error = b"{\"errorType\":\"Runtime.ExitError\"}".to_vec();
        assert!(streamed(error).unwrap_err().contains("Runtime.ExitError"));
    }

    #[test]
    fn all_starts_are_found_in_a_log() {
        let log = "INIT REPORT(durationMs: 7.25, status: success)\nREPORT Init Duration: 0.03 ms\nINIT REPORT(durationMs: 3.5)\n";
        assert_eq!(inits_ms(log), [7.25, 3.5]);
        assert!(inits_ms("START").is_empty());
    }
}

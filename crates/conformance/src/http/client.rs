//! A client that sends what it is told to, byte for byte, however wrong: libraries mend paths and headers.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any long poll.
const PATIENCE: Duration = Duration::from_secs(90);

/// Asks one house, on a connection for each request.
pub struct Client {
    /// Host and port.
    authority: String,
    /// What stands before each path.
    prefix: String,
}

/// What a house answers.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header; of several, the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Client {
    /// A client of `http://host:port`, perhaps with a path.
    ///
    /// # Panics
    /// When the address is another one.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        Self::at(base_url.trim_end_matches('/'))
    }

    pub(super) fn at(url: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url:?} is not asked without TLS"));
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { authority: authority.to_owned(), prefix: prefix.to_owned() }
    }

    /// Asks. `Host`, `Connection` and the body's length are added, unless they are given.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
        self.try_ask(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_ask(&self, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> std::io::Result<Answer> {
        let stream = TcpStream::connect(&self.authority)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!("{method} {}{path} HTTP/1.1\r\nconnection: close\r\n", self.prefix);
        if !headers.iter().any(|(name, _)| name == "host") {
            head += &format!("host: {}\r\n", self.authority);
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
            head += &format!("content-length: {}\r\n", body.len());
        }
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        // Whoever refuses early may close before all is sent: the answer is there all the same.
        let sent = (&stream).write_all(format!("{head}\r\n").as_bytes()).and_then(|()| (&stream).write_all(body));
        read(&mut BufReader::new(&stream), method).map_err(|error| sent.err().unwrap_or(error))
    }
}

fn read(stream: &mut impl BufRead, method: &str) -> std::io::Result<Answer> {
    let status_line = line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other(format!("{status_line:?} is no status line")))?;
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    if status == 100 {
        return read(stream, method);
    }
    if method == "HEAD" || matches!(status, 204 | 304) {
        return Ok(answer);
    }
    let length = answer.header("content-length").and_then(|length| length.parse::<u64>().ok());
    if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = line(stream)?;
            let size = u64::from_str_radix(&size, 16).map_err(std::io::Error::other)?;
            stream.take(size).read_to_end(&mut answer.body)?;
            line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else {
        let expected = length.unwrap_or(u64::MAX);
        stream.take(expected).read_to_end(&mut answer.body)?;
        if length.is_some_and(|length| length != answer.body.len() as u64) {
            return Err(std::io::Error::other("the answer is cut"));
        }
    }
    Ok(answer)
}

/// A line without its end.
fn line(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

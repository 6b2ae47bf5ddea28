//! A client that mends nothing: headers as they come, bodies byte for byte and piece by piece, and whether they end as they should.

use super::{PATIENCE, VOICE};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// Where speech is asked for.
#[derive(Clone)]
pub(super) struct Side {
    base_url: String,
    key: String,
}

/// A whole answer.
#[derive(Clone, PartialEq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// An answer on its way. Dropped, its connection is closed.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    framing: Framing,
}

/// What is still to come.
#[derive(Debug)]
enum Framing {
    Length(u64),
    /// Bytes of this chunk.
    Chunked(u64),
    Over,
}

/// Headers of a request.
pub(super) type Headers<'a> = &'a [(&'a str, &'a str)];

impl Side {
    /// Without a key, none is sent.
    pub(super) fn new(base_url: &str, key: &str) -> Self {
        Self { base_url: base_url.to_owned(), key: key.to_owned() }
    }

    pub(super) fn with_key(&self, key: &str) -> Self {
        Self::new(&self.base_url, key)
    }

    /// Sends a request, and does not wait for its answer.
    pub(super) fn send(&self, method: &str, path: &str, headers: Headers<'_>, body: &[u8]) -> Connection {
        let (authority, prefix) = self.base_url.strip_prefix("http://").map(split).unwrap();
        let stream = TcpStream::connect(authority).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{method} {prefix}{path} HTTP/1.1\r\n");
        let named = |name: &str| headers.iter().any(|(given, _)| *given == name);
        let mut add = |name: &str, value: &str| head += &format!("{name}: {value}\r\n");
        if !named("host") {
            add("host", authority);
        }
        if !self.key.is_empty() {
            add("xi-api-key", &self.key);
        }
        if !body.is_empty() {
            add("content-type", "application/json");
            add("content-length", &body.len().to_string());
        }
        headers.iter().for_each(|(name, value)| add(name, value));
        // Who refuses early may close before all is sent: the answer is there all the same.
        let _ = (&stream).write_all(format!("{head}\r\n").as_bytes()).and_then(|()| (&stream).write_all(body));
        Connection { stream: BufReader::new(stream), framing: Framing::Over }
    }

    /// Sends a request for speech.
    pub(super) fn begin(&self, form: &str, query: &str, headers: Headers<'_>, body: &Value) -> Connection {
        self.send("POST", &format!("/v1/text-to-speech/{VOICE}{form}{query}"), headers, body.to_string().as_bytes())
    }

    /// Asks for speech, and waits for all of it.
    pub(super) fn speak(&self, form: &str, query: &str, body: &Value) -> Told {
        self.begin(form, query, &[], body).whole()
    }
}

fn split(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

impl Connection {
    /// Sends more.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        // As above.
        let _ = self.stream.get_ref().write_all(bytes);
    }

    /// Waits for the begin of the answer.
    pub(super) fn head(&mut self) -> (u16, Vec<(String, String)>) {
        let status_line = self.line().unwrap();
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{status_line:?} is no status line"));
        let mut headers = Vec::new();
        while let Some((name, value)) = self.line().unwrap().split_once(':') {
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        headers.sort();
        let header = |name: &str| headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        self.framing = match (header("transfer-encoding"), header("content-length")) {
            (Some("chunked"), None) => Framing::Chunked(0),
            (None, Some(length)) => Framing::Length(length.parse().unwrap()),
            both => panic!("nobody says how long the body is: {both:?}"),
        };
        (status, headers)
    }

    /// The next bytes of the body, `most` of them at most; none at its proper end.
    pub(super) fn some(&mut self, most: usize) -> io::Result<Vec<u8>> {
        if let Framing::Chunked(0) = self.framing {
            let size = self.line()?;
            let size = u64::from_str_radix(&size, 16).map_err(|_| io::ErrorKind::UnexpectedEof)?;
            self.framing = if size > 0 { Framing::Chunked(size) } else { Framing::Over };
            if size == 0 && !self.line()?.is_empty() {
                return Err(io::Error::other("something stands behind the body"));
            }
        }
        let (Framing::Chunked(left) | Framing::Length(left)) = &mut self.framing else { return Ok(Vec::new()) };
        if *left == 0 {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; most.min(usize::try_from(*left).unwrap())];
        let size = self.stream.read(&mut bytes)?;
        bytes.truncate(size);
        *left -= size as u64;
        if size == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if matches!(self.framing, Framing::Chunked(0)) {
            self.line()?;
        }
        Ok(bytes)
    }

    /// Exactly so many bytes of the body.
    pub(super) fn exactly(&mut self, size: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < size {
            let some = self.some(size - bytes.len()).unwrap();
            assert!(!some.is_empty(), "{} of {size} bytes", bytes.len());
            bytes.extend(some);
        }
        bytes
    }

    /// What is still to come, and how it ended.
    pub(super) fn rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut bytes = Vec::new();
        loop {
            match self.some(1 << 16) {
                Ok(some) if some.is_empty() => return (bytes, Ok(())),
                Ok(some) => bytes.extend(some),
                Err(error) => return (bytes, Err(error)),
            }
        }
    }

    /// A whole answer.
    pub(super) fn whole(&mut self) -> Told {
        let (status, headers) = self.head();
        let (body, end) = self.rest();
        let told = Told { status, headers, body };
        end.unwrap_or_else(|error| panic!("{error}: {told:?}"));
        told
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let line = line.strip_suffix("\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(line.to_owned())
    }
}

impl Told {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether a call was made for it, as it says.
    pub(super) fn is_reused(&self) -> bool {
        self.header("x-onetake-reused") == "1"
    }

    /// All of it as it came, for whoever looks for a word in it.
    pub(super) fn text(&self) -> String {
        format!("{:?} {}", self.headers, String::from_utf8_lossy(&self.body))
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let begin: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        write!(f, "{} {:?} {} bytes: {begin}", self.status, self.headers, self.body.len())
    }
}

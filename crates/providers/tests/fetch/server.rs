//! Servers that write what they are told to, and count who came; and names that have the addresses that a test says.

use async_trait::async_trait;
use providers::fetch::Resolver;
use providers::{WebFetcher, WebSettings};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on";

/// What a server does once it has a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Writes it and closes.
    Say(Vec<u8>),
    /// Writes it, and then a byte every few milliseconds, for ever.
    Drip(Vec<u8>),
    /// Writes it, and then nothing until the client leaves.
    Stall(Vec<u8>),
    /// Sends on.
    SendOn(u16, String),
}

/// An answer with a length.
pub(crate) fn whole(status: &str, headers: &str, body: &[u8]) -> Answer {
    said(status, headers, body.len(), body)
}

/// An answer that says its length to be `length`.
pub(crate) fn said(status: &str, headers: &str, length: usize, body: &[u8]) -> Answer {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    Answer::Say([head.as_bytes(), body].concat())
}

/// An answer in chunks; without the last one it has no end.
pub(crate) fn chunked(chunks: &[&[u8]], is_ended: bool) -> Answer {
    let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunk in chunks {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(if is_ended { b"0\r\n\r\n" } else { b"" });
    Answer::Say(bytes)
}

pub(crate) fn send_on(status: u16, location: impl Into<String>) -> Answer {
    Answer::SendOn(status, location.into())
}

/// A server on one address of this machine.
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    /// What came first on each connection.
    pub(crate) came: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    /// Answers a path with what it has there.
    pub(crate) async fn start(bind: &str, answers: impl IntoIterator<Item = (&str, Answer)>) -> Self {
        let listener = TcpListener::bind(bind).await.unwrap();
        let at = listener.local_addr().unwrap();
        let came = Arc::new(Mutex::new(Vec::new()));
        let answers: HashMap<String, Answer> =
            answers.into_iter().map(|(path, answer)| (path.to_owned(), answer)).collect();
        let (answers, noted) = (Arc::new(answers), Arc::clone(&came));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let index = {
                    let mut noted = noted.lock().unwrap();
                    noted.push(Vec::new());
                    noted.len() - 1
                };
                let (answers, noted) = (Arc::clone(&answers), Arc::clone(&noted));
                tokio::spawn(serve(stream, answers, move |bytes| noted.lock().unwrap()[index] = bytes));
            }
        });
        Self { at, came }
    }

    /// Connections that came.
    pub(crate) fn came(&self) -> usize {
        self.came.lock().unwrap().len()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.came.lock().unwrap().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }
}

async fn serve(mut stream: TcpStream, answers: Arc<HashMap<String, Answer>>, note: impl Fn(Vec<u8>)) {
    let (mut request, mut buffer) = (Vec::new(), [0; 4_096]);
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
        note(request.clone());
        // A client that would speak TLS: its first word is all that is wanted.
        if request[0] == 0x16 {
            return;
        }
    }
    let target = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned();
    let path = target.split('?').next().unwrap_or_default();
    let answer = answers.get(path).cloned().unwrap_or_else(|| whole("404 Not Found", "", b"no"));
    match answer {
        Answer::Say(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Answer::SendOn(status, location) => {
            let head = format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
        }
        Answer::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
        }
        Answer::Drip(bytes) => {
            let mut drop = stream.write_all(&bytes).await;
            while drop.is_ok() {
                // Slowly, or it is the size that is refused and not the time.
                tokio::time::sleep(Duration::from_millis(5)).await;
                drop = stream.write_all(b".").await;
            }
        }
    }
    let _ = stream.shutdown().await;
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

/// Names with the addresses that each has the first, the second … time that it is asked for; the last ones for ever.
#[derive(Default)]
pub(crate) struct Names {
    known: HashMap<String, Vec<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub(crate) fn new(known: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let addresses = |of: &[&str]| of.iter().map(|address| address.parse().unwrap()).collect();
        let known =
            known.iter().map(|(name, times)| ((*name).to_owned(), times.iter().map(|of| addresses(of)).collect()));
        Arc::new(Self { known: known.collect(), asked: Mutex::default() })
    }

    /// Every name that was asked for, as often as it was.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|asked| *asked == name).count();
        asked.push(name.to_owned());
        let times = self.known.get(name).ok_or_else(|| io::Error::other("no such name"))?;
        Ok(times[before.min(times.len() - 1)].clone())
    }
}

/// Settings of a test: only `own` is a server that may be asked on this machine.
pub(crate) fn settings(own: Option<&Server>, names: &Arc<Names>) -> WebSettings {
    WebSettings {
        resolver: Arc::clone(names) as Arc<dyn Resolver>,
        own_test_server: own.map(|server| server.at),
        ..WebSettings::default()
    }
}

pub(crate) fn fetcher(own: Option<&Server>, names: &Arc<Names>) -> WebFetcher {
    WebFetcher::new(settings(own, names))
}

//! A plain reverse proxy, byte for byte, which notes when a request came and when its answer's first byte of sound went by.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What went by of one request for speech.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) asked_at: Instant,
    pub(crate) sounded_at: Instant,
}

pub(crate) struct Proxy {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine is free");
        let address = listener.local_addr().expect("it listens").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("it listens");
                tokio::spawn(pass_on(client, to.clone(), Arc::clone(&notes)));
            }
        });
        Self { address, seen, server }
    }

    pub(crate) fn forget(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn last(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner).last().expect("something went by")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass_on(client: TcpStream, to: String, notes: Arc<Mutex<Vec<Seen>>>) {
    let server = TcpStream::connect(to).await.expect("the double listens");
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let asked = Arc::new(Mutex::new(None::<Instant>));
    let asking = Arc::clone(&asked);
    let forth = tokio::spawn(async move {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(size @ 1..) = from_client.read(&mut buffer).await {
            if buffer[..size].starts_with(b"POST") {
                *asking.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
            if to_server.write_all(&buffer[..size]).await.is_err() {
                return;
            }
        }
        drop(to_server.shutdown().await);
    });
    let (mut head, mut has_sounded, mut buffer) = (Head::default(), false, vec![0; 64 << 10]);
    while let Ok(size @ 1..) = from_server.read(&mut buffer).await {
        let asked_at = *asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked_at) = asked_at.filter(|_| !has_sounded && head.has_body(&buffer[..size])) {
            has_sounded = true;
            let seen = Seen { asked_at, sounded_at: Instant::now() };
            notes.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        }
        if to_client.write_all(&buffer[..size]).await.is_err() {
            break;
        }
    }
    drop(to_client.shutdown().await);
    forth.abort();
}

/// The head of an answer, as it goes by.
#[derive(Default)]
pub(crate) struct Head {
    seen: Vec<u8>,
    is_over: bool,
}

impl Head {
    /// Whether there is something of the body in these bytes.
    pub(crate) fn has_body(&mut self, bytes: &[u8]) -> bool {
        if self.is_over {
            return !bytes.is_empty();
        }
        self.seen.extend_from_slice(bytes);
        let end = self.seen.windows(4).position(|four| four == b"\r\n\r\n");
        self.is_over = end.is_some();
        end.is_some_and(|end| self.seen.len() > end + 4)
    }
}

//! Stands before the server and does to some calls what AWS and a network do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to some calls. The first is never among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Each so manyth is refused, in turn by a throttling error (`SlowDown` for S3).
    Throttled { each: u64 },
    /// Each so manyth is lost: in turn before it arrived, with 503 before it was done, and done but never answered.
    Lost { each: u64 },
    /// Each so manyth is done and never answered.
    Unsaid { each: u64 },
}

enum Fate {
    Done,
    Throttled,
    Unavailable,
    NeverArrived,
    Unsaid,
}

impl Fault {
    fn of(self, call: u64) -> Fate {
        let (Self::Throttled { each } | Self::Lost { each } | Self::Unsaid { each }) = self;
        if !call.is_multiple_of(each) {
            return Fate::Done;
        }
        match (self, call / each % 3) {
            (Self::Throttled { .. }, _) => Fate::Throttled,
            (Self::Unsaid { .. }, _) | (Self::Lost { .. }, 0) => Fate::Unsaid,
            (Self::Lost { .. }, 1) => Fate::Unavailable,
            (Self::Lost { .. }, _) => Fate::NeverArrived,
        }
    }
}

/// A proxy on a port of its own, until it is dropped.
pub(crate) struct Proxy {
    port: u16,
    faults: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn start(server: &str, fault: Fault) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (calls, faults) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = faults.clone();
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, calls, counted) = (server.clone(), calls.clone(), counted.clone());
                tokio::spawn(async move {
                    let call = calls.fetch_add(1, Ordering::SeqCst) + 1;
                    let fate = fault.of(call);
                    if !matches!(fate, Fate::Done) {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                    // A client that gave up is none of the proxy's business.
                    let _ = answer(client, &server, fate).await;
                });
            }
        });
        Self { port, faults, serving }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Calls that something was done to.
    pub(crate) fn faults(&self) -> u64 {
        self.faults.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One call, one connection: whoever answers says that it closes.
async fn answer(mut client: TcpStream, server: &str, fate: Fate) -> std::io::Result<()> {
    if matches!(fate, Fate::NeverArrived) {
        return Ok(());
    }
    let request = request(&mut client).await?;
    let target = b"\r\nx-amz-target:";
    let is_s3 = !request.windows(target.len()).any(|window| window.eq_ignore_ascii_case(target));
    let refused = match (&fate, is_s3) {
        (Fate::Throttled, true) => {
            refusal("503 Slow Down", "<Error><Code>SlowDown</Code><Message>Slower</Message></Error>")
        }
        (Fate::Throttled, false) => {
            refusal("400 Bad Request", "{\"__type\":\"com.amazonaws#ThrottlingException\",\"message\":\"Slower\"}")
        }
        (Fate::Unavailable, _) => refusal("503 Service Unavailable", ""),
        _ => {
            let mut upstream = TcpStream::connect(server).await?;
            upstream.write_all(&request).await?;
            let mut answer = Vec::new();
            upstream.read_to_end(&mut answer).await?;
            answer
        }
    };
    if matches!(fate, Fate::Unsaid) {
        return Ok(());
    }
    client.write_all(&refused).await?;
    client.shutdown().await
}

fn refusal(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// A request, read whole, as one that closes its connection.
async fn request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 2;
        }
        if client.read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    if header("expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let is_over = |body: &[u8]| match header("content-length") {
        Some(length) => body.len() >= length.parse::<usize>().unwrap_or(0),
        None if header("transfer-encoding").is_some() => body.ends_with(b"0\r\n\r\n"),
        None => true,
    };
    while !is_over(&read[end + 2..]) {
        if client.read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let kept = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !name.eq_ignore_ascii_case("connection") && !name.eq_ignore_ascii_case("expect")
    });
    let mut request = kept.collect::<Vec<_>>().join("\r\n").into_bytes();
    request.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
    request.extend_from_slice(&read[end + 2..]);
    Ok(request)
}

//! A server that writes exactly the bytes it was told to, when it was told to, and notes every byte it gets.

use providers::{ElevenLabs, Key, Timeouts, elevenlabs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use story::maker::{MakerError, MayBegin};
use story::script::VoiceSettings;
use story::speech::{Answer, Heard, Piece, Receipt, TakeRequest, Unspoken};
use story::words::Alignment;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "sk_0123456789abcdef";

/// What the server does with a connection once it has a whole request.
#[derive(Clone)]
pub(crate) enum Step {
    /// Writes, in pieces of so many bytes.
    Say(String, usize),
    Wait(Duration),
    /// Says nothing more, and waits until the client leaves.
    Hang,
    Reset,
}

pub(crate) fn say(text: impl Into<String>) -> Step {
    Step::Say(text.into(), usize::MAX)
}

/// An answer with a length.
pub(crate) fn whole(status: &str, headers: &str, body: &str) -> Step {
    say(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()))
}

/// The head of an answer in chunks.
pub(crate) fn chunked(headers: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}transfer-encoding: chunked\r\n\r\n")
}

pub(crate) fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

pub(crate) struct Server {
    pub(crate) base_url: String,
    /// What came on each connection.
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    left: Arc<AtomicUsize>,
}

impl Server {
    /// The n-th connection gets the n-th answer, all later ones the last.
    pub(crate) async fn start(answers: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (heard, left) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let server = Self { base_url, heard: Arc::clone(&heard), left: Arc::clone(&left) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let index = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(Vec::new());
                    heard.len() - 1
                };
                let steps = answers[index.min(answers.len() - 1)].clone();
                let (heard, left) = (Arc::clone(&heard), Arc::clone(&left));
                tokio::spawn(async move {
                    serve(stream, steps, &|bytes| heard.lock().unwrap()[index].extend_from_slice(bytes)).await;
                    left.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// All that came, by connection.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// Waits until so many connections have ended.
    pub(crate) async fn left(&self, connections: usize) {
        let all = async {
            while self.left.load(Ordering::SeqCst) < connections {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), all).await.expect("the client left");
    }

    pub(crate) fn elevenlabs(&self) -> ElevenLabs {
        self.elevenlabs_within(Timeouts::default())
    }

    pub(crate) fn elevenlabs_within(&self, timeouts: Timeouts) -> ElevenLabs {
        ElevenLabs::open(elevenlabs::Settings {
            base_url: self.base_url.clone(),
            timeouts,
            ..elevenlabs::Settings::new(Key::new(KEY).unwrap())
        })
        .unwrap()
    }
}

async fn serve(mut stream: TcpStream, steps: Vec<Step>, note: &(impl Fn(&[u8]) + Sync)) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut buffer = [0; 4_096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => {
                note(&buffer[..read]);
                request.extend_from_slice(&buffer[..read]);
            }
        }
    }
    for step in steps {
        match step {
            Step::Say(text, size) => {
                for piece in text.as_bytes().chunks(size.min(text.len()).max(1)) {
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                    let _ = stream.flush().await;
                    if size < 100 {
                        tokio::task::yield_now().await;
                    }
                }
            }
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Hang => {
                let mut rest = [0; 64];
                while matches!(stream.read(&mut rest).await, Ok(1..)) {}
                return;
            }
            Step::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
        }
    }
    let _ = stream.shutdown().await;
    let mut rest = [0; 64];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    body.len() >= length
}

/// Times that a test can wait for, where it is the waiting that is tested: a busy machine is no slow server.
pub(crate) fn patience(answer: &[Step]) -> Timeouts {
    let is_slow = answer.iter().any(|step| matches!(step, Step::Hang | Step::Wait(_)));
    if is_slow { short() } else { Timeouts::default() }
}

pub(crate) fn short() -> Timeouts {
    Timeouts {
        connect: Duration::from_millis(400),
        first_byte: Duration::from_millis(400),
        idle: Duration::from_millis(300),
        whole: Duration::from_millis(900),
    }
}

pub(crate) fn request(text: &str) -> TakeRequest {
    TakeRequest {
        settings: VoiceSettings { speed: Some(1.0), stability: Some(0.5), ..VoiceSettings::default() },
        ..TakeRequest::plain("elevenlabs", "eleven_multilingual_v2", "JBFqnCBsd6RMkjVDRZzb", text)
    }
}

/// What an error means, without its sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meaning {
    Busy,
    Spent,
    Refused,
    Broken,
    Unknown,
    TooLate,
}
pub(crate) fn meaning(error: &MakerError) -> Meaning {
    match error {
        MakerError::Busy(_) => Meaning::Busy,
        MakerError::Spent(_) => Meaning::Spent,
        MakerError::Refused(_) => Meaning::Refused,
        MakerError::Broken(_) => Meaning::Broken,
        MakerError::Unknown(_) => Meaning::Unknown,
        MakerError::TooLate => Meaning::TooLate,
    }
}

/// Counts how often it is asked, and answers `answer`.
pub(crate) fn asked(answer: bool) -> (Arc<AtomicUsize>, MayBegin) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let may_begin = Box::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        answer
    });
    (count, may_begin)
}

/// A whole answer: its sound, its characters, its receipt.
pub(crate) struct Told {
    pub(crate) sound: Vec<u8>,
    pub(crate) alignment: Alignment,
    pub(crate) receipt: Receipt,
}

pub(crate) async fn listen(answer: Result<Box<dyn Answer>, impl Into<Unspoken>>) -> Result<Told, MakerError> {
    let mut answer = answer.map_err(|error| error.into().error)?;
    let (mut sound, mut alignment) = (Vec::new(), Alignment::default());
    loop {
        match answer.next().await? {
            Heard::Sound(Piece { sound: bytes, alignment: times, .. }) => {
                sound.extend_from_slice(&bytes);
                times.into_iter().for_each(|times| alignment.extend(times));
            }
            Heard::End(receipt) => return Ok(Told { sound, alignment, receipt }),
        }
    }
}

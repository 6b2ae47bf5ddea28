//! An answer of speech: told as it is made where that is possible, and out of the store where it is there already.

use super::Gateway;
use super::asked::{Asked, Form};
use super::refusal::{Refusal, set};
use super::replay::{Bytestream, Recorded, skip};
use super::silence::Silence;
use axum::body::Body;
use axum::http::header;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use steps::requests::CANCELLED;
use steps::tap::{Tap, Tapped, Tapping};
use steps::waiter::{Waited, Wish, wait};
use story::speech::{Piece, TakeRequest};
use story::{AttemptId, Failure, House};
use tokio::sync::oneshot;

/// So long a request waits for its turn: SDKs wait for 240 s, and a call takes its time too.
const PATIENCE: Duration = Duration::from_secs(55);

type Outcome = oneshot::Receiver<Result<Waited, Failure>>;

/// Whoever still waits for an answer has one.
type Presence = Arc<()>;

/// Answers with the take that is asked for.
pub(super) async fn answer(
    gateway: Arc<Gateway>,
    asked: Asked,
    client: String,
    form: Form,
) -> Result<Response, Refusal> {
    let Asked { request, priority, takes_silence } = asked;
    if gateway.speech()?.profile().rehearsed && !request.format.starts_with("mp3_") && !takes_silence {
        return Err(Refusal::only_mp3(&request.format));
    }
    let (tap, tapping) = if form.streams() { Tap::new() } else { (Tap::default(), Tap::new().1) };
    let presence = Presence::default();
    let outcome =
        begin(&gateway, Wish { request: request.clone(), priority, client, patience: PATIENCE }, tap, &presence)?;
    let answering = Answering { house: gateway.desk.house.clone(), form, outcome, _presence: presence };
    match answering.answer(&request, tapping).await {
        Err(_) if takes_silence => Ok(silence(&request, form)),
        answered => answered,
    }
}

/// Has the take waited for, in a task of its own: a client that leaves stops no call.
fn begin(gateway: &Arc<Gateway>, wish: Wish, tap: Tap, presence: &Presence) -> Result<Outcome, Refusal> {
    let (told, outcome) = oneshot::channel();
    let (house, speech) = (gateway.desk.house.clone(), Arc::clone(gateway.speech()?));
    let (speaking, presence) = (gateway.speaking.clone(), Arc::downgrade(presence));
    gateway.speaking.calls.spawn(async move {
        let is_gone = || presence.strong_count() == 0 || speaking.calls.is_closed();
        let waited = wait(&house, speech.as_ref(), speaking.listener.as_ref(), &wish, tap, &is_gone).await;
        if let Err(failure) = &waited {
            tracing::error!(%failure, "a request of the gateway failed");
        }
        // Who has left is told nothing.
        let _ = told.send(waited);
    });
    Ok(outcome)
}

struct Answering {
    house: House,
    form: Form,
    outcome: Outcome,
    /// Dropped when the client leaves.
    _presence: Presence,
}

/// The headers of a call that is being told.
type Head = (AttemptId, Vec<(String, String)>);

impl Answering {
    async fn answer(mut self, request: &TakeRequest, mut tapping: Tapping) -> Result<Response, Refusal> {
        let mut head: Option<Head> = None;
        loop {
            match select(tapping.next(), &mut self.outcome).await {
                Either::Left((Some(Tapped::Head(attempt, headers)), _)) => head = Some((attempt, headers)),
                Either::Left((Some(Tapped::Sound { sound, .. }), _)) if sound.is_empty() && !self.form.is_text() => {}
                Either::Left((Some(first), _)) => {
                    let Some(head) = head else { continue };
                    return Ok(self.live(request, head, first, tapping));
                }
                // Nobody tells anything: the end is waited for.
                Either::Left((None, _)) => break,
                Either::Right((outcome, _)) => return self.replay(request, told(outcome)?).await,
            }
        }
        let outcome = (&mut self.outcome).await;
        self.replay(request, told(outcome)?).await
    }

    /// Tells a call as it comes.
    fn live(self, request: &TakeRequest, (attempt, headers): Head, first: Tapped, tapping: Tapping) -> Response {
        let form = self.form;
        let telling = Telling {
            answering: self,
            attempt,
            parts: Some(stream::once(std::future::ready(first)).chain(tapping)),
            held: Bytes::new(),
            told: 0,
            rest: None,
        };
        let body = stream::try_unfold(telling, async |mut telling| {
            Ok::<_, io::Error>(telling.next().await?.map(|part| (part, telling)))
        });
        let mut response = Response::new(Body::from_stream(body));
        describe(&mut response, request, form, headers, false);
        response
    }

    /// Tells a take that is there.
    async fn replay(self, request: &TakeRequest, ended: (Box<story::take::Take>, bool)) -> Result<Response, Refusal> {
        let (take, reused) = ended;
        let gone = || Refusal::unavailable("The take was removed just now; send this again.");
        let recorded = Recorded::read(&self.house, &take).await?.ok_or_else(gone)?;
        let headers = recorded.original.headers.clone();
        let (body, length) = recorded.body(self.form).await?;
        let mut response = Response::new(Body::from_stream(body));
        describe(&mut response, request, self.form, headers, reused);
        if let Some(length) = length {
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        }
        Ok(response)
    }
}

/// The take that a wait came to, or why there is none.
fn told(
    outcome: Result<Result<Waited, Failure>, oneshot::error::RecvError>,
) -> Result<(Box<story::take::Take>, bool), Refusal> {
    match outcome {
        Ok(Ok(Waited::Ready { take, reused })) => Ok((take, reused)),
        Ok(Ok(Waited::Failed { reply: Some(reply), .. })) => Err((*reply).into()),
        Ok(Ok(Waited::Failed { reason, reply: None })) if reason == CANCELLED => Err(Refusal::cancelled()),
        Ok(Ok(Waited::Failed { reason, reply: None })) => Err(Refusal::unavailable(&reason)),
        Ok(Ok(Waited::Busy)) => Err(Refusal::busy()),
        Ok(Ok(Waited::Lost)) => Err(Refusal::lost()),
        Ok(Ok(Waited::Left)) => Err(Refusal::unavailable("The house is being closed; send this again in a moment.")),
        Ok(Err(_)) | Err(_) => {
            Err(Refusal::unavailable("The house cannot read or write just now; send this again in a moment."))
        }
    }
}

/// A call while it is told. The last byte is held back until the take is kept and the lane is free: whoever has it all can rely on
/// that, and a function may freeze then.
struct Telling<S> {
    answering: Answering,
    attempt: AttemptId,
    parts: Option<S>,
    held: Bytes,
    told: u64,
    /// What the store has of it, after what was told.
    rest: Option<Bytestream>,
}

impl<S: StreamExt<Item = Tapped> + Unpin> Telling<S> {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(parts) = &mut self.parts {
            match parts.next().await {
                Some(Tapped::Sound { before, sound, after }) => {
                    let mut part = BytesMut::from(&*self.held);
                    if self.answering.form.is_text() {
                        part.extend_from_slice(before.as_bytes());
                        part.extend_from_slice(STANDARD.encode(&sound).as_bytes());
                        part.extend_from_slice(after.as_bytes());
                    } else {
                        part.extend_from_slice(&sound);
                    }
                    let mut part = part.freeze();
                    self.held = part.split_off(part.len().saturating_sub(1));
                    if !part.is_empty() {
                        self.told += part.len() as u64;
                        return Ok(Some(part));
                    }
                }
                Some(Tapped::Head(..)) => {}
                None => self.parts = None,
            }
        }
        if self.rest.is_none() {
            self.rest = Some(self.kept().await?);
        }
        self.rest.as_mut().expect("it was set").next().await.transpose()
    }

    /// What was not told yet, out of the store. A call that was lost after something of it was told cannot be gone on with: the
    /// connection is cut, and whoever asks again joins the same take.
    async fn kept(&mut self) -> io::Result<Bytestream> {
        let cut = |why: String| io::Error::new(io::ErrorKind::ConnectionAborted, why);
        let (take, _) = told((&mut self.answering.outcome).await).map_err(|refusal| cut(format!("{refusal:?}")))?;
        if take.recording().is_none_or(|recording| recording.attempt != self.attempt) {
            return Err(cut("the call was lost, and its sound was found by another way".to_owned()));
        }
        let recorded = Recorded::read(&self.answering.house, &take).await.map_err(io::Error::other)?;
        let recorded = recorded.ok_or_else(|| cut("the take was removed".to_owned()))?;
        let (body, _) = recorded.body(self.answering.form).await.map_err(io::Error::other)?;
        Ok(skip(body, self.told))
    }
}

/// The headers of an answer: the provider's own, and ours beside them.
fn describe(response: &mut Response, request: &TakeRequest, form: Form, headers: Vec<(String, String)>, reused: bool) {
    set(response, headers);
    if form == Form::WholeTimed {
        set(response, [("content-type".to_owned(), "application/json".to_owned())]);
    }
    if !form.is_text() {
        set(response, [("content-type".to_owned(), content_type(&request.format).to_owned())]);
    }
    let reused = if reused { "1" } else { "0" };
    set(response, [("x-onetake-take".to_owned(), request.key().0), ("x-onetake-reused".to_owned(), reused.to_owned())]);
}

/// As HTTP names a format.
fn content_type(format: &str) -> &'static str {
    match format.split('_').next().unwrap_or_default() {
        "pcm" => "audio/pcm",
        "wav" => "audio/wav",
        "ulaw" | "alaw" => "audio/basic",
        "opus" => "audio/ogg",
        _ => "audio/mpeg",
    }
}

/// Silence for about as long as the text would have been spoken: never kept, never charged.
fn silence(request: &TakeRequest, form: Form) -> Response {
    let length_s = story::time::estimated_speech_s(&request.text);
    let silence = Silence::new(&request.format, (length_s * 1_000.0) as u64);
    let size_bytes = silence.size_bytes();
    let body = if form.is_text() {
        let voice = 0..(length_s * story::time::SAMPLE_RATE as f64) as u64;
        let alignment = Some(story::spread::spread(&request.text, std::slice::from_ref(&voice)));
        let (before, after) = Piece { alignment, ..Piece::default() }.around();
        super::replay::pieces(vec![(before, size_bytes, after)], silence.body())
    } else {
        silence.body()
    };
    let mut response = Response::new(Body::from_stream(body));
    let content_type = if form.is_text() { "application/json" } else { content_type(&request.format) };
    set(
        &mut response,
        [("content-type", content_type), ("x-onetake-silent", "1")].map(|(a, b)| (a.to_owned(), b.to_owned())),
    );
    response
}

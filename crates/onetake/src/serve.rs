//! The verb that is the whole house in one process: HTTP, lanes, renderers, and the sweep each minute.

mod admission;

use crate::arguments::Serving;
use crate::bill::dollars;
use crate::crew::Crew;
use crate::ending::{Ending, print, warn};
use crate::workplace::{Workplace, makers};
use admission::Admission;
use serde_json::json;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use steps::rest::Open;
use story::failure::StoreError;
use story::speech::Profile;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use web::{Desk, Speaking};

/// Between two looks at jobs that another process let rest.
const ROUND: Duration = Duration::from_secs(1);
/// Rounds between two sweeps.
const SWEEP_ROUNDS: u32 = 60;
/// After a store failed.
const AGAIN: Duration = Duration::from_secs(5);
/// How long requests that are being answered may take when the house closes and nothing is spoken any more.
const CLOSING: Duration = Duration::from_secs(2);

/// Serves until it is told to stop by Ctrl-C or SIGTERM.
pub(crate) async fn serve(data: &Path, serving: &Serving, json: bool) -> Result<(), Ending> {
    let admission = Admission::of(serving)?;
    let makers = makers(serving.rehearse).await?;
    // Before anything is written.
    let listener = TcpListener::bind(admission.listen).await.map_err(|error| taken(admission.listen, &error))?;
    let address = listener.local_addr().map_err(|error| taken(admission.listen, &error))?;
    let workplace = Workplace::open(data, makers).await?;
    let mut signals = Signals::new()?;
    let open = steps::rest::begin(workplace.house()).await?;
    tell(data, address, &workplace.speech().profile(), &admission, &open, json);
    let desk = Desk {
        house: workplace.house().clone(),
        speech: Ok(workplace.makers.speech.clone()),
        images: workplace.makers.painters.images.clone(),
        clips: workplace.makers.painters.clips.clone(),
        fetcher: Some(workplace.makers.painters.fetcher.clone()),
        writer: workplace.makers.painters.writer.clone(),
        studio: Some(workplace.makers.studio.clone()),
        settings: admission.settings,
    };
    let speaking = Speaking::new(workplace.makers.studio.clone());
    let routes = web::everything(desk.clone()).merge(web::speech(desk, speaking.clone()));
    let (close, mut closing) = watch::channel(false);
    let closes = async move {
        // An error is the end of whoever would say it.
        let _ = closing.wait_for(|is_closing| *is_closing).await;
    };
    let answering = tokio::spawn(axum::serve(listener, routes).with_graceful_shutdown(closes).into_future());
    let crew = work(&workplace, &mut signals).await;
    warn("  ▸ stop     what is being spoken is finished and kept; Ctrl-C once more ends it at once");
    close.send_replace(true);
    speaking.calls.close();
    let ends = async {
        speaking.calls.wait().await;
        if let Some(mut crew) = crew {
            crew.close().await;
        }
    };
    let closed = async {
        ends.await;
        // Who was spoken for is told so; who still waits for another answer asks again.
        let _ = tokio::time::timeout(CLOSING, answering).await;
    };
    tokio::select! {
        () = closed => Ok(()),
        () = signals.next() => Err(Ending::Stopped),
    }
}

/// Has the house worked in until a signal comes; gives back the crew that works then. A store that fails is waited for: who serves
/// does not end by itself.
async fn work(workplace: &Workplace, signals: &mut Signals) -> Option<Crew> {
    let mut told = None;
    loop {
        let mut crew = Crew::start(workplace);
        let failed = tokio::select! {
            failed = crew.failed() => failed,
            never = rounds(workplace) => match never {},
            () = signals.next() => return Some(crew),
        };
        crew.stop().await;
        let sentence = match failed {
            Ending::Store(StoreError::Full(what)) => format!("the disk is full: {what}; make room, and it goes on"),
            Ending::Store(StoreError::Unavailable(what)) => {
                format!("the folder does not work: {what}; it goes on as soon as it does")
            }
            other => format!("{other:?}"),
        };
        tracing::error!("{sentence}");
        // Once for a person, however long it lasts.
        if told.as_ref() != Some(&sentence) {
            warn(&format!("onetake: {sentence}"));
            told = Some(sentence);
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = signals.next() => return None,
        }
    }
}

/// What is done at times, and not because of an event.
async fn rounds(workplace: &Workplace) -> Infallible {
    let house = workplace.house();
    let mut rounds = (0..SWEEP_ROUNDS).cycle();
    loop {
        let done = match rounds.next().unwrap_or_default() {
            0 => steps::sweep::sweep(house).await.map(|_| ()),
            _ => steps::rest::take_up_left(house).await,
        };
        if let Err(failure) = done {
            tracing::warn!(%failure, "what is done each minute was not; the next time goes on");
        }
        house.clock.sleep(ROUND).await;
    }
}

/// What ends a house that serves.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, Ending> {
        let listen =
            |kind| signal(kind).map_err(|error| Ending::GaveUp(format!("signals cannot be listened for: {error}")));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn taken(listen: SocketAddr, error: &io::Error) -> Ending {
    let other = SocketAddr::new(listen.ip(), listen.port().wrapping_add(1).max(1024));
    Ending::CannotListen(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another program listens at {listen}, another `onetake serve` perhaps: end that one, or give another port \
             such as --listen {other}"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("ports below 1024 are the administrator's: give another one than {}", listen.port())
        }
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "{} is no address of this machine: give one of its own, such as --listen 127.0.0.1:8080",
                listen.ip()
            )
        }
        _ => format!("{listen}: {error}"),
    })
}

/// Says where the house is, who speaks, who may ask, and what goes on.
fn tell(data: &Path, address: SocketAddr, profile: &Profile, admission: &Admission, open: &Open, json: bool) {
    let url = format!("http://{address}");
    let tokens = admission.settings.tokens.len();
    if json {
        let speech = json!({"provider": profile.provider, "model": profile.model, "rehearsed": profile.rehearsed});
        let jobs = json!({"going_on": open.left, "waiting_for_their_command": open.attended});
        print(&json!({"url": url, "speech": speech, "needs_token": tokens > 0, "jobs": jobs}).to_string());
        return;
    }
    print(&format!("  ▸ serve    {url}/v1   everything is kept in {}", data.display()));
    let price = match profile.rehearsed {
        true => "nothing is paid".to_owned(),
        false => format!("{} for 1,000 characters", dollars(profile.usd_per_1000_characters)),
    };
    print(&format!("  ▸ speech   {} ({}) · {price}", profile.provider, profile.model));
    print(&match tokens {
        0 => "  ▸ token    none is needed: only programs of this machine can ask".to_owned(),
        1 => "  ▸ token    the one in ONETAKE_TOKENS is needed".to_owned(),
        _ => format!("  ▸ token    one of the {tokens} in ONETAKE_TOKENS is needed"),
    });
    if !admission.names.is_empty() {
        print(&format!("  ▸ names    localhost, {}", admission.names.join(", ")));
    }
    let jobs = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    };
    let left = jobs(open.left.len(), "that had not ended goes on", "that had not ended go on");
    let attended = jobs(open.attended.len(), "waits for its own command", "wait for their own commands");
    let told: Vec<String> = left.into_iter().chain(attended).collect();
    if !told.is_empty() {
        print(&format!("  ▸ jobs     {}", told.join(" · ")));
    }
}

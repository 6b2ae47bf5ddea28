//! Generated clips over HTTP, on 127.0.0.1: Gemini's Interactions API (`POST /v1beta/interactions`, its files) and Veo's two calls on
//! Vertex (`…:predictLongRunning`, `…:fetchPredictOperation`), over one account. Files lie on a second port: another host, as it is at
//! Google. Every clip is the same two seconds of colour bars, whatever was asked for; what is charged is what was asked for.

mod account;
mod faults;
mod files;
mod interactions;
mod log;
mod refusal;
mod serve;
mod vertex;

pub use account::{ClipAccount, ClipSettings};
pub use faults::ClipFault;
pub use log::{ClipDoor, ClipLog, LoggedDownload, LoggedOrder, RefusedOrder};

use crate::connection::Lines;
use crate::pace::Clock;
use crate::watched::{InHand, Watched};
use axum::serve::Listener;
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The account behind the server, and its clock.
#[derive(Debug)]
struct Books {
    account: ClipAccount,
    clock: Clock,
}

/// A running double. It listens until it is dropped.
#[derive(Debug)]
pub struct Clips {
    state: State,
    servers: [JoinHandle<()>; 2],
}

impl Clips {
    /// On a free port.
    pub async fn start(settings: ClipSettings) -> io::Result<Self> {
        Self::start_at(0, settings).await
    }

    /// On this port; 0 is any free one. Files lie on any free one.
    pub async fn start_at(port: u16, settings: ClipSettings) -> io::Result<Self> {
        let (lines, elsewhere) = (Lines::bind(port).await?, Lines::bind(0).await?);
        let root = |lines: &Lines| Ok::<Arc<str>, io::Error>(format!("http://{}", lines.local_addr()?).into());
        let books = Books { account: ClipAccount::new(settings), clock: Clock::default() };
        let state = State { books: Arc::new(Watched::new(books)), root: root(&lines)?, elsewhere: root(&elsewhere)? };
        let servers = [lines.serve(serve::router(state.clone())), elsewhere.serve(files::elsewhere(state.clone()))];
        Ok(Self { state, servers })
    }

    /// The film that every order becomes.
    pub fn film() -> &'static [u8] {
        files::CLIP
    }

    /// What stands before `/v1beta/interactions`, without a slash at its end. The double's own addresses are under `/double` behind it.
    pub fn root(&self) -> &str {
        &self.state.root
    }

    /// What stands before Vertex's `/publishers/google/models`.
    pub fn vertex_url(&self) -> String {
        format!("{}/v1/projects/double/locations/us-central1", self.state.root)
    }

    /// Looks at the account, or changes it, while clips are generated.
    pub fn with_account<T>(&self, look: impl FnOnce(&mut ClipAccount) -> T) -> T {
        look(&mut self.state.books().account)
    }

    /// Returns when the account shows it.
    pub async fn until(&self, shown: impl Fn(&ClipAccount) -> bool) {
        self.state.books.until(|books| shown(&books.account)).await;
    }

    /// The provider's books as they are now.
    pub fn log(&self) -> ClipLog {
        self.state.books().account.log().clone()
    }

    /// One more fault.
    pub fn fault(&self, fault: ClipFault) {
        self.state.books().account.faults.push(fault);
    }

    /// Its clock is so far ahead of what it was, or behind.
    pub fn turn_clock(&self, by_ms: i64) {
        self.state.books().clock.ahead_ms += by_ms;
    }
}

impl Drop for Clips {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

#[derive(Debug, Clone)]
struct State {
    books: Arc<Watched<Books>>,
    root: Arc<str>,
    elsewhere: Arc<str>,
}

impl State {
    fn books(&self) -> InHand<'_, Books> {
        self.books.take()
    }
}

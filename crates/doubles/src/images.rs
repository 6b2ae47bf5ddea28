//! Pictures over HTTP, on 127.0.0.1: Together's and `OpenAI`'s interface (`POST /v1/images/generations`), and Gemini's
//! (`POST /v1beta/models/{model}:generateContent`), over one account with its window.

mod account;
mod faults;
mod log;
mod png;
mod refusal;
mod request;
mod serve;

pub use account::{Begun, ImageAccount, ImageSettings};
pub use faults::{ImageFault, ImageFaultKind, ImageFaults};
pub use log::{ImageLog, LoggedFetch, LoggedImage, RefusedImage};
pub use refusal::ImageRefusal;
pub use request::{Asked, Carries, Door};

use crate::connection::Lines;
use crate::pace::Clock;
use crate::watched::{InHand, Watched};
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The account behind the server, and its clock.
#[derive(Debug)]
struct Books {
    account: ImageAccount,
    clock: Clock,
}

/// A running double. It listens until it is dropped.
#[derive(Debug)]
pub struct Images {
    state: State,
    root: String,
    server: JoinHandle<()>,
}

impl Images {
    /// On a free port.
    pub async fn start(settings: ImageSettings) -> io::Result<Self> {
        Self::start_at(0, settings).await
    }

    /// On this port; 0 is any free one.
    pub async fn start_at(port: u16, settings: ImageSettings) -> io::Result<Self> {
        let lines = Lines::bind(port).await?;
        let root = format!("http://{}", axum::serve::Listener::local_addr(&lines)?);
        let books = Books { account: ImageAccount::new(settings), clock: Clock::default() };
        let state = State { books: Arc::new(Watched::new(books)), root: root.clone().into() };
        let server = lines.serve(serve::router(state.clone()));
        Ok(Self { state, root, server })
    }

    /// What stands before `/v1/…` and `/v1beta/…`, without a slash at its end: Gemini's base. The double's own addresses are under
    /// `/double` behind it.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// What stands before `/images/generations`: it ends in `/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.root)
    }

    /// Looks at the account, or changes it, while calls run.
    pub fn with_account<T>(&self, look: impl FnOnce(&mut ImageAccount) -> T) -> T {
        look(&mut self.state.books().account)
    }

    /// Returns when the account shows it.
    pub async fn until(&self, shown: impl Fn(&ImageAccount) -> bool) {
        self.state.books.until(|books| shown(&books.account)).await;
    }

    /// The provider's books as they are now.
    pub fn log(&self) -> ImageLog {
        self.state.books().account.log().clone()
    }

    /// One more fault.
    pub fn fault(&self, fault: ImageFault) {
        self.state.books().account.faults.push(fault);
    }

    /// Its clock stands still at this time, in milliseconds; `None`: it goes.
    pub fn stop_clock_at(&self, now_ms: Option<u64>) {
        self.state.books().clock.stands_at_ms = now_ms;
    }

    /// Its clock is so far ahead of what it was, or behind.
    pub fn turn_clock(&self, by_ms: i64) {
        self.state.books().clock.ahead_ms += by_ms;
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug, Clone)]
struct State {
    books: Arc<Watched<Books>>,
    root: Arc<str>,
}

impl State {
    fn books(&self) -> InHand<'_, Books> {
        self.books.take()
    }
}

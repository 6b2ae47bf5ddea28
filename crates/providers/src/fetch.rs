//! Fetches what lies at an address that a user gave, and only from the public internet.
//!
//! An address is judged by its looks; then its name is resolved once and each address that it has is judged; then a client is made
//! that knows these addresses and no way to learn others. So what was judged is what is connected to: a name that says something
//! else a moment later is not asked again. The same anew wherever a server sends on to.
//!
//! **Invariant:** no proxy (it would resolve names for us), no cookies, no credentials, no referrer, nothing unpacked, and no word of
//! a path or a query in an error or a log: they may hold secrets.

mod address;
mod kind;
mod reach;
mod resolver;

use crate::http::{cause, chain, retry_after_ms};
use address::{Address, Host};
use async_trait::async_trait;
use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
pub use resolver::{Resolver, SystemResolver};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use story::images::Fetcher;
use story::maker::{Busy, MakerError};
use tokio::time::timeout;

/// So often a server may send on.
const MOST_REDIRECTS: usize = 5;

/// What is fetched, at most, and how its names are resolved.
#[derive(Clone)]
pub struct WebSettings {
    /// How long a fetch may take, from the name's resolution to the last byte.
    pub whole: Duration,
    /// How many bytes are taken, at most.
    pub most_bytes: usize,
    /// Who knows the addresses of names.
    pub resolver: Arc<dyn Resolver>,
    /// A server of a house's own test, which may be asked though it is on this machine: this address and port and no other. Code
    /// that serves users never sets it.
    pub own_test_server: Option<SocketAddr>,
}

impl Default for WebSettings {
    /// 30 s, 20 MB, the system's resolver, no server of one's own.
    fn default() -> Self {
        Self {
            whole: Duration::from_secs(30),
            most_bytes: 20_000_000,
            resolver: Arc::new(SystemResolver::default()),
            own_test_server: None,
        }
    }
}

/// Fetches pictures from the public internet.
#[derive(Clone, Default)]
pub struct WebFetcher {
    settings: WebSettings,
}

impl WebFetcher {
    /// With limits and a resolver of one's own; [`WebFetcher::default`] is what serves users.
    #[must_use]
    pub fn new(settings: WebSettings) -> Self {
        Self { settings }
    }

    async fn follow(&self, address: &str) -> Result<Bytes, MakerError> {
        let own = self.settings.own_test_server;
        let mut address = Address::read(address, own).map_err(MakerError::Refused)?;
        let mut sent_by = None;
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&address).await.map_err(|error| led(sent_by.as_ref(), error))?;
            let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
            let Some(location) = location else { return self.take(&address, response).await };
            let next = address.sent_on(location.as_bytes(), own);
            let next = next.map_err(|why| led(Some(&address), MakerError::Refused(why)))?;
            sent_by = Some(std::mem::replace(&mut address, next));
        }
        Err(MakerError::Refused(format!(
            "{address} sends on, and that for the sixth time; give the address where the picture itself lies"
        )))
    }

    /// Asks where every address is a public one, and nowhere else.
    async fn ask(&self, address: &Address) -> Result<Response, MakerError> {
        let client = client(address, self.reach(address).await?)?;
        let request = client
            .get(address.url.clone())
            // Else some servers choose what is smallest: AVIF.
            .header(ACCEPT, "image/png, image/jpeg, image/webp, image/gif, */*;q=0.1")
            .header(ACCEPT_ENCODING, "identity");
        request
            .send()
            .await
            .map_err(|error| MakerError::Broken(format!("{address} cannot be reached: {}", cause(&error))))
    }

    /// Where an address leads. One address that is not public is enough to refuse it: whoever connects chooses among them.
    async fn reach(&self, address: &Address) -> Result<Vec<SocketAddr>, MakerError> {
        let found = match &address.host {
            Host::Number(number) => vec![*number],
            Host::Name(name) => self.settings.resolver.resolve(name).await.map_err(|error| {
                tracing::debug!(host = name, %error, "a name is not known");
                MakerError::Broken(format!("{name} is not known; look whether it is spelt right"))
            })?,
        };
        if found.is_empty() {
            return Err(MakerError::Broken(format!("{address} has no address; look whether it is spelt right")));
        }
        for number in &found {
            address.check_number(*number, self.settings.own_test_server).map_err(MakerError::Refused)?;
        }
        Ok(found.into_iter().map(|number| SocketAddr::new(number, address.port)).collect())
    }

    /// Takes what lies there, if it is a picture.
    async fn take(&self, address: &Address, mut response: Response) -> Result<Bytes, MakerError> {
        if let Some(error) = complaint(address, &response) {
            return Err(error);
        }
        let most_bytes = self.settings.most_bytes;
        let too_large = || {
            MakerError::Refused(format!(
                "what lies at {address} is larger than {} MB; give a smaller picture",
                most_bytes.div_ceil(1_000_000)
            ))
        };
        // Said to be small it may still be large; said to be large it is not begun.
        if response.content_length().is_some_and(|said| said > most_bytes as u64) {
            return Err(too_large());
        }
        let no_picture = |what: &str| {
            MakerError::Refused(format!(
                "what lies at {address} is no picture: it is {what}; give a PNG, JPEG, WebP or GIF"
            ))
        };
        let headers = response.headers();
        let is_framed = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        let (mut bytes, mut is_seen) = (Vec::new(), false);
        while let Some(more) = response.chunk().await.map_err(|error| {
            tracing::debug!(error = chain(&error), "an answer was cut");
            MakerError::Broken(format!("{address} did not send all of it: the connection was closed"))
        })? {
            if bytes.len() + more.len() > most_bytes {
                return Err(too_large());
            }
            bytes.extend_from_slice(&more);
            if !is_seen && bytes.len() >= kind::LOOKED_AT_BYTES {
                kind::check(&bytes).map_err(no_picture)?;
                is_seen = true;
            }
        }
        kind::check(&bytes).map_err(no_picture)?;
        if !is_framed {
            return Err(MakerError::Broken(format!(
                "{address} does not say how long its answer is, so that a whole one looks like a cut one"
            )));
        }
        Ok(bytes.into())
    }
}

#[async_trait]
impl Fetcher for WebFetcher {
    fn check(&self, address: &str) -> Result<(), String> {
        Address::read(address, self.settings.own_test_server).map(|_| ())
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError> {
        match timeout(self.settings.whole, self.follow(address)).await {
            Ok(fetched) => fetched,
            Err(_) => {
                let host = Address::read(address, self.settings.own_test_server);
                let host = host.map_or_else(|_| "the server".to_owned(), |address| address.to_string());
                Err(MakerError::Broken(format!("{host} took longer than {} s", self.settings.whole.as_secs_f64())))
            }
        }
    }
}

/// An error at an address that another one led to.
fn led(by: Option<&Address>, error: MakerError) -> MakerError {
    let Some(by) = by else { return error };
    let sentence = |why: String| format!("{by} sends on elsewhere: {why}");
    match error {
        MakerError::Refused(why) => MakerError::Refused(sentence(why)),
        MakerError::Broken(why) => MakerError::Broken(sentence(why)),
        other => other,
    }
}

/// What an answer means that brings nothing.
fn complaint(address: &Address, response: &Response) -> Option<MakerError> {
    let status = response.status().as_u16();
    let refused = |why: &str| Some(MakerError::Refused(format!("{address} answered {status}: {why}")));
    match status {
        200 | 203 => None,
        401 | 402 | 403 | 407 => refused("it does not give that to everybody; give an address that needs no login"),
        404 | 410 => refused("nothing lies at that address; look whether it is right"),
        429 => Some(MakerError::Busy(Busy { retry_after_ms: retry_after_ms(response.headers()), ..Busy::default() })),
        408 | 425 | 500.. => {
            Some(MakerError::Broken(format!("{address} answered {status}: it does not work just now")))
        }
        300..=399 => refused("it sends on, and does not say where; give the address where the picture itself lies"),
        _ => refused("that brings no picture; look whether the address is right"),
    }
}

/// A client for one request, which knows the addresses of one name and cannot learn others.
fn client(address: &Address, reach: Vec<SocketAddr>) -> Result<Client, MakerError> {
    let builder = Client::builder()
        .user_agent(concat!("onetake/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Judged { host: address.to_string(), reach })
        .no_proxy()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(Duration::from_secs(10))
        .pool_max_idle_per_host(0)
        .http1_only();
    // Without TLS no certificate is looked at: reading them takes time.
    let builder = if address.url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(|error| {
        tracing::debug!(error = chain(&error), "no client");
        MakerError::Broken(
            "no TLS connection can be made here: install the system's certificates (the package ca-certificates)"
                .into(),
        )
    })
}

/// Answers with what was judged.
struct Judged {
    host: String,
    reach: Vec<SocketAddr>,
}

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let judged = if name.as_str() == self.host { self.reach.clone() } else { Vec::new() };
        Box::pin(std::future::ready(Ok(Box::new(judged.into_iter()) as Addrs)))
    }
}

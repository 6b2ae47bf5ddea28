//! How every vendor is called: paid posts once and never again, free gets a few times, keys kept out of every word.

mod cause;
mod complaint;
mod departure;
mod fetch;
mod google;
mod incoming;
mod key;
mod retry_after;

pub(crate) use cause::{cause, chain};
pub(crate) use complaint::{Complaint, quoted, shown};
use departure::Paid;
pub(crate) use incoming::{Incoming, Plain, headers};
pub use key::Key;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, Url};
pub(crate) use retry_after::{reset_ms, retry_after_ms};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use story::ids::sha256_hex;
use story::maker::{MakerError, MayBegin};
use story::speech::{Reply, Unspoken};
use tokio::time::{Instant, sleep, timeout_at};

/// Calls for one free answer, and the wait before the second.
const TRIES: u32 = 3;
const BACK_OFF: Duration = Duration::from_millis(250);
/// A free answer is waited for no longer than this where the vendor wants to be left alone.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// A page of a history with the times of each character is the largest answer that is read whole.
const MOST_JSON_BYTES: usize = 128 << 20;
/// Of a complaint as much is read.
const MOST_COMPLAINT_BYTES: usize = 64 << 10;

/// How long a vendor may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is open.
    pub connect: Duration,
    /// From the request's last byte to the answer's first.
    pub first_byte: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// For a call, from its begin to its end.
    pub whole: Duration,
}

impl Default for Timeouts {
    /// 10 s, 60 s, 30 s and 600 s.
    fn default() -> Self {
        let [connect, first_byte, idle, whole] = [10, 60, 30, 600].map(Duration::from_secs);
        Self { connect, first_byte, idle, whole }
    }
}

/// What the sentences about a vendor need to know of it.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) key_setting: &'static str,
    /// The header that carries the key, and what stands before the key in it.
    pub(crate) key_header: (&'static str, &'static str),
    /// What an answer that is no success means; the last word is the setting that says the address.
    pub(crate) meaning: fn(u16, &HeaderMap, &Complaint, &str) -> MakerError,
}

/// The way to a vendor.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    vendor: &'static Vendor,
    base: Url,
    /// The setting that says the address.
    base_url_setting: &'static str,
    key: Option<Key>,
    /// Opens a connection for each call: one that was kept could be half closed, and a call lost on it might have been charged.
    paid: Client,
    free: Client,
    timeouts: Timeouts,
}

impl Wire {
    pub(crate) fn open(
        vendor: &'static Vendor,
        (base_url_setting, base_url): (&'static str, &str),
        key: Option<&Key>,
        timeouts: Timeouts,
    ) -> Result<Self, String> {
        let base = base(base_url_setting, base_url)?;
        let headers = key.map(|key| key_header(vendor, key)).transpose()?;
        let headers: HeaderMap = headers.into_iter().collect();
        let build = || builder(&base, headers.clone(), timeouts);
        let (paid, free) = (built(build().pool_max_idle_per_host(0))?, built(build())?);
        Ok(Self { vendor, base, base_url_setting, key: key.cloned(), paid, free, timeouts })
    }

    /// Where the vendor is reached, without a slash at the end.
    pub(crate) fn base_url(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// The setting that says the address.
    pub(crate) fn setting(&self) -> &'static str {
        self.base_url_setting
    }

    /// Which account pays: a hash, out of which no key can be read.
    pub(crate) fn account(&self) -> String {
        let key = self.key.as_ref().map_or("", Key::reveal);
        let mut hash = sha256_hex(format!("{}{key}", self.base_url()).as_bytes());
        hash.truncate(16);
        hash
    }

    /// The address of a path. `None` if one of its segments could lead elsewhere: it is empty, `.` or `..`, or holds what addresses
    /// drop without a word.
    pub(crate) fn address(&self, segments: &[&str]) -> Option<Url> {
        let mut url = self.base.clone();
        let is_plain = |segment: &&str| !matches!(*segment, "" | "." | "..") && !segment.contains(char::is_control);
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments.iter().copied().filter(is_plain));
        segments.iter().all(is_plain).then_some(url)
    }

    /// Makes a paid call, once. What goes wrong after the request has left is [`MakerError::Unknown`].
    pub(crate) async fn pay(&self, url: Url, body: &impl Serialize, may_begin: MayBegin) -> Result<Incoming, Unspoken> {
        let json = serde_json::to_vec(body).expect("a request's body is strings and numbers");
        let until = Instant::now() + self.timeouts.whole;
        let (paid, departure) = Paid::new(json.into(), may_begin);
        let request = self.paid.post(url).header(CONTENT_TYPE, "application/json").body(reqwest::Body::wrap(paid));
        let late = async {
            departure.left().await;
            sleep(self.timeouts.first_byte).await;
        };
        let sent = tokio::select! {
            sent = timeout_at(until, request.send()) => sent.map_err(|_| None),
            () = late => Err(None),
        };
        let name = self.vendor.name;
        match sent.and_then(|sent| sent.map_err(Some)) {
            Ok(response) => self.answered(response, until).await.map_err(Unspoken::from),
            Err(_) if departure.is_refused() => Err(MakerError::TooLate.into()),
            Err(error) if departure.has_left() => Err(MakerError::Unknown(format!(
                "{name} was asked and did not answer: {}",
                error.as_ref().map_or("it took too long", cause)
            ))
            .into()),
            Err(error) => Err(self.out_of_reach(error.as_ref()).into()),
        }
    }

    /// Asks for something that costs nothing, a few times if need be.
    pub(crate) async fn get(&self, url: Url) -> Result<Incoming, Refusal> {
        let mut tries = 1;
        loop {
            match self.get_once(self.free.get(url.clone())).await {
                Err(refusal) if refusal.may_pass() && tries < TRIES => {
                    sleep(refusal.wait().max(BACK_OFF * 2_u32.pow(tries))).await;
                    tries += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn get_once(&self, request: RequestBuilder) -> Result<Incoming, Refusal> {
        let until = Instant::now() + self.timeouts.whole;
        let within = (Instant::now() + self.timeouts.connect + self.timeouts.first_byte).min(until);
        let unreached = |error: Option<&reqwest::Error>| Refusal {
            status: 0,
            complaint: Complaint::default(),
            reply: None,
            meaning: self.out_of_reach(error),
            has_waited: error.is_none(),
        };
        match timeout_at(within, request.send()).await {
            Ok(Ok(response)) => self.answered(response, until).await.map_err(Refusal::of_nothing_paid),
            Ok(Err(error)) => Err(unreached(Some(&error))),
            Err(_) => Err(unreached(None)),
        }
    }

    /// An answer in JSON to a question that costs nothing.
    pub(crate) async fn read<T: DeserializeOwned>(&self, url: Url) -> Result<T, MakerError> {
        let what = url.path().to_owned();
        let incoming = self.get(url).await.map_err(|refusal| refusal.meaning)?;
        self.json(incoming, &what).await
    }

    /// An answer to a question that costs nothing, as it stands there, be it a refusal.
    pub(crate) async fn look_up(&self, url: Url) -> Result<Reply, MakerError> {
        match self.get(url).await {
            Ok(mut incoming) => {
                let status = incoming.status();
                let body = incoming.whole(MOST_JSON_BYTES).await.map_err(free)?;
                Ok(self.reply(status, headers(incoming.headers()), &body))
            }
            Err(Refusal { reply: Some(reply), .. }) => Ok(*reply),
            Err(refusal) => Err(refusal.meaning),
        }
    }

    fn reply(&self, status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(body);
        let body = self.key.as_ref().map_or_else(|| text.clone().into_owned(), |key| key.scrub(&text));
        Reply { status, headers, body }
    }

    /// As [`read`](Self::read), of something that may not be there.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        url: Url,
        is_absent: fn(u16, &str) -> bool,
    ) -> Result<Option<T>, MakerError> {
        let what = url.path().to_owned();
        match self.get(url).await {
            Ok(incoming) => self.json(incoming, &what).await.map(Some),
            Err(refusal) if is_absent(refusal.status, &refusal.complaint.code) => Ok(None),
            Err(refusal) => Err(refusal.meaning),
        }
    }

    async fn json<T: DeserializeOwned>(&self, mut incoming: Incoming, what: &str) -> Result<T, MakerError> {
        let json = incoming.whole(MOST_JSON_BYTES).await.map_err(free)?;
        serde_json::from_slice(&json).map_err(|error| {
            tracing::debug!(provider.name = self.vendor.name, what, %error, "an answer that cannot be read");
            MakerError::Broken(format!(
                "{} answered {what} with something that cannot be read; is {} right?",
                self.vendor.name, self.base_url_setting
            ))
        })
    }

    /// Parts the answers that are successes from those that are not.
    async fn answered(&self, response: Response, until: Instant) -> Result<Incoming, Refusal> {
        let status = response.status();
        let mut incoming = Incoming::new(self.vendor.name, response, self.timeouts.idle, until);
        if status.is_success() {
            return Ok(incoming);
        }
        let body = incoming.whole(MOST_COMPLAINT_BYTES).await.unwrap_or_default();
        let complaint = Complaint::of(&body, self.key.as_ref());
        let reply = Some(Box::new(self.reply(status.as_u16(), headers(incoming.headers()), &body)));
        let (Vendor { name, meaning, .. }, base_url_setting) = (self.vendor, self.base_url_setting);
        tracing::debug!(provider.name = name, status = status.as_u16(), code = complaint.code, "refused");
        let meaning = if status.is_redirection() || status.is_informational() {
            MakerError::Refused(format!(
                "{name} says that it is elsewhere ({status}); set {base_url_setting} to where it is"
            ))
        } else {
            meaning(status.as_u16(), incoming.headers(), &complaint, base_url_setting)
        };
        Err(Refusal { status: status.as_u16(), complaint, reply, meaning, has_waited: false })
    }

    fn out_of_reach(&self, error: Option<&reqwest::Error>) -> MakerError {
        let (name, base_url_setting) = (self.vendor.name, self.base_url_setting);
        let host = self.base.host_str().unwrap_or_default();
        MakerError::Broken(format!(
            "{name} cannot be reached at {host}: {}; look at the network and at {base_url_setting}",
            error.map_or("it took too long", cause)
        ))
    }
}

/// An answer that is no success, or none at all (status 0).
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    complaint: Complaint,
    /// As it stands there.
    reply: Option<Box<Reply>>,
    pub(crate) meaning: MakerError,
    /// Whether it came of waiting as long as may be: once is enough.
    has_waited: bool,
}

impl From<Refusal> for Unspoken {
    fn from(refusal: Refusal) -> Self {
        Self { error: refusal.meaning, reply: refusal.reply }
    }
}

impl Refusal {
    /// The status; 0 where no answer came.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The vendor's words; empty where no answer came.
    pub(crate) fn complaint(&self) -> &Complaint {
        &self.complaint
    }

    fn of_nothing_paid(self) -> Self {
        Self { meaning: free(self.meaning), ..self }
    }

    /// Whether it may go well a moment later.
    fn may_pass(&self) -> bool {
        !self.has_waited && matches!(self.meaning, MakerError::Busy(_) | MakerError::Broken(_))
    }

    /// How long the vendor wants to be left alone; nothing if that is longer than anybody waits here.
    fn wait(&self) -> Duration {
        let MakerError::Busy(busy) = &self.meaning else { return Duration::ZERO };
        let wait = Duration::from_millis(busy.retry_after_ms.unwrap_or(0));
        if wait <= LONGEST_WAIT { wait } else { Duration::ZERO }
    }
}

/// What an error means where nothing is charged: "it may have been charged" cannot be.
pub(crate) fn free(error: MakerError) -> MakerError {
    match error {
        MakerError::Unknown(sentence) => MakerError::Broken(sentence),
        other => other,
    }
}

fn base(setting: &str, base_url: &str) -> Result<Url, String> {
    let url = Url::parse(base_url.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| format!("{setting} is no address of a server; write it as https://host"))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{setting} holds more than an address: take out what stands before @ or after ? and #"));
    }
    Ok(url)
}

fn key_header(vendor: &Vendor, key: &Key) -> Result<(HeaderName, HeaderValue), String> {
    let (name, before) = vendor.key_header;
    let wrong = || format!("{} is no key: it holds a character that no key has", vendor.key_setting);
    let mut value = HeaderValue::from_str(&format!("{before}{}", key.reveal())).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok((HeaderName::from_static(name), value))
}

/// A client for that address, which sends these headers with each request.
fn builder(base: &Url, headers: HeaderMap, timeouts: Timeouts) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(concat!("onetake/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .connect_timeout(timeouts.connect)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only();
    let builder = if is_loopback(base) { builder.no_proxy() } else { builder };
    // Without TLS no certificate is looked at: a machine that has none installed may still speak to a server of its own.
    if base.scheme() == "http" { builder.tls_certs_only([]) } else { builder }
}

fn built(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|error| {
        tracing::debug!(error = chain(&error), "no client");
        "no TLS connection can be made here: install the system's certificates (the package ca-certificates)".to_owned()
    })
}

/// Whether an address is this machine's own: nothing between it and us can be a proxy.
fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

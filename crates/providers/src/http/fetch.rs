//! Fetches what a paid answer points to: the key goes to the vendor's own address alone, and nothing is asked in the open of
//! anybody else.

use super::{BACK_OFF, Incoming, TRIES, Wire, builder, built, cause};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, Response, Url};
use std::net::IpAddr;
use story::maker::MakerError;
use tokio::time::{Instant, sleep, timeout_at};

/// Addresses that one short link may lead through.
const MOST_HOPS: usize = 5;

impl Wire {
    /// What lies at an address, be it a short link. [`MakerError::Unknown`] if it cannot be had: it was paid.
    pub(crate) async fn fetch(&self, address: &str) -> Result<Incoming, MakerError> {
        let nowhere = |_| self.lost("points to what is no address");
        let mut url = self.base.join(address).map_err(nowhere)?;
        for _ in 0..=MOST_HOPS {
            self.check(&url)?;
            let response = self.ask(&url).await?;
            let status = response.status();
            if !status.is_redirection() {
                let until = Instant::now() + self.timeouts.whole;
                return Ok(Incoming::new(self.vendor.name, response, self.timeouts.idle, until));
            }
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
            let to = to.ok_or_else(|| self.lost("points to a place that leads nowhere"))?;
            url = url.join(to).map_err(nowhere)?;
        }
        Err(self.lost("points to a place that leads round and round"))
    }

    /// Only the vendor's own host is asked in the open; another must have a name, and a certificate for it.
    fn check(&self, url: &Url) -> Result<(), MakerError> {
        let host = url.host_str().unwrap_or_default();
        let is_own = Some(host) == self.base.host_str();
        let has_name = host.trim_matches(['[', ']']).parse::<IpAddr>().is_err() && host.contains('.');
        let is_plain = url.username().is_empty() && url.password().is_none();
        let may = match url.scheme() {
            "https" => is_own || has_name,
            "http" => is_own,
            _ => false,
        };
        if may && is_plain { Ok(()) } else { Err(self.lost("points to a place that is not asked: give https")) }
    }

    /// One address, a few times if need be: it costs nothing.
    async fn ask(&self, url: &Url) -> Result<Response, MakerError> {
        let client = if url.origin() == self.base.origin() { self.free.clone() } else { self.stranger(url)? };
        let head_by = || Instant::now() + self.timeouts.connect + self.timeouts.first_byte;
        let mut tries = 1;
        loop {
            let why = match timeout_at(head_by(), client.get(url.clone()).send()).await {
                Ok(Ok(response)) if response.status().is_success() || response.status().is_redirection() => {
                    return Ok(response);
                }
                Ok(Ok(response)) => {
                    let status = response.status();
                    let may_pass = status.is_server_error() || status.as_u16() == 429;
                    (format!("a place that says {}", status.as_u16()), may_pass)
                }
                Ok(Err(error)) => (format!("a place that cannot be reached: {}", cause(&error)), true),
                Err(_) => ("a place that took too long".to_owned(), false),
            };
            if !why.1 || tries == TRIES {
                return Err(self.lost(&format!("points to {}", why.0)));
            }
            sleep(BACK_OFF * 2_u32.pow(tries)).await;
            tries += 1;
        }
    }

    /// A client that has no key.
    fn stranger(&self, url: &Url) -> Result<Client, MakerError> {
        built(builder(url, HeaderMap::new(), self.timeouts)).map_err(MakerError::Unknown)
    }

    fn lost(&self, what: &str) -> MakerError {
        MakerError::Unknown(format!("{}'s answer {what}", self.vendor.name))
    }
}

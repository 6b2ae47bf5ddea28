//! A provider of pictures on simulated time: the double's rules, window and books, with the way there and back.

use async_trait::async_trait;
use bytes::Bytes;
use doubles::account::Ended;
use doubles::images::{Begun, Door, ImageAccount, ImageFault, ImageFaultKind, ImageLog, ImageRefusal, ImageSettings};
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::images::{Drawn, ImagesProfile, Prompt};
use story::maker::{Busy, MakerError, MayBegin};
use story::{Clock, Fetcher, Images};

const MODEL: &str = "black-forest-labs/FLUX.1-schnell";

/// How long things take, in milliseconds, from and to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ways {
    pub(crate) connects_ms: (u64, u64),
    pub(crate) travels_ms: (u64, u64),
    pub(crate) draws_ms: (u64, u64),
}

pub(crate) struct Artist {
    account: Mutex<ImageAccount>,
    clock: Arc<dyn Clock>,
    ways: Mutex<Ways>,
    key: String,
}

impl Artist {
    /// Its clock is the provider's own.
    pub(crate) fn new(clock: Arc<dyn Clock>, settings: ImageSettings, ways: Ways) -> Arc<Self> {
        let key = settings.api_key.clone().unwrap_or_default();
        Arc::new(Self { account: Mutex::new(ImageAccount::new(settings)), clock, ways: Mutex::new(ways), key })
    }

    pub(crate) fn account(&self) -> MutexGuard<'_, ImageAccount> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> ImageLog {
        self.account().log().clone()
    }

    pub(crate) fn fails(&self, fault: ImageFault) {
        self.account().faults.push(fault);
    }

    /// How long things take from now on.
    pub(crate) fn goes(&self, ways: Ways) {
        *self.ways.lock().unwrap_or_else(PoisonError::into_inner) = ways;
    }

    fn ways(&self) -> Ways {
        *self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn takes(&self, (from_ms, to_ms): (u64, u64)) {
        let ms = from_ms + self.clock.chance() % (to_ms - from_ms + 1);
        self.clock.sleep(Duration::from_millis(ms)).await;
    }

    fn begin(&self, prompt: &Prompt) -> Result<Begun, ImageRefusal> {
        let body = json!({
            "model": prompt.model, "prompt": prompt.text, "width": prompt.width, "height": prompt.height,
            "response_format": "base64",
        });
        self.account().begin(Door::Generations, None, Some(&self.key), &body, self.clock.now().0)
    }
}

/// A call under way: it ends, however it does.
struct Call<'a>(&'a Artist, u64, Ended);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let now_ms = self.0.clock.now().0;
        self.0.account().end(self.1, self.2, now_ms);
    }
}

#[async_trait]
impl Images for Artist {
    fn profile(&self) -> ImagesProfile {
        ImagesProfile {
            provider: "together".into(),
            base_url: "https://pictures.example".into(),
            account: "pictures".into(),
            model: MODEL.into(),
            most_characters: 2_000,
            rehearsed: false,
        }
    }

    fn size(&self, _width: u32, _height: u32) -> (u32, u32) {
        (768, 1_344)
    }

    fn usd(&self, _width: u32, _height: u32) -> f64 {
        0.01
    }

    async fn draw(&self, prompt: &Prompt, may_begin: MayBegin) -> Result<Drawn, MakerError> {
        self.takes(self.ways().connects_ms).await;
        if !may_begin() {
            return Err(MakerError::TooLate);
        }
        self.takes(self.ways().travels_ms).await;
        let begun = self.begin(prompt).map_err(|refusal| match refusal.status {
            429 => {
                let retry_after_ms = refusal.reset_s.map(|seconds| u64::from(seconds) * 1_000);
                MakerError::Busy(Busy { retry_after_ms, ..Busy::default() })
            }
            401..=403 => MakerError::Spent(refusal.code),
            503 => MakerError::Broken(refusal.code),
            500 => MakerError::Unknown(refusal.code),
            _ => MakerError::Refused(refusal.code),
        })?;
        let mut call = Call(self, begun.id, Ended::ClientLeft);
        self.takes(self.ways().draws_ms).await;
        if let Some(ImageFaultKind::Lost { .. }) = begun.fault {
            call.2 = Ended::Reset;
            return Err(MakerError::Unknown("the connection was reset".into()));
        }
        call.2 = Ended::Complete;
        Ok(Drawn { bytes: Bytes::from(format!("a picture of {}", prompt.text)), request_id: Some(begun.request_id) })
    }
}

/// What lies at addresses: a picture at each, but where the address says otherwise.
pub(crate) struct Web;

#[async_trait]
impl Fetcher for Web {
    fn check(&self, address: &str) -> Result<(), String> {
        if address.contains("private") { Err("it leads to this machine".into()) } else { Ok(()) }
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError> {
        if address.contains("gone") {
            return Err(MakerError::Refused("there is nothing (404)".into()));
        }
        Ok(Bytes::from(format!("what lies at {address}")))
    }
}

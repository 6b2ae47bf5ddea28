//! Makers that take their time.

use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use story::images::{Drawn, ImagesProfile, Prompt};
use story::maker::{MakerError, MayBegin};
use story::speech::{Answer, Catalog, ListedVoice, Profile, TakeRequest, Unspoken, Voice};
use story::{Clock, Images, Speech};

/// A maker, each of whose works takes at least so long.
pub(crate) struct Paced<T> {
    pub(crate) inner: T,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ms: u64,
}

impl<T> Paced<T> {
    async fn takes_its_time(&self) {
        self.clock.sleep(Duration::from_millis(self.ms)).await;
    }
}

#[async_trait]
impl<T: Speech> Speech for Paced<T> {
    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        self.inner.catalog().await
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        self.inner.voice(id).await
    }

    async fn voices(&self) -> Result<Vec<ListedVoice>, MakerError> {
        self.inner.voices().await
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        let answer = self.inner.speak(request, may_begin).await?;
        self.takes_its_time().await;
        Ok(answer)
    }
}

#[async_trait]
impl<T: Images> Images for Paced<T> {
    fn profile(&self) -> ImagesProfile {
        self.inner.profile()
    }

    fn size(&self, width: u32, height: u32) -> (u32, u32) {
        self.inner.size(width, height)
    }

    fn usd(&self, width: u32, height: u32) -> f64 {
        self.inner.usd(width, height)
    }

    async fn draw(&self, prompt: &Prompt, may_begin: MayBegin) -> Result<Drawn, MakerError> {
        // Of its time the drawing is a part.
        let (drawn, ()) = futures_util::future::join(self.inner.draw(prompt, may_begin), self.takes_its_time()).await;
        drawn
    }
}

//! Which addresses a name has.

use async_trait::async_trait;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Knows the addresses of names.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All addresses that a name has now.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Names that are looked up at once: each takes a thread until the system has answered, though nobody may wait for it any more.
const AT_ONCE: usize = 4;

/// Asks the system.
#[derive(Clone, Debug)]
pub struct SystemResolver(Arc<Semaphore>);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        // With a dot at its end no name of this machine's own domain is tried in its stead.
        let name = format!("{name}.");
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(io::Error::other)?;
        let looking = tokio::spawn(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            drop(place);
            Ok(found.map(|address| address.ip()).collect())
        });
        looking.await.map_err(io::Error::other)?
    }
}

//! The ports as one process has them: each call may be slow, unclear, or its last.

use crate::simulation::breaks::{self, Break};
use crate::simulation::process::{Does, Process};
use crate::simulation::time;
use async_trait::async_trait;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use story::artifacts::{Artifacts, Body, Head, Link, Object, body, collect};
use story::failure::StoreError;
use story::plans::Plans;
use story::records::{Document, Partition, Records, Swap, Version};
use story::take::Take;
use story::tracks::Tracks;
use story::{Clock, House, Queue, Task, Timestamp};

/// A process's way to the world.
#[derive(Clone)]
pub(crate) struct Ports(pub(crate) Arc<Process>);

impl Ports {
    pub(crate) fn house(&self) -> House {
        House {
            records: Arc::new(self.clone()),
            artifacts: Arc::new(self.clone()),
            queue: Arc::new(self.clone()),
            clock: Arc::new(self.clone()),
            lane_lock: Arc::new(story::house::NoLock),
            settings: breaks::settings(&self.0.world, self.0.world.temper.settings()),
            plans: Plans::default(),
            tracks: Tracks::ahead(),
        }
    }
}

#[async_trait]
impl Records for Ports {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        let (world, at, name) = (Arc::clone(&self.0.world), partition.clone(), key.to_owned());
        let what = || format!("get {partition} {key}");
        let effect = async move {
            let found = world.records.get(&at, &name).await?;
            Ok(found.map(|document| breaks::told(&world, document)))
        };
        self.0.call(Does::Read, what, Box::pin(effect)).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        let (world, new) = (Arc::clone(&self.0.world), document.clone());
        // One that would make a document is not done late: that is the rule for who reads "nothing" after it.
        let does = if expected.is_some() { Does::Swap } else { Does::Write };
        let what = || format!("put {} {} {}", document.partition, document.key, told(document));
        let effect = async move {
            if let Some(answer) = breaks::put(&world, &new, expected).await {
                return Ok(answer);
            }
            let expected = breaks::expected(&world, &new, expected).await?;
            let swap = world.records.put(&new, expected).await?;
            match swap {
                Swap::Done => world.checks(|checker, world| checker.put(world, &new)),
                Swap::Lost => world.say(|| format!("       lost: {} {}", new.partition, new.key)),
            }
            Ok(swap)
        };
        breaks::answered(&self.0.world, self.0.call(does, what, Box::pin(effect)).await)
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        let (world, at, name) = (Arc::clone(&self.0.world), partition.clone(), key.to_owned());
        let what = || format!("delete {partition} {key}");
        let effect = async move {
            let swap = world.records.delete(&at, &name, version).await?;
            if swap == Swap::Done {
                world.checks(|checker, world| checker.deleted(world, &at, &name));
                if let Partition::Wants(take) = &at {
                    breaks::withdrawn(&world, take, &name).await?;
                }
            }
            Ok(swap)
        };
        breaks::answered(&self.0.world, self.0.call(Does::Swap, what, Box::pin(effect)).await)
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        let (world, at, from) = (Arc::clone(&self.0.world), partition.clone(), after.to_owned());
        let what = || format!("list {partition}");
        self.0.call(Does::Read, what, Box::pin(async move { world.records.list(&at, &from, limit).await })).await
    }
}

#[async_trait]
impl Artifacts for Ports {
    async fn put(&self, object: &Object, content: Body) -> Result<(), StoreError> {
        let (bytes, world, name) = (collect(content).await?, Arc::clone(&self.0.world), object.clone());
        let effect = async move {
            world.artifacts.put(&name, body(bytes.clone())).await?;
            world.checks(|checker, world| checker.stored(world, &name, &bytes));
            Ok(())
        };
        self.0.call(Does::Write, || format!("store {object}"), Box::pin(effect)).await
    }

    async fn put_new(&self, object: &Object, content: Body) -> Result<bool, StoreError> {
        let (bytes, world, name) = (collect(content).await?, Arc::clone(&self.0.world), object.clone());
        if world.breaks(Break::AudioFirst) && matches!(object, Object::TakeSidecar(..)) {
            tokio::spawn(async move {
                time::passes(Duration::from_secs(2)).await;
                world.checks(|checker, world| checker.stored(world, &name, &bytes));
                world.artifacts.put_new(&name, body(bytes)).await
            });
            return Ok(true);
        }
        let effect = async move {
            let (name, is_overwritten) = breaks::place(&world, &name);
            let is_new = if is_overwritten {
                world.artifacts.put(&name, body(bytes.clone())).await?;
                true
            } else {
                world.artifacts.put_new(&name, body(bytes.clone())).await?
            };
            if is_new {
                world.checks(|checker, world| checker.stored(world, &name, &bytes));
            }
            Ok(is_new)
        };
        self.0.call(Does::Write, || format!("store new {object}"), Box::pin(effect)).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        let (world, name) = (Arc::clone(&self.0.world), object.clone());
        let effect = async move { world.artifacts.get(&breaks::place(&world, &name).0, range).await };
        self.0.call(Does::Read, || format!("fetch {object}"), Box::pin(effect)).await
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        let (world, name) = (Arc::clone(&self.0.world), object.clone());
        let effect = async move { world.artifacts.head(&breaks::place(&world, &name).0).await };
        self.0.call(Does::Read, || format!("look at {object}"), Box::pin(effect)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        let (world, from) = (Arc::clone(&self.0.world), prefix.to_owned());
        let effect = async move { world.artifacts.list(&from).await };
        self.0.call(Does::Read, || format!("list {prefix}"), Box::pin(effect)).await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        let (world, name) = (Arc::clone(&self.0.world), object.clone());
        let effect = async move {
            if breaks::stays(&world, &name) {
                return Ok(());
            }
            let (name, _) = breaks::place(&world, &name);
            world.artifacts.delete(&name).await?;
            world.checks(|checker, world| checker.removed(world, &name));
            Ok(())
        };
        self.0.call(Does::Write, || format!("remove {object}"), Box::pin(effect)).await
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        self.0.world.artifacts.link(object, name, content_type).await
    }
}

#[async_trait]
impl Queue for Ports {
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError> {
        let (world, sent) = (Arc::clone(&self.0.world), task.clone());
        let effect = async move {
            if world.fault(world.temper.lost) {
                world.say(|| format!("       LOST: {sent:?}"));
                return Ok(());
            }
            let late = if world.fault(world.temper.lost) { world.between(100, 60_000) } else { 0 };
            world.queue.send(&sent, after + Duration::from_millis(late)).await?;
            if world.fault(world.temper.lost) {
                let again = after + Duration::from_millis(world.between(1, 30_000));
                tokio::spawn(async move {
                    time::passes(again).await;
                    world.queue.send(&sent, Duration::ZERO).await
                });
            }
            Ok(())
        };
        self.0.call(Does::Write, || format!("send {task:?}"), Box::pin(effect)).await
    }

    async fn wake_speech(&self, group: &str) -> Result<(), StoreError> {
        let (world, to) = (Arc::clone(&self.0.world), group.to_owned());
        let effect = async move {
            let group = to;
            let is_lost =
                world.fault(world.temper.lost) || (world.breaks(Break::NoWake) && group.starts_with("sweep-"));
            if is_lost {
                world.say(|| format!("       LOST: the wake-up of {group}"));
                return Ok(());
            }
            if !world.temper.is_fifo {
                return world.queue.wake_speech(&group).await;
            }
            for _ in 0..=u32::from(world.fault(world.temper.lost)) {
                let (world, group) = (Arc::clone(&world), group.clone());
                let late_ms = if world.fault(world.temper.lost) { world.between(100, 60_000) } else { 0 };
                tokio::spawn(async move {
                    time::passes(Duration::from_millis(late_ms)).await;
                    world.fifo.send(&group);
                });
            }
            Ok(())
        };
        self.0.call(Does::Write, || format!("wake speech {group}"), Box::pin(effect)).await
    }
}

#[async_trait]
impl Clock for Ports {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.world.now().0 + self.0.skew_ms - 2_000)
    }

    async fn sleep(&self, duration: Duration) {
        time::passes(duration).await;
        self.0.pass().await;
    }

    fn chance(&self) -> u64 {
        self.0.world.clock.chance()
    }
}

/// A document as a trace shows it: of a take without what is asked for.
fn told(document: &Document) -> String {
    match (&document.partition, serde_json::from_str::<Take>(&document.body)) {
        (Partition::Takes, Ok(take)) => {
            let Take { state, ticket, gone, expires_at, .. } = take;
            let state = serde_json::to_string(&state).unwrap_or_default();
            format!("{state} ticket {ticket:?} gone {gone:?} until {expires_at:?}")
        }
        _ => document.body.chars().take(300).collect(),
    }
}

//! The queue in SQLite, and the receiving side that every queue of this crate has: the host's business, so not in `story`.

use crate::clock::milliseconds;
use crate::database::Database;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::sync::Arc;
use std::time::Duration;
use story::failure::StoreError;
use story::queue::Receiver;
use story::{Clock, Queue, Task};
use tokio::sync::Notify;

/// How often a receiver looks for what another process sent.
const POLL: Duration = Duration::from_millis(200);

/// Names one handing-over of a task; it fits until the task is handed over again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt {
    pub(crate) id: i64,
    pub(crate) tries: u32,
}

/// A task that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The work.
    pub task: Task,
    /// What `done`, `again` and `renew` are told.
    pub receipt: Receipt,
    /// How often it was handed over, this time included.
    pub tries: u32,
}

/// A queue's receiving side. A task that waits is there once, however often it is sent; one that was received and is
/// sent again waits anew.
#[async_trait]
pub trait Inbox: Queue {
    /// The task of this receiver that has been due longest, if any is; nobody else receives it for as long as `visibility`.
    async fn receive(&self, receiver: Receiver, visibility: Duration) -> Result<Option<Delivery>, StoreError>;

    /// The work is done: the task is gone. A receipt that fits no more changes nothing.
    async fn done(&self, receipt: Receipt) -> Result<(), StoreError>;

    /// The work is to be tried again, not before `after`. A receipt that fits no more changes nothing.
    async fn again(&self, receipt: Receipt, after: Duration) -> Result<(), StoreError>;

    /// The work goes on: nobody else receives it for as long as `visibility` from now. Says whether the receipt still fits.
    async fn renew(&self, receipt: Receipt, visibility: Duration) -> Result<bool, StoreError>;

    /// Waits until a task of this receiver may be received.
    async fn wait(&self, receiver: Receiver) -> Result<(), StoreError>;

    /// Waits until speech was woken more often than `seen` (0 at first), and says how often: the next `seen`.
    async fn speech_woken(&self, seen: u64) -> Result<u64, StoreError>;
}

/// The queue in `DIR/onetake.sqlite`: whatever process sends, each process on the folder receives.
pub struct SqliteQueue {
    database: Database,
    clock: Arc<dyn Clock>,
    sent: Notify,
    woken: Notify,
}

impl SqliteQueue {
    /// The queue of an open database; the clock says what is due.
    #[must_use]
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock, sent: Notify::new(), woken: Notify::new() }
    }

    /// Now and that much later, as SQLite keeps it.
    fn in_ms(&self, after: Duration) -> i64 {
        i64::try_from(self.clock.now().plus_ms(milliseconds(after)).0).unwrap_or(i64::MAX)
    }

    async fn next_due_ms(&self, receiver: Receiver) -> Result<Option<i64>, StoreError> {
        let work = move |connection: &mut Connection| {
            connection
                .prepare_cached("SELECT min(due_ms) FROM queue WHERE kind = ?1")?
                .query_row([receiver.name()], |row| row.get(0))
        };
        self.database.call(work).await
    }

    async fn wakes(&self) -> Result<u64, StoreError> {
        let work = |connection: &mut Connection| {
            connection
                .prepare_cached("SELECT count FROM wakes WHERE name = 'speech'")?
                .query_row([], |row| row.get::<_, i64>(0))
                .optional()
        };
        Ok(self.database.call(work).await?.unwrap_or(0).cast_unsigned())
    }
}

#[async_trait]
impl Queue for SqliteQueue {
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError> {
        let body = serde_json::to_string(task).expect("a task is plain data");
        let (kind, due_ms) = (task.receiver().name(), self.in_ms(after));
        let work = move |connection: &mut Connection| {
            connection
                .prepare_cached(
                    "INSERT INTO queue (kind, task, due_ms) VALUES (?1, ?2, ?3)
                     ON CONFLICT (task) WHERE received = 0 DO UPDATE SET due_ms = min(due_ms, excluded.due_ms)",
                )?
                .execute(params![kind, body, due_ms])
        };
        self.database.call(work).await?;
        self.sent.notify_waiters();
        Ok(())
    }

    async fn wake_speech(&self, _group: &str) -> Result<(), StoreError> {
        let work = |connection: &mut Connection| {
            connection
                .prepare_cached(
                    "INSERT INTO wakes (name, count) VALUES ('speech', 1)
                     ON CONFLICT (name) DO UPDATE SET count = count + 1",
                )?
                .execute([])
        };
        self.database.call(work).await?;
        self.woken.notify_waiters();
        Ok(())
    }
}

#[async_trait]
impl Inbox for SqliteQueue {
    async fn receive(&self, receiver: Receiver, visibility: Duration) -> Result<Option<Delivery>, StoreError> {
        let (now, visible_ms) = (self.in_ms(Duration::ZERO), self.in_ms(visibility));
        let work = move |connection: &mut Connection| {
            let mut receive = connection.prepare_cached(
                "UPDATE queue SET received = 1, tries = tries + 1, due_ms = ?3 WHERE id =
                     (SELECT id FROM queue WHERE kind = ?1 AND due_ms <= ?2 ORDER BY due_ms, id LIMIT 1)
                 RETURNING id, tries, task",
            )?;
            loop {
                let received = receive
                    .query_row(params![receiver.name(), now, visible_ms], |row| {
                        Ok((Receipt { id: row.get(0)?, tries: row.get(1)? }, row.get::<_, String>(2)?))
                    })
                    .optional()?;
                let Some((receipt, body)) = received else { return Ok(None) };
                if let Ok(task) = serde_json::from_str(&body) {
                    return Ok(Some(Delivery { task, receipt, tries: receipt.tries }));
                }
                // Another version of the program sent it. No job depends on a message arriving: the sweep says it anew.
                connection.execute("DELETE FROM queue WHERE id = ?1", [receipt.id])?;
            }
        };
        self.database.call(work).await
    }

    async fn done(&self, receipt: Receipt) -> Result<(), StoreError> {
        let work = move |connection: &mut Connection| {
            connection
                .prepare_cached("DELETE FROM queue WHERE id = ?1 AND tries = ?2 AND received = 1")?
                .execute(params![receipt.id, receipt.tries])
        };
        self.database.call(work).await.map(|_| ())
    }

    async fn again(&self, receipt: Receipt, after: Duration) -> Result<(), StoreError> {
        let due_ms = self.in_ms(after);
        let work = move |connection: &mut Connection| {
            let both = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let fits = "id = ?1 AND tries = ?2 AND received = 1";
            // The same task may have been sent meanwhile: then that one waits for both.
            let merged = both.execute(
                &format!(
                    "UPDATE queue SET due_ms = min(due_ms, ?3), tries = max(tries, ?2)
                     WHERE received = 0 AND task = (SELECT task FROM queue WHERE {fits})"
                ),
                params![receipt.id, receipt.tries, due_ms],
            )?;
            if merged > 0 {
                both.execute(&format!("DELETE FROM queue WHERE {fits}"), params![receipt.id, receipt.tries])?;
            } else {
                both.execute(
                    &format!("UPDATE queue SET received = 0, due_ms = ?3 WHERE {fits}"),
                    params![receipt.id, receipt.tries, due_ms],
                )?;
            }
            both.commit()
        };
        self.database.call(work).await?;
        self.sent.notify_waiters();
        Ok(())
    }

    async fn renew(&self, receipt: Receipt, visibility: Duration) -> Result<bool, StoreError> {
        let visible_ms = self.in_ms(visibility);
        let work = move |connection: &mut Connection| {
            connection
                .prepare_cached("UPDATE queue SET due_ms = ?3 WHERE id = ?1 AND tries = ?2 AND received = 1")?
                .execute(params![receipt.id, receipt.tries, visible_ms])
        };
        Ok(self.database.call(work).await? == 1)
    }

    async fn wait(&self, receiver: Receiver) -> Result<(), StoreError> {
        loop {
            // Listen first, then look: what is sent in between is heard.
            let mut sent = std::pin::pin!(self.sent.notified());
            sent.as_mut().enable();
            let left_ms = self.next_due_ms(receiver).await?.map(|due| due.saturating_sub(self.in_ms(Duration::ZERO)));
            let nap = match left_ms.map(u64::try_from) {
                Some(Ok(0) | Err(_)) => return Ok(()),
                Some(Ok(left_ms)) => POLL.min(Duration::from_millis(left_ms)),
                None => POLL,
            };
            drop(tokio::time::timeout(nap, sent).await);
        }
    }

    async fn speech_woken(&self, seen: u64) -> Result<u64, StoreError> {
        loop {
            let mut woken = std::pin::pin!(self.woken.notified());
            woken.as_mut().enable();
            let wakes = self.wakes().await?;
            if wakes > seen {
                return Ok(wakes);
            }
            drop(tokio::time::timeout(POLL, woken).await);
        }
    }
}

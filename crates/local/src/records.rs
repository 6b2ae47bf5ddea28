//! Records in SQLite: each conditional write is one statement, so that it needs no transaction.

use crate::database::Database;
use async_trait::async_trait;
use rusqlite::{OptionalExtension, Row, params};
use story::Timestamp;
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};

/// Records in `DIR/onetake.sqlite`.
pub struct SqliteRecords {
    database: Database,
}

impl SqliteRecords {
    /// The records of an open database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

// SQLite's integers are signed; versions and instants keep their bits.
fn read(partition: &Partition, row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        partition: partition.clone(),
        key: row.get(0)?,
        version: Version(row.get::<_, i64>(1)?.cast_unsigned()),
        expires_at: row.get::<_, Option<i64>>(2)?.map(|ms| Timestamp(ms.cast_unsigned())),
        body: row.get(3)?,
    })
}

fn swap(changed: usize) -> Swap {
    if changed == 1 { Swap::Done } else { Swap::Lost }
}

#[async_trait]
impl Records for SqliteRecords {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        let (partition, key) = (partition.clone(), key.to_owned());
        let work = move |connection: &mut rusqlite::Connection| {
            connection
                .prepare_cached("SELECT key, version, expires_at, body FROM records WHERE partition = ?1 AND key = ?2")?
                .query_row(params![partition.to_string(), key], |row| read(&partition, row))
                .optional()
        };
        self.database.call(work).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        let document = document.clone();
        let work = move |connection: &mut rusqlite::Connection| {
            let (partition, version) = (document.partition.to_string(), document.version.0.cast_signed());
            let expires_at = document.expires_at.map(|at| at.0.cast_signed());
            let changed = match expected {
                None => connection
                    .prepare_cached(
                        "INSERT INTO records (partition, key, version, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
                         ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![partition, document.key, version, expires_at, document.body])?,
                Some(Version(expected)) => connection
                    .prepare_cached(
                        "UPDATE records SET version = ?3, expires_at = ?4, body = ?5
                         WHERE partition = ?1 AND key = ?2 AND version = ?6",
                    )?
                    .execute(params![
                        partition,
                        document.key,
                        version,
                        expires_at,
                        document.body,
                        expected.cast_signed()
                    ])?,
            };
            Ok(swap(changed))
        };
        self.database.call(work).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        let (partition, key) = (partition.to_string(), key.to_owned());
        let work = move |connection: &mut rusqlite::Connection| {
            connection
                .prepare_cached("DELETE FROM records WHERE partition = ?1 AND key = ?2 AND version = ?3")?
                .execute(params![partition, key, version.0.cast_signed()])
                .map(swap)
        };
        self.database.call(work).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        let (partition, after) = (partition.clone(), after.to_owned());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let work = move |connection: &mut rusqlite::Connection| {
            connection
                .prepare_cached(
                    "SELECT key, version, expires_at, body FROM records
                     WHERE partition = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
                )?
                .query_map(params![partition.to_string(), after, limit], |row| read(&partition, row))?
                .collect()
        };
        self.database.call(work).await
    }
}

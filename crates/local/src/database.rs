//! The one database file of a folder: how it is opened, and what its errors mean to a step.

use rusqlite::{Connection, ErrorCode};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use story::failure::StoreError;

/// What two processes wait for each other before either gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        partition TEXT NOT NULL,
        key TEXT NOT NULL,
        version INTEGER NOT NULL,
        expires_at INTEGER,
        body TEXT NOT NULL,
        PRIMARY KEY (partition, key)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        task TEXT NOT NULL,
        due_ms INTEGER NOT NULL,
        received INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX IF NOT EXISTS queue_waiting ON queue (task) WHERE received = 0;
    CREATE INDEX IF NOT EXISTS queue_due ON queue (kind, due_ms);
    CREATE TABLE IF NOT EXISTS wakes (
        name TEXT PRIMARY KEY,
        count INTEGER NOT NULL
    ) WITHOUT ROWID;
";

/// Name of the database in a house's folder: where it is, a house was opened before.
pub const DATABASE: &str = "onetake.sqlite";

/// `DIR/onetake.sqlite`, open: one connection, used by one call at a time on a thread that may block.
#[derive(Clone)]
pub struct Database {
    connection: Arc<Mutex<Connection>>,
    folder: PathBuf,
}

impl Database {
    /// Opens the database of a folder, which must exist; makes the file and its tables where they are missing.
    /// Blocks: for at most ten seconds while another process opens the same file.
    ///
    /// # Errors
    /// `Full` where the disk is, else `Unavailable`.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = connect(&folder.join(DATABASE)).map_err(|error| meaning(folder, &error))?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), folder: folder.to_owned() })
    }

    /// Runs one piece of SQL work. It is done whole even if the caller is dropped meanwhile.
    pub(crate) async fn call<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let database = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            // A panic elsewhere leaves no half statement behind: SQLite rolls an unfinished transaction back.
            let mut connection = database.connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection).map_err(|error| meaning(&database.folder, &error))
        });
        done.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the program is ending".to_owned())))
    }
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Turning a new file to WAL does not wait for another process that does the same: SQLite answers busy at once.
    let mut patience = 100;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && patience > 0 => {
                patience -= 1;
                std::thread::sleep(BUSY_TIMEOUT / 100);
            }
            answer => break answer?,
        }
    }
    // A paid call is in the ledger before it is made: what a commit says must outlive a power cut, as artifacts do.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {SCHEMA} COMMIT;"))?;
    Ok(connection)
}

/// What an error of SQLite means to a step.
fn meaning(folder: &Path, error: &rusqlite::Error) -> StoreError {
    let refused = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Some(io::ErrorKind::StorageFull.into()),
        // SQLite does not say why the system refused to write; a file of our own beside it does.
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => probe(folder).err(),
        _ => None,
    };
    let disk = |error| StoreError::of_io(format!("the disk that holds {}", folder.display()), &error);
    match refused.map(disk) {
        Some(full @ StoreError::Full(_)) => full,
        _ => StoreError::Unavailable(format!("the database of {}: {error}", folder.display())),
    }
}

fn probe(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&[0; 65_536])?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_written_stands_after_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path()).unwrap();
        let synchronous =
            database.call(|connection| connection.pragma_query_value(None, "synchronous", |row| row.get::<_, u8>(0)));
        // 2 is FULL: in WAL mode each commit waits for the disk. With 1, NORMAL, a power cut takes the last ones away.
        assert_eq!(synchronous.await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_full_database_is_full_and_not_merely_unavailable() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path()).unwrap();
        let written = database.call(|connection| {
            connection.pragma_update(None, "max_page_count", 12)?;
            connection.execute("INSERT INTO records VALUES ('p', 'k', 1, NULL, ?1)", ["x".repeat(1_000_000)])
        });
        let error = written.await.unwrap_err();
        assert!(matches!(&error, StoreError::Full(_)), "{error}");
        assert!(error.to_string().starts_with("no space left: the disk that holds "), "{error}");
    }

    #[tokio::test]
    async fn a_broken_statement_is_unavailable() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path()).unwrap();
        let error = database.call(|connection| connection.execute("SELECT nothing", [])).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }

    #[test]
    fn many_may_open_a_new_folder_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| Database::open(folder.path()).map(|_| ()))).collect();
            for one in opened {
                one.join().unwrap().unwrap();
            }
        });
    }
}

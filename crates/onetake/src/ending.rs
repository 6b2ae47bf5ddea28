//! How the program ends, when not well: one exit code and a few plain sentences each.

use serde::Serialize;
use serde_json::json;
use std::process::ExitCode;
use steps::open::Refusal;
use story::failure::StoreError;
use story::invalid::Invalid;
use story::maker::MakerError;
use story::{Failure, JobId};

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Ending {
    /// A job failed.
    Failed {
        /// The job.
        job: JobId,
        /// Its error.
        reason: String,
        /// Whether speech is stopped for that reason.
        is_stopped: bool,
    },
    /// A job was cancelled.
    Cancelled(JobId),
    /// The speech provider does not work for this account, or not at all.
    Provider(MakerError),
    /// The speech provider keeps no books.
    NoBooks,
    /// The ledger and the provider's books differ, as was printed.
    Differ(String),
    /// It cannot be done; the sentence says why.
    GaveUp(String),
    /// The script or the command is wrong.
    Invalid(Invalid),
    /// Something is not installed.
    Missing(String),
    /// The address cannot be listened at.
    CannotListen(String),
    /// There is no such job.
    NoSuchJob(String),
    /// The folder cannot be opened.
    Folder(String),
    /// The disk is full, or the folder does not work any more.
    Store(StoreError),
    /// Ctrl-C.
    Stopped,
}

impl Ending {
    /// The exit code; `--help` lists them.
    fn code(&self) -> u8 {
        match self {
            Self::Failed { .. }
            | Self::Cancelled(_)
            | Self::Provider(_)
            | Self::NoBooks
            | Self::Differ(_)
            | Self::CannotListen(_)
            | Self::GaveUp(_) => 1,
            Self::Invalid(_) => 2,
            Self::Missing(_) => 3,
            Self::NoSuchJob(_) => 4,
            Self::Folder(_) | Self::Store(_) => 5,
            Self::Stopped => 130,
        }
    }

    /// Says on stderr what happened and what to do (with `json`, also on stdout as problem+json).
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let (title, detail) = self.said();
        let next = match self {
            Self::Failed { job, is_stopped: false, .. } => format!("; `onetake retry {job}` takes it up again"),
            Self::Failed { job, is_stopped: true, .. } => format!(
                ", and speech is stopped; once the reason is mended, `onetake retry {job}` takes this job up again, and \
                 `onetake resume` lets new ones speak"
            ),
            _ => String::new(),
        };
        let indented = detail.replace('\n', "\n  ");
        warn(&format!("onetake: {title}{next}\n  {indented}"));
        // Where the books differ, the audit was printed: one document is enough.
        if json && !matches!(self, Self::Differ(_)) {
            let errors = match self {
                Self::Invalid(invalid) => invalid.problems.as_slice(),
                _ => &[],
            };
            let mut problem = json!({ "type": "about:blank", "title": title, "detail": detail, "errors": errors });
            if let Self::Failed { job: id, .. } | Self::Cancelled(id) = self {
                problem["job"] = json!(id);
            }
            print_json(&problem);
        }
        ExitCode::from(self.code())
    }

    /// What happened, and why or what to do.
    fn said(&self) -> (String, String) {
        match self {
            Self::Failed { reason, .. } => ("the job failed".to_owned(), reason.clone()),
            Self::Cancelled(id) => {
                ("the job was cancelled".to_owned(), format!("`onetake retry {id}` goes on with it"))
            }
            Self::Provider(error) => {
                let title = match error {
                    MakerError::Spent(_) => "the account does not work",
                    MakerError::Refused(_) => "the speech provider refuses",
                    _ => "the speech provider does not answer",
                };
                (title.to_owned(), error.to_string())
            }
            Self::NoBooks => (
                "there are no books".to_owned(),
                "the rehearsal and OpenAI keep none that could be read: with a key in ELEVENLABS_API_KEY, those of \
                 ElevenLabs are"
                    .to_owned(),
            ),
            Self::Differ(what) => ("they differ".to_owned(), what.clone()),
            Self::GaveUp(reason) => ("it cannot be done".to_owned(), reason.clone()),
            Self::Invalid(invalid) => {
                let count = invalid.problems.len();
                let title = if count == 1 {
                    "1 problem, nothing was written".to_owned()
                } else {
                    format!("{count} problems, nothing was written")
                };
                (title, invalid.to_string())
            }
            Self::CannotListen(reason) => ("it cannot listen there".to_owned(), reason.clone()),
            Self::Missing(what) => ("something is missing".to_owned(), what.clone()),
            Self::Folder(reason) => {
                ("the folder cannot be opened".to_owned(), format!("{reason}; name another folder with --data"))
            }
            Self::NoSuchJob(id) => {
                ("no such job".to_owned(), format!("there is no job {id} here; `onetake jobs` lists those there are"))
            }
            Self::Store(StoreError::Full(what)) => (
                "the disk is full".to_owned(),
                format!("{what}; what was made is kept: make room, run the same command again, and it goes on"),
            ),
            Self::Store(StoreError::Unavailable(what)) => (
                "the folder does not work".to_owned(),
                format!("{what}; what was made is kept: run the same command again, and it goes on"),
            ),
            Self::Stopped => {
                ("stopped".to_owned(), "run the same command again, and it goes on where it was".to_owned())
            }
        }
    }

    /// For a job that is not here.
    pub(crate) fn no_such_job(id: &JobId) -> Self {
        Self::NoSuchJob(id.to_string())
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Invalid> for Ending {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Failure> for Ending {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Retry(error) => Self::Store(error),
            Failure::GiveUp(reason) => Self::GaveUp(reason),
        }
    }
}

impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(invalid) => Self::Invalid(invalid),
            Refusal::PreviewGone => {
                Self::Invalid(Invalid::one("/preview_id", "this preview has expired or never was; give the script too"))
            }
            Refusal::Conflict => Self::GaveUp("the same key was used for another order".into()),
            Refusal::Provider(MakerError::Refused(reason)) => Self::Invalid(Invalid::one("", reason)),
            Refusal::Provider(error) => Self::Provider(error),
            Refusal::Store(error) => Self::Store(error),
        }
    }
}

/// To stdout: results.
pub(crate) fn print(line: &str) {
    use std::io::Write as _;
    // A reader that has gone away (`| head`) is no error.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// To stdout, for programs: one document.
pub(crate) fn print_json(document: &impl Serialize) {
    let document = serde_json::to_value(document).expect("what is printed always serialises");
    print(&format!("{document:#}"));
}

/// To stderr: what a person should know.
pub(crate) fn warn(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

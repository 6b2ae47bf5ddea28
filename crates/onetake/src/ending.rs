//! How the program ends, when not well: one exit code and a few plain sentences each.

use serde_json::json;
use std::process::ExitCode;
use steps::open::Refusal;
use story::failure::StoreError;
use story::invalid::Invalid;
use story::speech::SpeechError;
use story::{Failure, JobId};

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The job failed; the sentence is its error.
    Failed(String),
    /// The script or the command is wrong.
    Invalid(Invalid),
    /// Something is not installed.
    Missing(String),
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
            Self::Failed(_) => 1,
            Self::Invalid(_) => 2,
            Self::Missing(_) => 3,
            Self::NoSuchJob(_) => 4,
            Self::Folder(_) | Self::Store(_) => 5,
            Self::Stopped => 130,
        }
    }

    /// Says on stderr what happened and what to do (with `json`, also on stdout as problem+json).
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let (title, detail) = match self {
            Self::Failed(reason) => ("the job failed".to_owned(), reason.clone()),
            Self::Invalid(invalid) => {
                let count = invalid.problems.len();
                let title = if count == 1 {
                    "1 problem, nothing was written".to_owned()
                } else {
                    format!("{count} problems, nothing was written")
                };
                (title, invalid.to_string())
            }
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
        };
        let indented = detail.replace('\n', "\n  ");
        warn(&format!("onetake: {title}\n  {indented}"));
        if json {
            let errors = match self {
                Self::Invalid(invalid) => invalid.problems.as_slice(),
                _ => &[],
            };
            print(&format!(
                "{:#}",
                json!({ "type": "about:blank", "title": title, "detail": detail, "errors": errors })
            ));
        }
        ExitCode::from(self.code())
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
            Failure::GiveUp(reason) => Self::Failed(reason),
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
            Refusal::Conflict => Self::Failed("the same key was used for another order".into()),
            Refusal::Provider(SpeechError::Refused(reason)) => Self::Invalid(Invalid::one("", reason)),
            Refusal::Provider(error) => Self::Failed(error.to_string()),
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

/// To stderr: what a person should know.
pub(crate) fn warn(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

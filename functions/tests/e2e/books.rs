//! What the hosts of all stories saw: which functions were invoked and killed, and what their policies were needed for.

use lambda_host::{Report, Tally};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Permissions that no story needs for certain: function, action, the end of the resource, and when it is needed. Tests of the steps
/// and of the stores come to these places; here they are told and fail nothing.
const RARE: [(&str, &str, &str, &str); 18] = [
    ("CleanupFunction", "s3:GetObject", "/pictures/*", "a film that stood still wishes for a picture that is there"),
    ("CleanupFunction", "sqs:SendMessage", "-AnimateQueue", "a film of a topic that stood still has a section to draw"),
    ("CleanupFunction", "sqs:SendMessage", "-WriterQueue", "what stood still was not written yet"),
    ("ClipWorkerFunction", "s3:AbortMultipartUpload", "/pictures/*", "a clip of more than 16 MB is cut"),
    ("ImageWorkerFunction", "s3:AbortMultipartUpload", "/pictures/*", "a picture of more than 16 MB is cut"),
    ("StatusFunction", "s3:GetObject", "/pictures/*", "a film is retried whose picture came meanwhile"),
    ("WriterFunction", "s3:ListBucket", "onetake-bucket", "a story's order went with its job"),
    ("SpeechFunction", "s3:AbortMultipartUpload", "/takes/*", "a take of more than 16 MB is cut"),
    ("SpeechFunction", "s3:DeleteObject", "/takes/*", "two attempts end at once, and one loses"),
    ("TtsWorkerFunction", "s3:AbortMultipartUpload", "/takes/*", "a take of more than 16 MB is cut"),
    ("TtsWorkerFunction", "s3:DeleteObject", "/takes/*", "two attempts end at once, and one loses"),
    ("TtsWorkerFunction", "sqs:SendMessage", "-speech.fifo", "a worker has worked for 150 s and hands on"),
    (
        "ComposeFunction",
        "dynamodb:DeleteItem",
        "-Table",
        "a step's job is removed while it works, or ends by the step's own hand",
    ),
    ("AnimateFunction", "dynamodb:DeleteItem", "-Table", "its job is removed while it draws, or ends by its own hand"),
    ("AnimateFunction", "s3:AbortMultipartUpload", "/jobs/*", "a section of more than 16 MB cannot be stored whole"),
    ("AnimateFunction", "s3:AbortMultipartUpload", "/scenes/*", "a section of more than 16 MB cannot be stored whole"),
    ("ComposeFunction", "s3:AbortMultipartUpload", "/jobs/*", "a film of more than 16 MB cannot be stored whole"),
    ("ComposeFunction", "s3:AbortMultipartUpload", "/scenes/*", "a scene of more than 16 MB cannot be stored whole"),
];

/// The books of a run.
#[derive(Default)]
pub(crate) struct Books(Mutex<Account>);

#[derive(Default)]
struct Account {
    tallies: BTreeMap<String, Tally>,
    refused: Vec<String>,
    /// Function, action and resource, and whether any story has needed it.
    uses: BTreeMap<(String, String, String), bool>,
    calls: (u64, u64),
}

fn when_needed((function, action, resource): &(String, String, String)) -> Option<&'static str> {
    let rare = RARE.iter().find(|rare| rare.0 == function && rare.1 == action && resource.ends_with(rare.2));
    rare.map(|rare| rare.3)
}

/// A secret's ARN ends in letters that are new in each deployment.
fn without_chance(resource: String) -> String {
    match resource.rsplit_once('-') {
        Some((name, _)) if name.contains(":secret:") => format!("{name}-*"),
        _ => resource,
    }
}

impl Books {
    /// Adds what one host saw.
    pub(crate) fn add(&self, report: Report) {
        let mut account = self.account();
        for (function, tally) in report.tallies {
            let sum = account.tallies.entry(function).or_default();
            sum.invoked += tally.invoked;
            sum.started += tally.started;
            sum.killed += tally.killed;
            sum.cut += tally.cut;
        }
        account.refused.extend(report.refused);
        for (function, action, resource, is_used) in report.uses {
            *account.uses.entry((function, action, without_chance(resource))).or_default() |= is_used;
        }
        account.calls = (account.calls.0 + report.calls.0, account.calls.1 + report.calls.1);
    }

    /// How often each function was invoked, begun, killed and cut.
    pub(crate) fn table(&self) -> String {
        let account = self.account();
        let mut table = format!("\n{:<20}{:>9}{:>9}{:>9}{:>9}\n", "function", "invoked", "started", "killed", "cut");
        for (function, tally) in &account.tallies {
            let Tally { invoked, started, killed, cut } = tally;
            let _ = writeln!(table, "{function:<20}{invoked:>9}{started:>9}{killed:>9}{cut:>9}");
        }
        let (calls, busy) = account.calls;
        let needed = account.uses.values().filter(|is_used| **is_used).count();
        let of = account.uses.len();
        let _ = write!(
            table,
            "{calls} calls to AWS, {busy} of them answered as by a busy service; {needed} of {of} permissions needed"
        );
        for (what, _) in account.uses.iter().filter(|(_, is_used)| !**is_used) {
            if let Some(when) = when_needed(what) {
                let _ =
                    write!(table, "\nnot needed in this run: {} may {} on {}, for when {when}", what.0, what.1, what.2);
            }
        }
        table
    }

    /// What must not be: a call that a policy refuses; in a whole run also a function that was never invoked or never killed, and
    /// a permission that nothing needs.
    pub(crate) fn complaints(&self, is_whole: bool) -> Vec<String> {
        let account = self.account();
        let mut complaints = account.refused.clone();
        complaints.sort();
        complaints.dedup();
        if is_whole {
            let idle = account.tallies.iter().filter(|(_, tally)| tally.invoked == 0 || tally.killed == 0);
            complaints.extend(idle.map(|(function, _)| format!("{function} was not both invoked and killed")));
            let unused = account.uses.iter().filter(|(_, is_used)| !**is_used).map(|(what, _)| what);
            let unused = unused.filter(|what| when_needed(what).is_none());
            complaints.extend(unused.map(|(function, action, resource)| {
                format!("{function} may {action} on {resource}, and never needed it")
            }));
        }
        complaints
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

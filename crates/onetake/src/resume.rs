//! The verb that has the speech account called again.

use crate::ending::{Ending, print, print_json};
use crate::speech::speech;
use crate::workplace::house_or_empty;
use std::path::Path;
use steps::resume::Resumed;

/// Resumes, and says why speech was stopped if it was.
pub(crate) async fn resume(data: &Path, json: bool) -> Result<(), Ending> {
    let account = speech(false).await?.profile().account;
    let local = house_or_empty(data).await?;
    let resumed = steps::resume::resume(&local.house, &account).await?;
    if json {
        print_json(&resumed);
        return Ok(());
    }
    match resumed {
        Resumed { was_stopped: true, reason, stopped_at } => {
            let (since, reason) = (stopped_at.unwrap_or_default(), reason.unwrap_or_default());
            print(&format!("  ▸ resumed  speech was stopped since {since}: {reason}"));
            print("  ▸ next     onetake retry ID   takes up a job that failed meanwhile");
        }
        _ => print("  ▸ resumed  speech was not stopped"),
    }
    Ok(())
}

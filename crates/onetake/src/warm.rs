//! The verb that speaks phrases before anybody needs them.

use crate::arguments::{Making, Quality, Speaking, Telling};
use crate::bill::{bill, clock};
use crate::ending::{Ending, print, print_json};
use crate::making::{make, request};
use crate::phrases::{self, Voiced};
use crate::shown::path;
use crate::workplace::{Workplace, limits, makers};
use std::path::Path;
use story::artifacts::TRACK;
use story::job::Kind;
use story::ticket::Priority;

/// Speaks phrases when nothing else is to be done.
pub(crate) async fn warm(
    data: &Path,
    file: &Path,
    voiced: Voiced,
    speaking: Speaking,
    json: bool,
) -> Result<(), Ending> {
    let makers = makers(speaking.rehearse).await?;
    let phrases = phrases::read(file, &voiced, limits()?)?;
    let priority = Some(Priority::Warm);
    let making = Making {
        speaking,
        quality: Quality::Final,
        aspect: None,
        resolution: None,
        fps: None,
        fit: None,
        telling: Telling::default(),
        priority,
    };
    let request = request(Kind::Preview, Some(&phrases.source), None, &making)?;
    let asked = Workplace::ask_for(data, makers, &request).await.map_err(|ending| phrases.placed(ending))?;
    let workplace = asked.on_disk(data).await?;
    let heard = make(&workplace, request, None, json).await.map_err(|ending| phrases.placed(ending))?;
    if json {
        print_json(&heard);
        return Ok(());
    }
    let end_s = heard.segments.last().and_then(|segment| segment.end_s).unwrap_or_default();
    let ready = format!("{}/{} phrases ready", heard.counts.lines - heard.counts.silent, heard.counts.lines);
    let path = path(&workplace, &heard, TRACK).await?;
    print(&format!("  ▸ warm     {ready:<20} {:>5}   listen  {path}", clock(end_s)));
    print(&format!("  ▸ bill     {}", bill(heard.counts, heard.cost)));
    Ok(())
}

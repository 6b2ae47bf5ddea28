//! Films of stories, and films in other languages: a writer comes first.

use crate::arguments::Making;
use crate::bill::bill;
use crate::ending::{Ending, print, print_json, warn};
use crate::making::{finish, make, note, request};
use crate::shown;
use crate::workplace::{Workplace, makers};
use std::path::Path;
use steps::open::Request;
use steps::view::View;
use story::job::Kind;
use story::writing::{StoryOrder, Translation, Work};
use story::{Failure, House, JobId};

/// Has a story written and made.
pub(crate) async fn film(data: &Path, order: StoryOrder, making: &Making, json: bool) -> Result<(), Ending> {
    let (asked, request) = ask(data, Work::Story(order), making).await?;
    let workplace = asked.on_disk(data).await?;
    let made = make(&workplace, request, None, json).await?;
    show(&workplace, &made, making, json).await
}

/// Shows what was made, and makes the same in other languages.
pub(crate) async fn show(workplace: &Workplace, made: &View, making: &Making, json: bool) -> Result<(), Ending> {
    show_one(workplace, made, json).await?;
    in_other_languages(workplace, made, making, json).await
}

/// What is ordered is checked before a house is made.
pub(crate) async fn ask(data: &Path, work: Work, making: &Making) -> Result<(Workplace, Request), Ending> {
    let makers = makers(making.speaking.rehearse).await?;
    let request = Request { writing: Some(work), ..request(Kind::Video, None, None, making)? };
    Ok((Workplace::ask_for(data, makers, &request).await?, request))
}

/// Makes the same film in the languages that were asked for.
async fn in_other_languages(workplace: &Workplace, made: &View, making: &Making, json: bool) -> Result<(), Ending> {
    for language in &making.telling.lang {
        let house = workplace.house();
        let head = steps::job::head(house, &made.id).await?.ok_or_else(|| Ending::no_such_job(&made.id))?;
        let plan = steps::job::plan(house, &made.id).await?;
        let title = head.written.map(|written| written.title).unwrap_or_default();
        let translation = Translation::of(plan.script, &title, language)?;
        let writing = Some(Work::Translation(translation));
        let request = Request { writing, ..request(Kind::Video, None, None, making)? };
        if !json {
            warn(&format!("  ▸ language {language}"));
        }
        let other = make(workplace, request, None, json).await?;
        show_one(workplace, &other, json).await?;
    }
    Ok(())
}

/// Takes up a job whose script was not written.
pub(crate) async fn again(data: &Path, earlier: &House, id: &JobId, json: bool) -> Result<(), Ending> {
    let gone = || Failure::GiveUp("the job's order is gone: make it again".to_owned());
    let draft = steps::write::draft(earlier, id).await?.ok_or_else(gone)?;
    let workplace = Workplace::open(data, makers(draft.rehearsed).await?).await?;
    steps::cancel::retry(workplace.house(), id).await?;
    let made = finish(&workplace, id, json).await?;
    note(&made, json);
    show_one(&workplace, &made, json).await
}

async fn show_one(workplace: &Workplace, made: &View, json: bool) -> Result<(), Ending> {
    if json {
        print_json(made);
        return Ok(());
    }
    let head = steps::job::head(workplace.house(), &made.id).await?;
    if let Some(written) = head.and_then(|head| head.written) {
        print(&format!("  ▸ title    {}", written.title));
    }
    print(&shown::film(workplace, made).await?);
    print(&format!("  ▸ bill     {}", bill(made.counts, made.cost)));
    Ok(())
}

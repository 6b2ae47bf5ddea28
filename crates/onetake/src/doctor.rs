//! What is here and what is missing, and Manim's installation.

use crate::ending::{Ending, print, print_json, warn};
use crate::environment;
use indicatif::{ProgressBar, ProgressDrawTarget};
use media::Workshop;
use providers::find_espeak;
use sandbox::{Check, Environment};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Says what is here. Ends as wrong where something is missing.
pub(crate) async fn doctor(install_manim: bool, json: bool) -> Result<(), Ending> {
    let folder = Environment::folder(environment::read);
    if install_manim {
        let lacks = match Environment::at(&folder) {
            Ok(_) => start().await.and_then(Result::err),
            Err(why) => Some(why),
        };
        if let Some(why) = lacks {
            warn(&format!("  ▸ manim    {why}"));
            install(json).await?;
        }
    }
    let mut checks = programs().await;
    let looked = tokio::task::spawn_blocking(move || sandbox::checks(&folder));
    checks.extend(looked.await.map_err(|error| Ending::Missing(error.to_string()))?);
    if let Some(started) = start().await {
        let anew = |why| format!("{why}; `onetake doctor --install-manim` installs it anew");
        let found = started.map(|()| "they start".to_owned()).map_err(anew);
        checks.push(Check { name: "programs".to_owned(), found });
    }
    if json {
        let told = |Check { name, found }: &Check| match found {
            Ok(what) => json!({"name": name, "there": true, "what": what}),
            Err(why) => json!({"name": name, "there": false, "do": why}),
        };
        print_json(&json!(checks.iter().map(told).collect::<Vec<_>>()));
    } else {
        for Check { name, found } in &checks {
            match found {
                Ok(what) => print(&format!("  ✓ {name:<10} {what}")),
                Err(why) => print(&format!("  ✗ {name:<10} {why}")),
            }
        }
    }
    let missing: Vec<&str> = checks.iter().filter(|check| check.found.is_err()).map(|check| &*check.name).collect();
    if missing.is_empty() { Ok(()) } else { Err(Ending::Missing(format!("missing: {}", missing.join(", ")))) }
}

/// Whether what programs are run in starts; nothing where it is plain already why it does not.
async fn start() -> Option<Result<(), String>> {
    let manim = environment::manim().ok()?;
    Some(manim.start().await.map_err(|why| why.to_string()))
}

/// What every film takes.
async fn programs() -> Vec<Check> {
    let check = |name: &str, found| Check { name: name.to_owned(), found };
    let settings = media::Settings::read(environment::read, std::env::temp_dir());
    let studio = Workshop::open(settings).map(|_| "ffmpeg and fonts".to_owned()).map_err(|why| why.to_string());
    let tones = || "the rehearsal speaks in tones; install espeak-ng to hear words".to_owned();
    let espeak = find_espeak(Path::new("espeak-ng")).await.map(|path| path.display().to_string()).ok_or_else(tones);
    vec![check("studio", studio), check("espeak-ng", espeak)]
}

/// Installs Manim, and says how far it is.
async fn install(json: bool) -> Result<(), Ending> {
    let folder = Environment::folder(environment::read);
    let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.enable_steady_tick(Duration::from_millis(100));
    let shown = bar.clone();
    let installing = tokio::task::spawn_blocking(move || {
        let say = |what: &str| {
            shown.suspend(|| warn(&format!("  ▸ install  {what}")));
            shown.set_message(what.to_owned());
        };
        sandbox::install(&folder, &say)
    });
    let installed = installing.await.map_err(|error| error.to_string()).and_then(|installed| installed);
    bar.finish_and_clear();
    installed.map_err(Ending::Missing)
}

//! The command-line program: one process, one folder, no account.
//! Verbs and adapters meet here: it imports every room it runs.
//! **Invariant:** no logic of takes, jobs or films. What it does to a job, a Lambda does by the same steps.

mod arguments;
mod bill;
mod books;
mod clip;
mod crew;
mod doctor;
mod ending;
mod environment;
mod explain;
mod fit;
mod host;
mod jobs;
mod making;
mod phrases;
mod progress;
mod resume;
mod script_file;
mod serve;
mod shown;
mod speech;
mod stats;
mod tell;
mod warm;
mod workplace;

use arguments::{Arguments, Verb};
use clap::Parser;
use ending::Ending;
use phrases::Voiced;
use std::process::ExitCode;
use story::ticket::Priority;

fn main() -> ExitCode {
    // It starts itself to put up the walls around a program.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == sandbox::LAUNCH) {
        return sandbox::launch(std::env::args_os().skip(2));
    }
    let arguments = Arguments::parse();
    local::runtime().expect("the system has threads").block_on(live(arguments))
}

async fn live(arguments: Arguments) -> ExitCode {
    let json = arguments.json;
    let serves = matches!(arguments.verb, Verb::Serve(_));
    environment::log(if serves { "warn" } else { "error" });
    let stopped = async {
        if serves {
            // It hears of signals itself.
            std::future::pending::<()>().await;
        }
        // An error is none that could come again: then nobody is heard.
        let _ = tokio::signal::ctrl_c().await;
        host::stop().await;
    };
    let ended = tokio::select! {
        biased;
        ended = run(arguments) => ended,
        // Before, between and after jobs: once a process listens for the signal, nobody else answers it.
        () = stopped => Err(Ending::Stopped),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(ending) => ending.report(json),
    }
}

async fn run(arguments: Arguments) -> Result<(), Ending> {
    let Arguments { verb, data, json, unsafe_animations } = arguments;
    environment::allow_unsafe_animations(unsafe_animations);
    let data = data.unwrap_or_else(environment::data_folder);
    match verb {
        Verb::Film { script, mut making } => {
            making.priority.get_or_insert(Priority::Preview);
            making::film(&data, Some(&script), None, &making, json).await
        }
        Verb::Preview { script, making } => making::preview(&data, &script, &making, json).await,
        Verb::Video { script, preview, making } => {
            making::film(&data, script.as_deref(), preview.as_deref(), &making, json).await
        }
        Verb::Clip { prompts, clip, speaking } => clip::clip(&data, &prompts, &clip, speaking, json).await,
        Verb::Explain { topic, explaining, mut making } => {
            making.priority.get_or_insert(Priority::Preview);
            explain::explain(&data, &topic, &explaining, &making, json).await
        }
        Verb::Estimate { script, making } => making::estimate(&data, &script, &making, json).await,
        Verb::Warm { file, voice, model, speaking } => {
            warm::warm(&data, &file, Voiced { voice, model }, speaking, json).await
        }
        Verb::Status { id, watch } => jobs::status(&data, &id, watch, json).await,
        Verb::Jobs { limit } => jobs::list(&data, limit, json).await,
        Verb::Rm { ids } => jobs::remove(&data, &ids).await,
        Verb::Cancel { id } => jobs::cancel(&data, &id, json).await,
        Verb::Retry { id } => making::retry(&data, &id, json).await,
        Verb::Audit { since } => books::audit(&data, &since, json).await,
        Verb::Adopt { since } => books::adopt(&data, &since, json).await,
        Verb::Stats { since, rehearse } => stats::stats(&data, &since, rehearse, json).await,
        Verb::Resume => resume::resume(&data, json).await,
        Verb::Sweep { keep_takes_mb } => jobs::sweep(&data, keep_takes_mb, json).await,
        Verb::Serve(serving) => serve::serve(&data, &serving, json).await,
        Verb::Doctor { install_manim } => doctor::doctor(install_manim, json).await,
        Verb::Schema => {
            ending::print_json(&story::reading::script_schema());
            Ok(())
        }
    }
}

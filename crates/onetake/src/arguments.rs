//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Turns a script into a narrated, captioned video. Every line is spoken, and paid for, in one take.
#[derive(Debug, Parser)]
#[command(
    name = "onetake",
    version,
    after_help = "\
Examples:
  onetake film examples/dialogue.json --rehearse     a film without any account or key
  onetake preview dialogue.json                      hear it first; change a line, hear it again
  onetake video --preview ID                         the film of what was heard: no line is spoken again
  onetake estimate dialogue.json                     what a change would cost
  onetake status ID --watch                          how far a job is
  onetake schema > script.schema.json                what a script may say

A script is JSON, or plain text with lines like `ANA: Hello.`

Exit codes:
  0  done
  1  the job failed; the reason is printed
  2  the script or the command is wrong; every problem is named, nothing was written
  3  something is not installed; what, and how to get it, is printed
  4  there is no such job
  5  the disk is full or the folder does not work; what was made is kept, run it again
  130  stopped by Ctrl-C; run it again and it goes on"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,

    /// The folder everything is kept in [default: `$ONETAKE_DATA`, else ./onetake-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Print the job as JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Speak a script and make its film
    #[command(after_help = "Example:\n  onetake film examples/dialogue.json --rehearse --resolution 480p")]
    Film {
        /// The script: JSON, or lines like `ANA: Hello.`
        script: PathBuf,
        #[command(flatten)]
        making: Making,
    },
    /// Speak a script: one track to listen to, segments, captions
    #[command(after_help = "Example:\n  onetake preview examples/dialogue.json --rehearse")]
    Preview {
        /// The script: JSON, or lines like `ANA: Hello.`
        script: PathBuf,
        #[command(flatten)]
        making: Making,
    },
    /// Make a film from a preview, or straight from a script
    #[command(after_help = "\
Examples:
  onetake video --preview ID                   what was heard becomes the film
  onetake video --preview ID dialogue.json     lines that changed since are spoken, the rest is not
  onetake video dialogue.json --aspect 16:9    a film without hearing it first")]
    Video {
        /// The script: JSON, or lines like `ANA: Hello.`
        #[arg(required_unless_present = "preview")]
        script: Option<PathBuf>,
        /// The preview to make it from
        #[arg(long, value_name = "ID")]
        preview: Option<String>,
        #[command(flatten)]
        making: Making,
    },
    /// Say what a film of a script would cost; buys nothing
    Estimate {
        /// The script: JSON, or lines like `ANA: Hello.`
        script: PathBuf,
        #[command(flatten)]
        making: Making,
    },
    /// Show a job
    Status {
        /// The job
        id: String,
        /// Stay until it has ended
        #[arg(long)]
        watch: bool,
    },
    /// List the jobs, newest first
    Jobs {
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Remove jobs and their files; takes are kept
    Rm {
        /// The jobs
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Print the JSON Schema of scripts
    Schema,
}

/// How to make it.
#[derive(Debug, Args)]
pub(crate) struct Making {
    /// Use no provider, whatever keys there are: this machine speaks, for nothing
    #[arg(long)]
    pub(crate) rehearse: bool,

    /// `draft` draws every second frame only
    #[arg(long, value_enum, default_value = "final")]
    pub(crate) quality: Quality,

    /// Shape of the frame, in place of the script's: 9:16, 16:9, 1:1, 4:5
    #[arg(long, value_name = "SHAPE")]
    pub(crate) aspect: Option<String>,

    /// Shorter side of the frame, in place of the script's: 240p … 1440p
    #[arg(long, value_name = "LINES")]
    pub(crate) resolution: Option<String>,

    /// Frames per second, in place of the script's: 24, 25, 30, 50, 60
    #[arg(long)]
    pub(crate) fps: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Quality {
    Draft,
    Final,
}

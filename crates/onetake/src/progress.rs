//! The progress bar of one job, on a terminal; elsewhere nothing moves.

use crate::bill::clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use steps::view::{Counts, Stages, View};
use story::job::{Kind, Source};

/// The bar of one job.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar, drawn on stderr if that is a terminal and a person reads.
    pub(crate) fn new(json: bool) -> Self {
        let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(1000), target);
        let style = ProgressStyle::with_template("  ▸ {prefix:<8} {bar:24.cyan/dim} {msg}")
            .expect("the template is well formed");
        bar.set_style(style.progress_chars("━╸─"));
        Self(bar)
    }

    /// Shows how far the job is.
    pub(crate) fn show(&self, view: &View) {
        let (prefix, what) = match view.source {
            Source::Clip => ("clip", "generating".to_owned()),
            _ => what(view.kind, &view.stages, &view.counts),
        };
        let left = view.eta_s.map(|seconds| format!("   about {} left", clock(seconds))).unwrap_or_default();
        self.0.set_prefix(prefix);
        self.0.set_position((view.progress * 1000.0) as u64);
        self.0.set_message(format!("{what}{left}"));
        self.0.tick();
    }

    /// Says something above the bar.
    pub(crate) fn beside(&self, say: impl FnOnce()) {
        self.0.suspend(say);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// What is made, and how far it is. A line that stands twice is two lines, though it is spoken once.
fn what(kind: Kind, stages: &Stages, counts: &Counts) -> (&'static str, String) {
    let done = counts.spoken + counts.reused + counts.silent;
    let lines = format!("{done}/{} lines spoken", counts.lines);
    let scenes = format!("{}/{} scenes", stages.compose.done, stages.compose.of);
    match kind {
        Kind::Preview => ("preview", lines),
        Kind::Video if done < counts.lines => ("film", format!("{lines}, {scenes}")),
        Kind::Video => ("film", scenes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steps::view::Stage;

    #[test]
    fn lines_are_counted_as_the_script_has_them() {
        let none = Stage::default();
        let (speak, compose) = (Stage { done: 7, of: 7 }, Stage { done: 1, of: 3 });
        let stages = Stages { write: none, speak, paint: none, animate: none, compose, join: none };
        let counts = Counts { lines: 8, spoken: 6, reused: 2, ..Counts::default() };
        assert_eq!(what(Kind::Preview, &stages, &counts), ("preview", "8/8 lines spoken".into()));
        assert_eq!(what(Kind::Video, &stages, &counts), ("film", "1/3 scenes".into()));
        let early = Counts { reused: 1, ..counts };
        assert_eq!(what(Kind::Video, &stages, &early), ("film", "7/8 lines spoken, 1/3 scenes".into()));
    }
}

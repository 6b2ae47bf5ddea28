//! The progress bar of one job, on a terminal; elsewhere nothing moves.

use crate::bill::clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use steps::view::View;
use story::job::Kind;

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
        let stages = &view.stages;
        let (prefix, what) = match view.kind {
            Kind::Preview => ("preview", format!("{}/{} lines spoken", stages.speak.done, stages.speak.of)),
            Kind::Video if stages.speak.done < stages.speak.of => (
                "film",
                format!(
                    "{}/{} lines spoken, {}/{} scenes",
                    stages.speak.done, stages.speak.of, stages.compose.done, stages.compose.of
                ),
            ),
            Kind::Video => ("film", format!("{}/{} scenes", stages.compose.done, stages.compose.of)),
        };
        let left = view.eta_s.map(|seconds| format!("   about {} left", clock(seconds))).unwrap_or_default();
        self.0.set_prefix(prefix);
        self.0.set_position((view.progress * 1000.0) as u64);
        self.0.set_message(format!("{what}{left}"));
        self.0.tick();
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

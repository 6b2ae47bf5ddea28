//! What was measured, as tables: the ways, and MEDIA's goals row by row.

use super::machine::Cost;
use super::onetake::{self, Making};
use super::quality::Quality;
use super::ways::{Kit, Way};
use super::workload::Kind;
use std::collections::BTreeMap;

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) costs: BTreeMap<Way, Vec<Cost>>,
    pub(crate) quality: BTreeMap<Way, Quality>,
    /// SSIM of plain `veryfast` at 1/1.05 of our size.
    pub(crate) plain_ssim: Option<f64>,
}

/// One of MEDIA's goals, and what was reached.
struct Goal {
    what: &'static str,
    reached: Option<f64>,
    goal: f64,
    /// Whether more is better.
    more: bool,
    unit: &'static str,
}

impl Measured {
    /// The middle of what the runs of a way say.
    fn middle(&self, way: Way, value: impl Fn(&Cost) -> f64) -> Option<f64> {
        let mut values: Vec<f64> = self.costs.get(&way)?.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values.get((values.len() - 1) / 2)?, values.get(values.len() / 2)?);
        Some(low.midpoint(*high))
    }

    /// Processor seconds for a second of film.
    pub(crate) fn cpu(&self, way: Way, kit: &Kit) -> Option<f64> {
        Some(self.middle(way, |cost| cost.cpu_s)? / way.seconds(kit))
    }

    /// What one way costs beside another: the middle of the runs' own ratios, for a machine is slower at times.
    pub(crate) fn ratio(&self, one: Way, other: Way, kit: &Kit) -> Option<f64> {
        let pairs = self.costs.get(&one)?.iter().zip(self.costs.get(&other)?);
        let mut ratios: Vec<f64> = pairs.map(|(one, other)| one.cpu_s / other.cpu_s).collect();
        ratios.sort_by(f64::total_cmp);
        let middle = ratios.get((ratios.len() - 1) / 2)?.midpoint(*ratios.get(ratios.len() / 2)?);
        Some(middle * other.seconds(kit) / one.seconds(kit))
    }

    /// The table of the ways.
    pub(crate) fn ways(&self, kit: &Kit) -> Vec<String> {
        let mut lines = vec![
            "| way | CPU s per s of film | least to most | wall s per s | kB per s | peak MB, all processes | SSIM | VMAF |"
                .to_owned(),
            "|-|-:|-:|-:|-:|-:|-:|-:|".to_owned(),
        ];
        for (way, costs) in &self.costs {
            let seconds = way.seconds(kit);
            let all = || costs.iter().map(|cost| cost.cpu_s / seconds);
            let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
            let middle = |value: fn(&Cost) -> f64| self.middle(*way, value).unwrap_or_default();
            let quality = self.quality.get(way);
            lines.push(format!(
                "| {} | {:.3} | {least:.3} – {most:.3} | {:.3} | {} | {:.0} | {} | {} |",
                way.name(),
                middle(|cost| cost.cpu_s) / seconds,
                middle(|cost| cost.wall_s) / seconds,
                shown(quality.map(|quality| quality.bytes / seconds / 1_000.0), 0),
                middle(|cost| cost.peak_mb),
                shown(quality.map(|quality| quality.ssim), 4),
                shown(quality.and_then(|quality| quality.vmaf), 1),
            ));
        }
        lines
    }

    /// The table of the goals; whether all that could be measured are reached.
    pub(crate) fn goals(&self, kit: &Kit) -> (Vec<String>, bool) {
        let mut lines = vec!["| goal | | reached | |".to_owned(), "|-|-:|-:|-|".to_owned()];
        let mut are_met = true;
        for goal in self.each_goal(kit) {
            let is_met =
                goal.reached.map(|reached| if goal.more { reached >= goal.goal } else { reached <= goal.goal });
            are_met &= is_met != Some(false);
            let places = if goal.goal < 0.01 { 4 } else { 2 };
            lines.push(format!(
                "| {} | {} {}{} | {} | {} |",
                goal.what,
                if goal.more { "≥" } else { "≤" },
                goal.goal,
                goal.unit,
                shown(goal.reached, places),
                is_met.map_or("not measured", |is_met| if is_met { "met" } else { "**not met**" }),
            ));
        }
        (lines, are_met)
    }

    fn each_goal(&self, kit: &Kit) -> Vec<Goal> {
        let [zoom, still] = Kind::BOTH.map(|kind| Way::Onetake(Making::Scenes(kind)));
        let (draft, join) = (Way::Onetake(Making::Draft), Way::Onetake(Making::Join));
        let goal = |what, reached, goal, more, unit| Goal { what, reached, goal, more, unit };
        let loss = self.plain_ssim.zip(self.quality.get(&Way::Ours)).map(|(plain, ours)| plain - ours.ssim);
        let join_ms = self.middle(join, |cost| cost.said.trim().parse().unwrap_or(f64::NAN));
        let join_ms = join_ms.map(|cpu_s| cpu_s * 1e3 / onetake::PARTS as f64);
        let encoder_mb = self.middle(zoom, |cost| cost.peaks_mb.get("ffmpeg").copied().unwrap_or(f64::NAN));
        let whole = self.cpu(zoom, kit).zip(self.cpu(still, kit)).map(|(zoom, still)| zoom.midpoint(still));
        let draft = self.cpu(draft, kit).zip(whole).map(|(draft, whole)| draft / whole);
        let near = self.spread(Kind::Zoom).into_iter().chain(self.spread(Kind::Static)).reduce(f64::max);
        vec![
            goal("zoom / encoder alone, plain veryfast", self.ratio(zoom, Way::Plain, kit), 0.75, false, ""),
            goal("zoom / encoder alone, our settings", self.ratio(zoom, Way::Ours, kit), 1.25, false, ""),
            goal(
                "static / encoder alone, plain veryfast, on the zoom",
                self.ratio(still, Way::Plain, kit),
                0.14,
                false,
                "",
            ),
            goal("MoviePy / Onetake, zoom", self.ratio(Way::MoviePy(Kind::Zoom), zoom, kit), 16.0, true, ""),
            goal("MoviePy / Onetake, static", self.ratio(Way::MoviePy(Kind::Static), still, kit), 56.0, true, ""),
            goal(
                "ffmpeg, zoompan 4x + ass / Onetake, zoom",
                self.ratio(Way::Naive(Kind::Zoom), zoom, kit),
                4.5,
                true,
                "",
            ),
            goal("SSIM lost against plain veryfast at size +5 %", loss, 0.0005, false, ""),
            goal("SSIM of the ways, best to worst of a kind", near, 0.005, false, ""),
            goal("draft / final", draft, 0.2, false, ""),
            goal("join, CPU a part", join_ms, 20.0, false, " ms"),
            goal("join, all processes", self.middle(join, |cost| cost.peak_mb), 40.0, false, " MB"),
            goal("encoder, its memory", encoder_mb, 170.0, false, " MB"),
        ]
    }

    /// How far the ways' qualities lie apart.
    fn spread(&self, kind: Kind) -> Option<f64> {
        let all = || self.quality.iter().filter(|(way, _)| way.kind() == Some(kind)).map(|(_, quality)| quality.ssim);
        let best = all().reduce(f64::max)?;
        Some(best - all().reduce(f64::min)?)
    }
}

fn shown(value: Option<f64>, places: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.places$}"))
}

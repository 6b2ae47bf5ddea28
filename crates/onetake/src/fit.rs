//! Tells whether a script will be short enough, and what would make it so.

use steps::estimate::Estimate;
use story::fit::Proposal;

/// Lines for a person. A length is told with how far it may be off.
pub(crate) fn told(estimate: &Estimate, fit_s: f64) -> Vec<String> {
    let Estimate { duration_s, duration_error_s, .. } = estimate;
    let over_s = duration_s - fit_s;
    let verdict = if over_s > 0.0 {
        format!("{over_s:.1} s more than {fit_s} s")
    } else if over_s + duration_error_s > 0.0 {
        format!("it may fit into {fit_s} s")
    } else {
        format!("it fits into {fit_s} s")
    };
    let mut lines = vec![format!("  ▸ fit      {duration_s:.1} s, give or take {duration_error_s:.1} s · {verdict}")];
    lines.extend(estimate.proposals.iter().flatten().map(|proposal| format!("             {}", proposed(proposal))));
    lines
}

fn proposed(proposal: &Proposal) -> String {
    let leads = |duration_s: f64, fits: bool| {
        format!("{duration_s:.1} s{}", if fits { "" } else { ", which is not enough by itself" })
    };
    match proposal {
        Proposal::Pauses { factor, duration_s, fits } => {
            format!("pauses of {:.0} % of what they are: {}", factor * 100.0, leads(*duration_s, *fits))
        }
        Proposal::Speed { speeds, duration_s, fits } => {
            let speeds: Vec<String> = speeds.iter().map(|(speaker, speed)| format!("{speaker} {speed:.2}")).collect();
            format!("speed {} (spoken anew): {}", speeds.join(", "), leads(*duration_s, *fits))
        }
        Proposal::Cut { lines, duration_s, fits } => {
            let lines: Vec<String> = lines.iter().map(|line| (line + 1).to_string()).collect();
            format!("without line {}: {}", lines.join(", "), leads(*duration_s, *fits))
        }
    }
}

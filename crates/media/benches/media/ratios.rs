//! The ratios that were reached, in a file beside this one: none of them may become worse.

use super::onetake::Making;
use super::table::Measured;
use super::ways::{Kit, Way};
use super::workload::Kind;
use serde_json::Value;

/// How much worse a ratio may be before it is called so.
const MARGIN: f64 = 0.15;
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/media/ratios.json");

/// The ratios' names in the file: what is divided by what, and whether more is better.
fn each() -> [(&'static str, Way, Way, bool); 6] {
    let [zoom, still] = Kind::BOTH.map(|kind| Way::Onetake(Making::Scenes(kind)));
    [
        ("zoom / plain", zoom, Way::Plain, false),
        ("zoom / ours", zoom, Way::Ours, false),
        ("static / plain", still, Way::Plain, false),
        ("naive / zoom", Way::Naive(Kind::Zoom), zoom, true),
        ("moviepy / zoom", Way::MoviePy(Kind::Zoom), zoom, true),
        ("moviepy / static", Way::MoviePy(Kind::Static), still, true),
    ]
}

/// The table of the ratios; whether all are held.
///
/// # Errors
/// A sentence, if the file cannot be read.
pub(crate) fn check(measured: &Measured, kit: &Kit) -> Result<(Vec<String>, bool), String> {
    let file = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let kept: Value = serde_json::from_str(&file).map_err(|error| format!("{FILE}: {error}"))?;
    let mut lines = vec!["| ratio of CPU times | kept | now | |".to_owned(), "|-|-:|-:|-|".to_owned()];
    let mut is_held = true;
    for (name, one, other, more) in each() {
        let reached = kept[name].as_f64().ok_or_else(|| format!("{FILE} has no \"{name}\""))?;
        let Some(now) = measured.ratio(one, other, kit) else {
            lines.push(format!("| {name} | {reached:.3} | – | not measured |"));
            continue;
        };
        let is_good = if more { now >= reached / (1.0 + MARGIN) } else { now <= reached * (1.0 + MARGIN) };
        is_held &= is_good;
        lines.push(format!("| {name} | {reached:.3} | {now:.3} | {} |", if is_good { "held" } else { "**worse**" }));
    }
    Ok((lines, is_held))
}

/// Writes what was reached into the file; what was not measured stays.
///
/// # Errors
/// A sentence.
pub(crate) fn keep(measured: &Measured, kit: &Kit) -> Result<(), String> {
    let file = std::fs::read_to_string(FILE).unwrap_or_else(|_| "{}".to_owned());
    let mut kept: Value = serde_json::from_str(&file).map_err(|error| format!("{FILE}: {error}"))?;
    for (name, one, other, _) in each() {
        if let Some(now) = measured.ratio(one, other, kit) {
            kept[name] = serde_json::json!((now * 1e3).round() / 1e3);
        }
    }
    let text = serde_json::to_string_pretty(&kept).expect("numbers serialise");
    std::fs::write(FILE, text + "\n").map_err(|error| format!("{FILE}: {error}"))
}

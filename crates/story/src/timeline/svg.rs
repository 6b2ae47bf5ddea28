//! A timeline as a picture: a Gantt chart in SVG, as text. It names nothing outside itself and runs nothing; what users wrote stands
//! in it as text alone.

use super::{Doing, Row, Span, Stage, StageSums, Sums, Timeline};
use crate::job::{Kind, Status};
use crate::queue::Outcome;
use std::fmt::Write;

/// Rows that are drawn; of more, several that follow each other share one.
const MOST_ROWS: usize = 200;
/// Rows that have the room to be read at ease.
const ROOMY_ROWS: usize = 60;
/// What is nearer than this to its neighbour is drawn as one, in rows that are shared.
const NEAR_PX: f64 = 1.5;
/// No bar is narrower.
const LEAST_PX: f64 = 1.2;

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 28.0;
/// Where the chart begins and ends.
const LEFT: f64 = 320.0;
const RIGHT: f64 = 1012.0;
/// Where the columns of figures end.
const WAITED: f64 = 1092.0;
const WORKED: f64 = WIDTH - MARGIN;

const STYLE: &str = "\
svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;background:#fff}\
.page{fill:#fff}.band{fill:#f4f5f8}text{fill:#1c2333;direction:ltr}.soft{fill:#677085}.bad{fill:#c92a2a}\
.grid{stroke:#e4e7ee;stroke-width:1}.end{stroke:#8b93a6;stroke-width:1;stroke-dasharray:3 3}\
.speak{fill:#e8590c}.paint{fill:#9c36b5}.compose{fill:#1971c2}.track{fill:#0c8599}.join{fill:#2f9e44}.any{fill:#677085}\
.q{opacity:.32}.s{opacity:.55}.o{opacity:.18}.n{text-anchor:end;font-variant-numeric:tabular-nums}.m{text-anchor:middle}\
@media(prefers-color-scheme:dark){svg{background:#14171f}.page{fill:#14171f}.band{fill:#1c202b}text{fill:#e9ecf2}.soft{fill:#98a1b5}\
.bad{fill:#ff8787}.grid{stroke:#2a2f3c}.end{stroke:#6f788c}\
.speak{fill:#ff922b}.paint{fill:#da77f2}.compose{fill:#4dabf7}.track{fill:#3bc9db}.join{fill:#69db7c}.any{fill:#98a1b5}}";

impl Timeline {
    /// The timeline as an SVG document: light or dark as its reader has it. It has some hundred rows at most.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let bars = self.bars();
        let (row_px, size) = if bars.len() <= ROOMY_ROWS { (22.0, 12.0) } else { (14.0, 10.0) };
        let mut drawing =
            Drawing { text: String::new(), y: 0.0, px_per_ms: (RIGHT - LEFT) / self.length_ms.max(1) as f64 };
        drawing.head(self);
        let top = drawing.y;
        let height = self.stages.len() as f64 * STAGE_PX + bars.len() as f64 * row_px;
        drawing.axis(self, top, top + height);
        for stage in &self.stages {
            drawing.stage(stage);
            for bar in bars.iter().filter(|bar| bar.stage == stage.stage) {
                drawing.bar(bar, row_px, size);
            }
        }
        drawing.y += 22.0;
        drawing.foot(self);
        let Drawing { text, y: height, .. } = drawing;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             font-size=\"12\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n{text}</svg>\n",
            self.title(),
        )
    }

    fn title(&self) -> &'static str {
        match self.kind {
            Kind::Preview => "How this preview was made",
            Kind::Video => "How this film was made",
        }
    }

    /// What is drawn in a row each: a part, or several that follow each other.
    fn bars(&self) -> Vec<Bar> {
        let share = self.rows.len().div_ceil(MOST_ROWS).max(1);
        let near_ms = if share == 1 { 0 } else { (NEAR_PX * self.length_ms as f64 / (RIGHT - LEFT)) as u64 };
        let mut bars = Vec::new();
        for stage in Stage::ALL {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.stage == stage).collect();
            bars.extend(rows.chunks(share).map(|rows| Bar::of(stage, rows, near_ms)));
        }
        bars
    }
}

/// What a row of the picture shows.
struct Bar {
    stage: Stage,
    label: String,
    /// What is said of it to whoever points at it.
    told: String,
    spans: Vec<Span>,
    sums: Sums,
    mark: Option<(&'static str, bool)>,
}

impl Bar {
    fn of(stage: Stage, rows: &[&Row], near_ms: u64) -> Self {
        let sums = Sums::of(rows.iter().copied());
        let label = match rows {
            [row] => row.label.clone(),
            [first, .., last] => format!("{} {} – {}", things(stage), first.part + 1, last.part + 1),
            [] => String::new(),
        };
        let said =
            |span: &Span| format!("{} {} – {} s", word(stage, span.doing), exact(span.from_ms), exact(span.to_ms));
        let mut told = vec![label.clone()];
        match rows {
            [row] => {
                told.extend(row.lane.map(|lane| format!("lane {lane}")));
                told.extend(row.spans.iter().map(said));
            }
            _ => {
                let figures = [(Doing::Queued, sums.queued_ms), (Doing::Provider, sums.provider_ms)];
                let more = [(Doing::Studio, sums.studio_ms), (Doing::Stored, sums.stored_ms)];
                let figures = figures.into_iter().chain(more).filter(|(_, ms)| *ms > 0);
                told.extend(figures.map(|(doing, ms)| format!("{} {} s in all", word(stage, doing), exact(ms))));
            }
        }
        let spans = match rows {
            [row] => row.spans.clone(),
            _ => merged(rows, near_ms),
        };
        let outcomes = || rows.iter().filter_map(|row| row.outcome);
        let mark = match () {
            () if outcomes().any(|outcome| outcome == Outcome::Failed) => Some(("failed", true)),
            () if !spans.is_empty() => None,
            () if outcomes().any(|outcome| matches!(outcome, Outcome::Silent | Outcome::Card)) => {
                Some(("left out", true))
            }
            () if outcomes().count() == rows.len() => Some(("was there", false)),
            () => None,
        };
        Self { stage, label, told: told.join("\n"), spans, sums, mark }
    }
}

/// The spans of several rows: what waits lies under what is worked at.
fn merged(rows: &[&Row], near_ms: u64) -> Vec<Span> {
    let mut all: Vec<Span> = rows.iter().flat_map(|row| row.spans.iter().copied()).collect();
    all.sort_unstable_by_key(|span| (layer(span.doing), span.from_ms));
    let mut merged: Vec<Span> = Vec::new();
    for span in all {
        match merged.last_mut() {
            Some(last) if last.doing == span.doing && span.from_ms <= last.to_ms + near_ms => {
                last.to_ms = last.to_ms.max(span.to_ms);
            }
            _ => merged.push(span),
        }
    }
    merged
}

fn layer(doing: Doing) -> u8 {
    match doing {
        Doing::Queued => 0,
        Doing::Pending => 1,
        Doing::Stored => 2,
        Doing::Provider => 3,
        Doing::Studio => 4,
    }
}

fn things(stage: Stage) -> &'static str {
    match stage {
        Stage::Speak => "takes",
        Stage::Paint => "pictures",
        Stage::Compose => "scenes",
        Stage::Track => "tracks",
        Stage::Join => "films",
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Speak => "Speech",
        Stage::Paint => "Pictures",
        Stage::Compose => "Scenes",
        Stage::Track => "Track",
        Stage::Join => "Film",
    }
}

fn word(stage: Stage, doing: Doing) -> &'static str {
    match (doing, stage) {
        (Doing::Queued, _) => "waited",
        (Doing::Provider, Stage::Speak) => "spoken",
        (Doing::Provider, _) => "drawn or fetched",
        (Doing::Studio, Stage::Track) => "laid",
        (Doing::Studio, Stage::Join) => "joined",
        (Doing::Studio, _) => "rendered",
        (Doing::Stored, _) => "stored",
        (Doing::Pending, _) => "waits or is made",
    }
}

const STAGE_PX: f64 = 34.0;

struct Drawing {
    text: String,
    y: f64,
    px_per_ms: f64,
}

impl Drawing {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    fn x(&self, ms: u64) -> f64 {
        LEFT + ms as f64 * self.px_per_ms
    }

    fn head(&mut self, timeline: &Timeline) {
        let Timeline { total, length_ms, .. } = timeline;
        self.line(format_args!(
            "<text x=\"{MARGIN}\" y=\"44\" font-size=\"21\" font-weight=\"650\">{}</text>",
            timeline.title()
        ));
        let stands = match timeline.status {
            Status::Queued | Status::Running => "so far",
            Status::Succeeded => "from order to end",
            Status::Failed => "until it failed",
            Status::Cancelled => "until it was cancelled",
        };
        let saved = total.worked_ms.saturating_sub(total.busy_ms);
        let mut said = format!("{} {stands} · {} of work", seconds(*length_ms), seconds(total.worked_ms));
        if saved > 0 {
            let _ = write!(said, ", {} of it saved by working at several things at once", seconds(saved));
        }
        self.line(format_args!("<text x=\"{MARGIN}\" y=\"68\" class=\"soft\" font-size=\"13\">{said}</text>"));
        self.line(format_args!(
            "<text x=\"{WORKED}\" y=\"44\" class=\"soft n\" font-size=\"11\">{} · {}</text>",
            escaped(&timeline.id.0),
            timeline.created_at
        ));
        self.legend(timeline);
        self.y = 132.0;
    }

    fn legend(&mut self, timeline: &Timeline) {
        let has = |doing| timeline.rows.iter().flat_map(|row| &row.spans).any(|span| span.doing == doing);
        let named = [
            (Doing::Queued, "waits for its turn"),
            (Doing::Provider, "with the provider"),
            (Doing::Studio, "in the studio"),
            (Doing::Stored, "is being stored"),
            (Doing::Pending, "waits or is being made"),
        ];
        let mut x = MARGIN;
        // The provider's bar and the studio's look alike: their rows say which it is.
        let mut full = Vec::new();
        for (doing, text) in named.into_iter().filter(|(doing, _)| has(*doing)) {
            if matches!(doing, Doing::Provider | Doing::Studio) {
                full.push(text);
                if doing == Doing::Provider && has(Doing::Studio) {
                    continue;
                }
            }
            let text = if doing == Doing::Studio { full.join(" or ") } else { text.to_owned() };
            let (from, height, class) = shape(doing, 10.0);
            self.line(format_args!(
                "<rect class=\"any{class}\" x=\"{x}\" y=\"{}\" width=\"22\" height=\"{height}\" rx=\"2\"/>\
                 <text class=\"soft\" x=\"{}\" y=\"97\" font-size=\"11\">{text}</text>",
                88.0 + from,
                x + 28.0
            ));
            x += 28.0 + 5.9 * text.len() as f64 + 24.0;
        }
    }

    /// Lines at round seconds, from top to bottom.
    fn axis(&mut self, timeline: &Timeline, top: f64, bottom: f64) {
        let step = step_ms(timeline.length_ms);
        self.line(format_args!("<g font-size=\"11\">"));
        for at_ms in (0..=timeline.length_ms).step_by(step as usize) {
            let (x, at) = (px(self.x(at_ms)), round(at_ms));
            self.line(format_args!(
                "<path class=\"grid\" d=\"M{x} {}V{bottom}\"/><text class=\"soft m\" x=\"{x}\" y=\"{}\">{at}</text>\
                 <text class=\"soft m\" x=\"{x}\" y=\"{}\">{at}</text>",
                top - 6.0,
                top - 11.0,
                bottom + 17.0
            ));
        }
        let end = px(self.x(timeline.length_ms));
        self.line(format_args!("<path class=\"end\" d=\"M{end} {}V{bottom}\"/>", top - 6.0));
        let y = top - 11.0;
        self.line(format_args!(
            "<text class=\"soft n\" x=\"{}\" y=\"{y}\">seconds</text><text class=\"soft n\" x=\"{WAITED}\" y=\"{y}\">waited</text>\
             <text class=\"soft n\" x=\"{WORKED}\" y=\"{y}\">worked</text></g>",
            LEFT - 14.0
        ));
    }

    fn stage(&mut self, stage: &StageSums) {
        let y = self.y + 4.0;
        let middle = y + 18.0;
        let there = stage.parts - stage.made;
        let told = match (stage.made, there) {
            (made, 0) if matches!(stage.stage, Stage::Track | Stage::Join) && made == 1 => String::new(),
            (made, 0) => format!("{made}"),
            (made, _) => format!("{made} of {}", stage.parts),
        };
        let beside = match stage.beside_ms {
            0 => String::new(),
            ms => format!("{} beside other work", seconds(ms)),
        };
        self.line(format_args!(
            "<rect class=\"band\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"26\" rx=\"5\" opacity=\".85\"/>\
             <rect class=\"{}\" x=\"{MARGIN}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"3\"/>\
             <text x=\"{}\" y=\"{middle}\" font-weight=\"650\">{} <tspan class=\"soft\" font-weight=\"400\">{told}</tspan></text>\
             <text class=\"soft n\" x=\"{}\" y=\"{middle}\" font-size=\"11\">{beside}</text>",
            MARGIN - 10.0,
            WIDTH - 2.0 * MARGIN + 20.0,
            stage.stage.word(),
            y + 8.0,
            MARGIN + 18.0,
            name(stage.stage),
            RIGHT - 6.0,
        ));
        self.figures(middle, (stage.waited_ms, stage.worked_ms), " font-weight=\"650\"");
        self.y += STAGE_PX;
    }

    fn figures(&mut self, y: f64, (waited, worked): (u64, u64), more: &str) {
        for (x, ms, class) in [(WAITED, waited, "soft n"), (WORKED, worked, "n")] {
            if ms > 0 {
                self.line(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{more}>{}</text>", seconds(ms)));
            }
        }
    }

    fn bar(&mut self, bar: &Bar, row_px: f64, size: f64) {
        let base = px(self.y + row_px / 2.0 + size * 0.36);
        self.line(format_args!("<g class=\"{}\"><title>{}</title>", bar.stage.word(), escaped(&bar.told)));
        self.line(format_args!(
            "<text x=\"{}\" y=\"{base}\" font-size=\"{size}\">{}</text>",
            MARGIN + 18.0,
            escaped(&bar.label)
        ));
        let (top, full) = (self.y + row_px * 0.16, row_px * 0.68);
        for span in &bar.spans {
            let (from, height, class) = shape(span.doing, full);
            let x = self.x(span.from_ms);
            let width = (self.x(span.to_ms) - x).max(LEAST_PX).min(RIGHT + LEAST_PX - x);
            let class = match class.trim() {
                "" => String::new(),
                class => format!(" class=\"{class}\""),
            };
            self.line(format_args!(
                "<rect{class} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
                px(x),
                px(top + from),
                px(width),
                px(height)
            ));
        }
        if let Some((mark, is_bad)) = bar.mark {
            let end = bar.spans.last().map_or(LEFT, |span| self.x(span.to_ms)) + 6.0;
            let class = if is_bad { "bad" } else { "soft" };
            self.line(format_args!(
                "<text class=\"{class}\" x=\"{}\" y=\"{base}\" font-size=\"{}\">{mark}</text>",
                px(end.min(RIGHT - 44.0)),
                size - 1.0
            ));
        }
        self.figures(base, (bar.sums.queued_ms, bar.sums.worked_ms()), &format!(" font-size=\"{}\"", size - 1.0));
        self.line(format_args!("</g>"));
        self.y += row_px;
    }

    fn foot(&mut self, timeline: &Timeline) {
        self.y += 16.0;
        let (y, parts) = (self.y, timeline.rows.len());
        if parts > MOST_ROWS {
            let said = "several that follow each other share a row.";
            self.line(format_args!(
                "<text class=\"soft\" x=\"{MARGIN}\" y=\"{y}\" font-size=\"11\">{parts} parts; {said}</text>"
            ));
            self.y += 20.0;
        }
    }
}

/// How far below the top of its row a bar begins, how high it is, and its class beside the stage's.
fn shape(doing: Doing, full: f64) -> (f64, f64, &'static str) {
    match doing {
        Doing::Queued => (full * 0.36, full * 0.28, " q"),
        Doing::Provider | Doing::Studio => (0.0, full, ""),
        Doing::Stored => (0.0, full, " s"),
        Doing::Pending => (0.0, full, " o"),
    }
}

/// A round step that makes ten lines or fewer.
fn step_ms(length_ms: u64) -> u64 {
    let mut step = 1;
    loop {
        for round in [1, 2, 5] {
            if length_ms / (step * round) <= 10 {
                return step * round;
            }
        }
        step *= 10;
    }
}

/// A time of the axis, in seconds.
fn round(ms: u64) -> String {
    let text = exact(ms);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Seconds to the millisecond.
fn exact(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Seconds as a person says them.
fn seconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{:.2} s", ms as f64 / 1000.0),
        1_000..100_000 => format!("{:.1} s", ms as f64 / 1000.0),
        _ => format!("{} s", (ms + 500) / 1000),
    }
}

/// A place in the picture, to a tenth of a pixel.
fn px(at: f64) -> f64 {
    (at * 10.0).round() / 10.0
}

/// Text as XML has it. Labels are of its letters alone already.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push('\n'),
            c if c.is_control() || matches!(c as u32 & 0xffff, 0xfffe | 0xffff) => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

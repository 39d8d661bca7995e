//! The plot of a sync's runs: when they ended, how long the way from the change to Checkly was, and how they ended. Drawn by the
//! server; marks are links. The same figures stand in a table beside it.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use chrono::{DateTime, Utc};
use keyferry_domain::secret_syncs::runs::Run;

use super::words::{count, counts, trigger};
use crate::text::duration;
use crate::visit::Request;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 708.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 176.0;
/// Bars hang below the axis.
const BARS: f64 = 200.0;
const BARS_HEIGHT: f64 = 36.0;
const HEIGHT: f64 = 262.0;
/// Powers of ten of a second that the axis shows.
const LOWEST: f64 = -1.0;
const HIGHEST: f64 = 3.0;
/// The way should be no longer, in seconds.
const OBJECTIVE_S: f64 = 10.0;

/// Periods: word in the address, word for people, milliseconds.
pub(super) const PERIODS: [(&str, &str, i64); 4] = [
    ("1h", "1 hour", 3_600_000),
    ("24h", "24 hours", 86_400_000),
    ("7d", "7 days", 604_800_000),
    ("30d", "30 days", 2_592_000_000),
];

/// How a run is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Done,
    Partial,
    Failed,
    Waiting,
}

impl Shape {
    pub(super) fn of(run: &Run) -> Self {
        match (run.status.as_str(), count(run, "done")) {
            ("failed", 0) => Self::Failed,
            ("failed", _) => Self::Partial,
            _ if count(run, "awaitingApproval") > 0 => Self::Waiting,
            _ => Self::Done,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Waiting => "waiting for approval",
        }
    }
}

struct Mark {
    at_ms: i64,
    took_ms: i64,
    shape: Shape,
    label: String,
    address: String,
    bars: [u64; 3],
    is_current: bool,
}

/// The plot of some runs.
pub(super) struct Timeline {
    marks: Vec<Mark>,
    from_ms: i64,
    now_ms: i64,
    period: &'static str,
}

impl Timeline {
    /// Of these runs, as far as they ended within the period; `runs` is the address of their pages.
    pub(super) fn of(all: &[Run], runs: &str, period: &str, now_ms: i64, current: Option<uuid::Uuid>) -> Self {
        let (period, _, span_ms) = PERIODS.into_iter().find(|(word, ..)| *word == period).unwrap_or(PERIODS[2]);
        let from_ms = now_ms - span_ms;
        let mut marks: Vec<Mark> = all
            .iter()
            .filter_map(|run| {
                let at_ms = run.ended_at_ms.filter(|at_ms| (from_ms..=now_ms).contains(at_ms))?;
                let (shape, took_ms) = (Shape::of(run), (at_ms - run.created_at_ms).max(0));
                Some(Mark {
                    at_ms,
                    took_ms,
                    shape,
                    label: format!(
                        "{}, {}: {}. {}. {}",
                        stamp(at_ms, "%Y-%m-%d %H:%M:%S UTC"),
                        trigger(run),
                        shape.word(),
                        counts(run),
                        duration(took_ms)
                    ),
                    address: format!("{runs}/{}", run.id),
                    bars: [count(run, "create"), count(run, "update") + count(run, "reflag"), count(run, "delete")],
                    is_current: current == Some(run.id),
                })
            })
            .collect();
        marks.sort_by_key(|mark| mark.at_ms);
        Self { marks, from_ms, now_ms, period }
    }

    /// Periods to choose from: label, address, whether chosen.
    pub(super) fn periods(&self, request: &Request) -> Vec<(&'static str, String, bool)> {
        PERIODS.into_iter().map(|(word, label, _)| (label, request.url_with("period", Some(word)), word == self.period)).collect()
    }

    fn x(&self, at_ms: i64) -> f64 {
        let share = (at_ms - self.from_ms) as f64 / (self.now_ms - self.from_ms).max(1) as f64;
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn axes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objective = y(OBJECTIVE_S);
        write!(
            f,
            "<rect class=\"plot-band\" x=\"{LEFT}\" y=\"{objective:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            RIGHT - LEFT,
            BOTTOM - objective
        )?;
        for (seconds, label) in [(0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (100.0, "100 s"), (1000.0, "1000 s")] {
            let at = y(seconds);
            write!(f, "<line class=\"plot-grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>")?;
            write!(
                f,
                "<text class=\"plot-text\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 6.0,
                at + 4.0
            )?;
        }
        let format = if matches!(self.period, "1h" | "24h") { "%H:%M" } else { "%m-%d" };
        for tick in 0..=5_i64 {
            let at_ms = self.from_ms + (self.now_ms - self.from_ms) * tick / 5;
            let (x, anchor) = (
                self.x(at_ms),
                if tick == 0 {
                    "start"
                } else if tick == 5 {
                    "end"
                } else {
                    "middle"
                },
            );
            write!(f, "<line class=\"plot-grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{BOTTOM}\" y2=\"{:.1}\"/>", BOTTOM + 4.0)?;
            write!(
                f,
                "<text class=\"plot-text\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                HEIGHT - 6.0,
                stamp(at_ms, format)
            )?;
        }
        write!(f, "<line class=\"plot-axis\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{BOTTOM}\" y2=\"{BOTTOM}\"/>")?;
        write!(f, "<text class=\"plot-text\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">keys</text>", LEFT - 6.0, BARS + 16.0)
    }

    fn bars(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.marks.iter().map(|mark| mark.bars.iter().sum::<u64>()).max().unwrap_or_default().max(1);
        for mark in &self.marks {
            let (x, mut top) = (self.x(mark.at_ms).min(RIGHT - 5.0), BARS);
            for (keys, class) in mark.bars.into_iter().zip(["plot-created", "plot-updated", "plot-removed"]) {
                if keys == 0 {
                    continue;
                }
                let height = (keys as f64 / most as f64 * BARS_HEIGHT).max(2.0);
                write!(f, "<rect class=\"{class}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"5\" height=\"{height:.1}\"/>", x - 2.5)?;
                top += height;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"group\" aria-label=\"Seconds from the change to Checkly, by time\">"
        )?;
        f.write_str("<g aria-hidden=\"true\">")?;
        self.axes(f)?;
        self.bars(f)?;
        if self.marks.is_empty() {
            write!(
                f,
                "<text class=\"plot-text plot-none\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">No runs in this period</text>",
                f64::midpoint(LEFT, RIGHT),
                f64::midpoint(TOP, BOTTOM)
            )?;
        }
        f.write_str("</g>")?;
        for mark in &self.marks {
            let (x, at) = (self.x(mark.at_ms), y(mark.took_ms as f64 / 1000.0));
            let current = if mark.is_current { " aria-current=\"true\"" } else { "" };
            write!(
                f,
                "<a class=\"plot-mark\" href=\"{}\" aria-label=\"{}\"{current}><title>{}</title>",
                mark.address, mark.label, mark.label
            )?;
            // A target that fingers can hit.
            write!(f, "<circle class=\"plot-target\" cx=\"{x:.1}\" cy=\"{at:.1}\" r=\"13\"/>")?;
            f.write_str(&drawn(mark.shape, x, at))?;
            f.write_str("</a>")?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Timeline {}

fn drawn(shape: Shape, x: f64, y: f64) -> String {
    let mut drawn = String::new();
    let _ = match shape {
        Shape::Done => write!(drawn, "<circle class=\"plot-done\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"),
        Shape::Waiting => write!(drawn, "<circle class=\"plot-waiting\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>"),
        Shape::Failed => write!(drawn, "<path class=\"plot-failed\" d=\"M{x:.1} {:.1}l6 10.5h-12z\"/>", y - 6.5),
        Shape::Partial => write!(drawn, "<path class=\"plot-partial\" d=\"M{x:.1} {:.1}l6 6-6 6-6-6z\"/>", y - 6.0),
    };
    drawn
}

fn y(seconds: f64) -> f64 {
    let power = seconds.max(0.001).log10().clamp(LOWEST, HIGHEST);
    BOTTOM - (power - LOWEST) / (HIGHEST - LOWEST) * (BOTTOM - TOP)
}

fn stamp(at_ms: i64, format: &str) -> String {
    DateTime::<Utc>::from_timestamp_millis(at_ms).map_or_else(String::new, |at| at.format(format).to_string())
}

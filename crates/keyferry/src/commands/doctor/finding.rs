//! What a check found, for people and machines.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, presets};
use serde_json::{Value, json};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Works, but somebody should look at it.
    Warn,
    /// Does not work, or is not safe.
    Fail,
}

/// The outcome of one check.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How bad it is.
    pub state: State,
    /// What was found.
    pub detail: String,
    /// What to do; empty when all is well.
    pub advice: String,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, state: State::Ok, detail: detail.into(), advice: String::new() }
    }

    /// Somebody should look at it.
    pub fn warn(check: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Warn, detail: detail.into(), advice: advice.into() }
    }

    /// Somebody must look at it.
    pub fn fail(check: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Fail, detail: detail.into(), advice: advice.into() }
    }
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// For machines; `ok` says whether nothing failed.
pub fn to_json(findings: &[Finding]) -> Value {
    let checks: Vec<Value> = findings
        .iter()
        .map(|f| json!({"check": f.check, "state": f.state.word(), "detail": f.detail, "advice": f.advice}))
        .collect();
    json!({"ok": findings.iter().all(|finding| finding.state != State::Fail), "checks": checks})
}

/// For people.
pub fn to_table(findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["check", "state", "found", "what to do"]);
    for finding in findings {
        let color = match finding.state {
            State::Ok => Color::Green,
            State::Warn => Color::Yellow,
            State::Fail => Color::Red,
        };
        table.add_row([
            Cell::new(finding.check),
            Cell::new(finding.state.word()).fg(color).add_attribute(Attribute::Bold),
            Cell::new(&finding.detail),
            Cell::new(&finding.advice),
        ]);
    }
    table
}

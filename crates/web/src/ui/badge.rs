//! States in words: icon, word and colour together.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::icon::icon;

/// How a state is coloured. The word and the icon say the same without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Ok,
    /// Needs a look.
    Warn,
    /// Wrong.
    Danger,
    /// Under way.
    Info,
    /// Nothing to say.
    Neutral,
}

/// A state in a list or at the head of a page.
#[derive(Clone, Debug)]
pub struct Badge {
    tone: Tone,
    icon: &'static str,
    word: String,
}

/// The badge of a word of the vocabulary (user interface contract, section 1.10, and the connection states of 5.1); any other
/// word is neutral.
#[must_use]
pub fn badge(word: impl Into<String>) -> Badge {
    let word = word.into();
    let (tone, icon) = match word.as_str() {
        "Synced" | "Working" | "Done" | "Created" => (Tone::Ok, "circle-check"),
        "Failed to Sync" | "Rejected by Checkly" | "Failed" | "Blocked" => (Tone::Danger, "triangle-alert"),
        "Not enough rights" | "Source Folder Deleted" | "Partial" => (Tone::Warn, "triangle-alert"),
        "Queued" => (Tone::Info, "hourglass"),
        "Rate limited" => (Tone::Warn, "hourglass"),
        "Syncing" => (Tone::Info, "refresh-cw"),
        "Auto-Sync Disabled" | "Skipped" => (Tone::Neutral, "ban"),
        "Drifted" => (Tone::Warn, "equal-not"),
        "Waiting for approval" => (Tone::Warn, "circle-pause"),
        "Unreachable" => (Tone::Danger, "unplug"),
        "Not verifiable" | "Never checked" => (Tone::Neutral, "circle-question-mark"),
        _ => (Tone::Neutral, "circle"),
    };
    Badge { tone, icon, word }
}

/// The badge of a sync's stored state.
#[must_use]
pub fn sync_badge(status: Option<&str>, has_source: bool) -> Badge {
    badge(match status {
        _ if !has_source => "Source Folder Deleted",
        Some("pending") => "Queued",
        Some("running") => "Syncing",
        Some("succeeded") => "Synced",
        Some("failed") => "Failed to Sync",
        _ => "Not synced yet",
    })
}

impl Badge {
    /// In another tone, with another icon.
    #[must_use]
    pub fn toned(mut self, tone: Tone, icon: &'static str) -> Self {
        (self.tone, self.icon) = (tone, icon);
        self
    }

    /// The word.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tone = match self.tone {
            Tone::Ok => "ok",
            Tone::Warn => "warn",
            Tone::Danger => "danger",
            Tone::Info => "info",
            Tone::Neutral => "neutral",
        };
        let word = askama::filters::escape(&self.word, askama::filters::Html).map_err(|_| fmt::Error)?;
        write!(f, "<span class=\"state state-{tone}\">{}<span>{word}</span></span>", icon(self.icon))
    }
}

impl HtmlSafe for Badge {}

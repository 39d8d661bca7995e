//! Why a call to a destination failed, said so that the caller can decide
//! what to do and the user whose move it is.

use std::fmt;

use crate::redact::Redactor;

/// Longest text taken from a destination's answer, in characters.
pub(crate) const MESSAGE_LIMIT: usize = 1000;

/// Kinds of failure, by what can be done about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The key is unknown, deleted or malformed (401).
    Credentials,
    /// The key may not do this (403).
    Forbidden,
    /// The account or group is not there.
    TargetGone,
    /// Too many calls (429).
    RateLimited,
    /// The destination refuses this very input (other 4xx).
    Rejected,
    /// The destination is in trouble (5xx, 408).
    Transient,
    /// No answer: name resolution, connection, TLS, timeout.
    Network,
    /// An answer that makes no sense, or was cut short.
    Protocol,
    /// The caller's guard refused the call: lease lost, or told to stop.
    Stopped,
}

impl FailureKind {
    /// The word under which it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Forbidden => "forbidden",
            Self::TargetGone => "target_gone",
            Self::RateLimited => "rate_limited",
            Self::Rejected => "rejected",
            Self::Transient => "transient",
            Self::Network => "network",
            Self::Protocol => "protocol",
            Self::Stopped => "stopped",
        }
    }
}

/// Whose failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// This server's.
    Ours,
    /// The user's settings: key, role, target, key or value.
    Settings,
    /// The destination's.
    Checkly,
    /// The way between.
    Network,
}

/// A classified failure. Every text in it is free of the values and keys that
/// were sent, at most 1,000 characters long, and on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind it is.
    pub kind: FailureKind,
    /// Status of the answer, if one came.
    pub http_status: Option<u16>,
    /// What happened, for the user.
    pub message: String,
    /// How long the destination asked to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Calls made, the failed one included.
    pub attempts: u32,
    /// The answer's body, if it was JSON.
    pub response_body: Option<String>,
    client_message: Option<String>,
}

impl Failure {
    /// A failure without an answer.
    pub fn new(kind: FailureKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            http_status: None,
            message: tidy(&message.to_string()),
            retry_after_ms: None,
            attempts: 0,
            response_body: None,
            client_message: None,
        }
    }

    /// The guard refused the call.
    pub fn stopped() -> Self {
        Self::new(FailureKind::Stopped, "Stopped before the call was made.")
    }

    /// With the status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// With the time the destination asked to wait.
    #[must_use]
    pub fn with_retry_after_ms(mut self, retry_after_ms: u64) -> Self {
        self.retry_after_ms = Some(retry_after_ms);
        self
    }

    /// With the number of calls made.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// With the JSON body of the answer.
    #[must_use]
    pub fn with_response_body(mut self, body: &str) -> Self {
        self.response_body = Some(tidy(body));
        self
    }

    /// With the text the original's HTTP client would give.
    #[must_use]
    pub fn with_client_message(mut self, message: impl fmt::Display) -> Self {
        self.client_message = Some(tidy(&message.to_string()));
        self
    }

    /// With every text redacted.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor<'_>) -> Self {
        self.message = redactor.redact(&self.message);
        self.response_body = self.response_body.map(|text| redactor.redact(&text));
        self.client_message = self.client_message.map(|text| redactor.redact(&text));
        self
    }

    /// Whether it may pass by itself, so that trying later makes sense. A
    /// nonsensical answer counts: it is mostly a proxy's or a cut connection.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, FailureKind::RateLimited | FailureKind::Transient | FailureKind::Network | FailureKind::Protocol)
    }

    /// Whether no other call with this key to this target can succeed, so that
    /// the rest of a run is not reached.
    pub fn stops_the_run(&self) -> bool {
        matches!(self.kind, FailureKind::Credentials | FailureKind::Forbidden | FailureKind::TargetGone | FailureKind::Stopped)
    }

    /// Whose failure it is.
    pub fn whose(&self) -> Whose {
        match self.kind {
            FailureKind::Credentials | FailureKind::Forbidden | FailureKind::TargetGone | FailureKind::Rejected => {
                Whose::Settings
            }
            FailureKind::RateLimited | FailureKind::Transient | FailureKind::Protocol => Whose::Checkly,
            FailureKind::Network => Whose::Network,
            FailureKind::Stopped => Whose::Ours,
        }
    }

    /// The text clients of the original know from its HTTP client, e.g.
    /// `Request failed with status code 401` (connections and syncs contract,
    /// section 2.6); our own message where there is none.
    pub fn client_message(&self) -> String {
        match (&self.client_message, self.http_status) {
            (Some(text), _) => text.clone(),
            (None, Some(status)) if !(200..300).contains(&status) => {
                format!("Request failed with status code {status}")
            }
            _ => self.message.clone(),
        }
    }

    /// The text of a per-key failure on the wire: the body of the answer if it
    /// was JSON, else the client's message (same contract, section 4.6).
    pub fn wire_message(&self) -> String {
        self.response_body.clone().unwrap_or_else(|| self.client_message())
    }
}

/// `text` on one line, without control characters, at most 1,000 characters.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(character) {
            out.push(character);
        }
    }
    out.trim().chars().take(MESSAGE_LIMIT).collect()
}

/// Characters that reorder or hide the text around them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tidied_and_cut() {
        let failure = Failure::new(FailureKind::Rejected, format!("a\r\n\u{1b}[31m\0b{}", "x".repeat(2000)));
        assert!(failure.message.starts_with("a [31m bx"), "{}", &failure.message[..20]);
        assert_eq!(failure.message.chars().count(), MESSAGE_LIMIT);
    }

    #[test]
    fn client_message_is_the_originals() {
        let failure = Failure::new(FailureKind::Credentials, "no").with_status(401);
        assert_eq!(failure.client_message(), "Request failed with status code 401");
        assert_eq!(failure.wire_message(), "Request failed with status code 401");
        let with_body = failure.with_response_body("{\"message\":\"Bad Token\"}");
        assert_eq!(with_body.wire_message(), "{\"message\":\"Bad Token\"}");
        let odd = Failure::new(FailureKind::Protocol, "not JSON").with_status(200);
        assert_eq!(odd.client_message(), "not JSON");
    }

    #[test]
    fn every_kind_has_an_owner_and_a_fate() {
        let of = |kind| {
            let failure = Failure::new(kind, "");
            (failure.whose(), failure.is_transient(), failure.stops_the_run())
        };
        assert_eq!(of(FailureKind::Credentials), (Whose::Settings, false, true));
        assert_eq!(of(FailureKind::Forbidden), (Whose::Settings, false, true));
        assert_eq!(of(FailureKind::TargetGone), (Whose::Settings, false, true));
        assert_eq!(of(FailureKind::Rejected), (Whose::Settings, false, false));
        assert_eq!(of(FailureKind::RateLimited), (Whose::Checkly, true, false));
        assert_eq!(of(FailureKind::Transient), (Whose::Checkly, true, false));
        assert_eq!(of(FailureKind::Protocol), (Whose::Checkly, true, false));
        assert_eq!(of(FailureKind::Network), (Whose::Network, true, false));
        assert_eq!(of(FailureKind::Stopped), (Whose::Ours, false, true));
    }
}

//! An answer of Checkly, and what a refusal means (Checkly API contract,
//! section 6).

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::{Failure, FailureKind};
use crate::redact::Redactor;

/// Checkly's rate window, waited for when it does not say how long.
const WINDOW: Duration = Duration::from_secs(60);
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// The members in which Checkly explains itself.
const ERROR_MEMBERS: &[&str] = &["statusCode", "error", "message", "errorCode", "validation", "attributes"];
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// Status, the few headers that matter, and the bytes.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) retry_after: Option<Duration>,
    content: Content,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Json,
    Html,
    Other,
    Unsaid,
}

impl Answer {
    pub(super) fn of(status: u16, headers: &HeaderMap) -> Self {
        Self { status, body: Vec::new(), retry_after: retry_after(headers), content: content(headers) }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it can be Checkly's own word, not that of something in between:
    /// JSON or nothing at all.
    pub(super) fn speaks_for_checkly(&self) -> bool {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return self.content != Content::Html;
        }
        matches!(self.content, Content::Json | Content::Unsaid)
            && serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_ok()
    }

    /// The body of a success, or the failure that it is no such thing.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &str) -> Result<T, Failure> {
        if matches!(self.content, Content::Html | Content::Other) {
            return Err(self.nonsense(&format!("{what}, but something that is not JSON")));
        }
        // The parser's own message could quote a piece of the body.
        serde_json::from_slice(&self.body).map_err(|error| {
            self.nonsense(&match error.classify() {
                serde_json::error::Category::Data => {
                    format!("{what}, but JSON of another shape")
                }
                _ => format!("{what}, but broken or cut-off JSON"),
            })
        })
    }

    /// A success that does not make sense.
    pub(super) fn nonsense(&self, instead: &str) -> Failure {
        Failure::new(FailureKind::Protocol, format!("Checkly answered {} without {instead}.", self.status))
            .with_status(self.status)
    }

    /// The failure an answer other than the wanted one stands for; `gone` is
    /// what a 404 means is missing.
    pub(super) fn refusal(&self, redactor: &Redactor<'_>, gone: &str) -> Failure {
        let status = self.status;
        let json = match self.content {
            Content::Html => None,
            _ => serde_json::from_slice::<Value>(&self.body).ok(),
        };
        let said = redactor.redact(&self.text(json.as_ref()));
        let said = if said.is_empty() { "no explanation".to_owned() } else { said };
        let (kind, message) = match status {
            401 => (FailureKind::Credentials, format!("Checkly does not accept the API key (401): {said}")),
            403 => (
                FailureKind::Forbidden,
                format!(
                    "Checkly refuses this to the API key (403): {said}. It asks for the role Read & Write or Admin, in an account the key belongs to."
                ),
            ),
            404 if !self.speaks_for_checkly() => {
                (FailureKind::Protocol, format!("Something answered 404 in Checkly's place: {said}"))
            }
            404 => (
                FailureKind::TargetGone,
                format!("{gone} does not exist at Checkly, or the API key does not reach it (404): {said}"),
            ),
            429 => (FailureKind::RateLimited, format!("Checkly asks to wait, too many calls (429): {said}")),
            300..=399 => (FailureKind::Protocol, format!("Checkly answered with a redirect ({status}), which is not followed.")),
            408 | 500..=599 => (FailureKind::Transient, format!("Checkly is in trouble ({status}): {said}")),
            400..=499 => (FailureKind::Rejected, format!("Checkly refuses this ({status}): {said}")),
            _ => (FailureKind::Protocol, format!("Checkly answered with the unexpected status {status}.")),
        };
        let mut failure = Failure::new(kind, message).with_status(status);
        if let Some(said) = json.and_then(error_members) {
            failure = failure.with_response_body(&redacted(said, redactor).to_string());
        }
        if status == 429 {
            failure = failure.with_retry_after_ms(millis(asked_wait(self)));
        } else if let Some(wait) = self.retry_after {
            failure = failure.with_retry_after_ms(millis(wait));
        }
        failure
    }

    /// What the answer says, out of the four shapes Checkly's own client knows:
    /// message, error, errorCode, and a bare string.
    fn text(&self, json: Option<&Value>) -> String {
        match json {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Object(body)) => {
                let mut text = match (body.get("message"), body.get("error")) {
                    (Some(Value::String(message)), _) if !message.is_empty() => message.clone(),
                    (_, Some(Value::String(error))) => error.clone(),
                    (Some(Value::Null) | None, _) => String::new(),
                    (Some(other), _) => other.to_string(),
                };
                if let Some(Value::String(code)) = body.get("errorCode") {
                    text = format!("{text} [{code}]");
                }
                if let Some(Value::Array(keys)) = body.get("validation").and_then(|v| v.get("keys")) {
                    let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
                    if !keys.is_empty() {
                        text = format!("{text} [{}]", keys.join(", "));
                    }
                }
                text.trim().to_owned()
            }
            Some(_) => String::new(),
            None if self.content == Content::Html => "an HTML page".to_owned(),
            None => String::from_utf8_lossy(&self.body).trim().to_owned(),
        }
    }
}

/// What of an answer is kept: a body that is no error could hold somebody's value.
fn error_members(body: Value) -> Option<Value> {
    match body {
        Value::String(_) => Some(body),
        Value::Object(mut members) => {
            members.retain(|member, _| ERROR_MEMBERS.contains(&member.as_str()));
            (!members.is_empty()).then_some(Value::Object(members))
        }
        _ => None,
    }
}

/// Redacts the texts inside, so that what is left is JSON whatever the secret.
fn redacted(body: Value, redactor: &Redactor<'_>) -> Value {
    match body {
        Value::String(text) => redactor.redact(&text).into(),
        Value::Array(items) => items.into_iter().map(|item| redacted(item, redactor)).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(member, value)| match value {
                Value::Number(_) if member == "statusCode" => (member, value),
                value if ERROR_MEMBERS.contains(&member.as_str()) => (member, redacted(value, redactor)),
                value => (redactor.redact(&member), redacted(value, redactor)),
            })
            .collect(),
        Value::Number(number) => {
            let text = number.to_string();
            let left = redactor.redact(&text);
            if left == text { Value::Number(number) } else { left.into() }
        }
        Value::Null | Value::Bool(_) => body,
    }
}

/// How long a 429 asks to wait; the whole window when it does not say. Never
/// less than a second, so that a zero does not make a storm.
pub(super) fn asked_wait(answer: &Answer) -> Duration {
    answer.retry_after.unwrap_or(WINDOW).clamp(SHORTEST_WAIT, LONGEST_WAIT)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn content(headers: &HeaderMap) -> Content {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Content::Unsaid;
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        Content::Json
    } else if essence == "text/html" || essence == "application/xhtml+xml" {
        Content::Html
    } else {
        Content::Other
    }
}

/// `Retry-After` in seconds, or as a date measured against the answer's own
/// `Date`, so that the clocks need not agree.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = http_date(text)?;
    let now = http_date(headers.get(DATE)?.to_str().ok()?.trim())?;
    Some((until - now).to_std().unwrap_or_default().min(LONGEST_WAIT))
}

fn http_date(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc2822(text).ok()
}

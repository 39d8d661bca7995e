//! Texts: plain, slugs, ids, dates. Lengths count as JavaScript counts them, in UTF-16 units.

use chrono::DateTime;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::codec::{Codec, Map};
use super::sink::Sink;

/// A text.
#[must_use]
pub fn text() -> Text {
    Text { steps: Vec::new() }
}

/// A text that is kept out of logs and wiped from memory after use; bytes as given.
#[must_use]
pub fn secret_text() -> Map<Text, fn(String) -> SecretString> {
    text().map(SecretString::from)
}

enum Step {
    Trim,
    Min(usize),
    Max(usize),
    Email,
    Check(Box<dyn Fn(&str) -> bool>),
}

/// A text and what is asked of it, step by step in the order of the calls.
pub struct Text {
    steps: Vec<(Step, Option<String>)>,
}

impl Text {
    fn with(mut self, step: Step) -> Self {
        self.steps.push((step, None));
        self
    }

    /// Without blanks at both ends.
    #[must_use]
    pub fn trim(self) -> Self {
        self.with(Step::Trim)
    }

    /// At least so many characters.
    #[must_use]
    pub fn min(self, length: usize) -> Self {
        self.with(Step::Min(length))
    }

    /// At most so many characters.
    #[must_use]
    pub fn max(self, length: usize) -> Self {
        self.with(Step::Max(length))
    }

    /// A mail address.
    #[must_use]
    pub fn email(self) -> Self {
        self.with(Step::Email)
    }

    /// A rule of our own; a `custom` issue when it does not hold.
    #[must_use]
    pub fn check(self, holds: impl Fn(&str) -> bool + 'static, message: impl Into<String>) -> Self {
        self.with(Step::Check(Box::new(holds))).message(message)
    }

    /// What to say when the step before does not hold.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        if let Some((_, slot)) = self.steps.last_mut() {
            *slot = Some(message.into());
        }
        self
    }
}

impl Codec for Text {
    type Out = String;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<String> {
        let Some(Value::String(given)) = value else {
            sink.wrong_type("string", value);
            return None;
        };
        let before = sink.len();
        let mut read = given.as_str();
        for (step, message) in &self.steps {
            let issue = match step {
                Step::Trim => {
                    read = trim(read);
                    continue;
                }
                Step::Min(least) if length(read) < *least => too_small(*least, message.as_deref()),
                Step::Max(most) if length(read) > *most => too_big(*most, message.as_deref()),
                Step::Email if !is_email(read) => {
                    let message = message.as_deref().unwrap_or("Invalid email");
                    json!({ "validation": "email", "code": "invalid_string", "message": message })
                }
                Step::Check(holds) if !holds(read) => {
                    json!({ "code": "custom", "message": message.as_deref().unwrap_or("Invalid input") })
                }
                _ => continue,
            };
            sink.push(issue);
        }
        if read.contains('\0') {
            sink.custom(NUL);
        }
        (sink.len() == before).then(|| read.to_owned())
    }

    fn schema(&self) -> Value {
        let mut schema = json!({ "type": "string" });
        for (step, _) in &self.steps {
            match step {
                Step::Min(least) => schema["minLength"] = Value::from(*least),
                Step::Max(most) => schema["maxLength"] = Value::from(*most),
                Step::Email => schema["format"] = Value::from("email"),
                Step::Trim | Step::Check(_) => {}
            }
        }
        schema
    }
}

/// PostgreSQL cannot keep this character in a text.
pub(crate) const NUL: &str = "Text must not contain the NUL character";

pub(crate) fn too_small(least: usize, message: Option<&str>) -> Value {
    let message = message.map_or_else(|| format!("String must contain at least {least} character(s)"), str::to_owned);
    json!({ "code": "too_small", "minimum": least, "type": "string", "inclusive": true, "exact": false, "message": message })
}

pub(crate) fn too_big(most: usize, message: Option<&str>) -> Value {
    let message = message.map_or_else(|| format!("String must contain at most {most} character(s)"), str::to_owned);
    json!({ "code": "too_big", "maximum": most, "type": "string", "inclusive": true, "exact": false, "message": message })
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}')
}

/// One `@`, something on both sides, a dot inside the domain, no blanks.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|letter: char| letter.is_whitespace() || letter == '@');
    let dotted = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    plain(local) && plain(domain) && dotted
}

/// A slug (connections and syncs, section 1.4): lower-case letters, digits and single hyphens between them.
#[must_use]
pub fn slug(min: usize, max: usize) -> Slug {
    Slug { min, max, field: None }
}

/// See [`slug`].
pub struct Slug {
    min: usize,
    max: usize,
    field: Option<&'static str>,
}

impl Slug {
    /// The name that messages begin with; otherwise the field's own.
    #[must_use]
    pub fn field(mut self, name: &'static str) -> Self {
        self.field = Some(name);
        self
    }
}

impl Codec for Slug {
    type Out = String;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<String> {
        let field = self.field.unwrap_or_else(|| sink.field()).to_owned();
        let unit = |count: usize| if count == 1 { "character" } else { "characters" };
        let (min, max) = (self.min, self.max);
        text()
            .trim()
            .min(min)
            .message(format!("{field} field must be at least {min} lowercase {}", unit(min)))
            .max(max)
            .message(format!("{field} field must be at most {max} lowercase {}", unit(max)))
            .check(is_slug, format!("{field} field can only contain lowercase letters, numbers, and hyphens"))
            .decode(value, sink)
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "minLength": self.min, "maxLength": self.max, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" })
    }
}

fn is_slug(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.is_empty() || text.split('-').all(plain)
}

/// A UUID in its hyphenated form.
#[must_use]
pub fn uuid() -> UuidCodec {
    UuidCodec
}

/// See [`uuid`].
pub struct UuidCodec;

impl Codec for UuidCodec {
    type Out = Uuid;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<Uuid> {
        let Some(Value::String(given)) = value else {
            sink.wrong_type("string", value);
            return None;
        };
        let read = Uuid::try_parse(given).ok().filter(|_| given.len() == 36);
        if read.is_none() {
            sink.push(json!({ "validation": "uuid", "code": "invalid_string", "message": "Invalid uuid" }));
        }
        read
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "format": "uuid" })
    }
}

/// A moment in RFC 3339, as milliseconds since the Unix epoch.
#[must_use]
pub fn datetime() -> DateTimeCodec {
    DateTimeCodec
}

/// See [`datetime`].
pub struct DateTimeCodec;

impl Codec for DateTimeCodec {
    type Out = i64;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<i64> {
        let Some(Value::String(given)) = value else {
            sink.wrong_type("string", value);
            return None;
        };
        let read = DateTime::parse_from_rfc3339(given).ok().map(|moment| moment.timestamp_millis());
        if read.is_none() {
            sink.push(json!({ "code": "invalid_string", "validation": "datetime", "message": "Invalid datetime" }));
        }
        read
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "format": "date-time" })
    }
}

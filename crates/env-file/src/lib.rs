//! Files of `KEY=value` lines: a pure parser that loses nothing silently, and the writer it understands.
//!
//! Values never appear in messages, and neither does text that may be part of one.

mod json;
mod parse;
mod scan;
#[cfg(test)]
mod tests;
mod write;

use secrecy::{ExposeSecret as _, SecretString};

pub use json::parse_json;
pub use parse::{parse, parse_bytes};
pub use write::{Line, Written, write};

/// Largest file read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Most keys read from a file.
pub const MAX_KEYS: usize = 10_000;

/// What a file holds.
#[derive(Debug, Default)]
pub struct EnvFile {
    /// One entry a key, in the order of the lines that count.
    pub entries: Vec<Entry>,
    /// Lines that are no entries, by line.
    pub issues: Vec<Issue>,
    /// Keys that occur more than once, by key; the last occurrence is the entry.
    pub duplicates: Vec<Duplicate>,
}

impl EnvFile {
    /// Keys whose value is empty, in the order of the entries.
    pub fn empty_keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| entry.is_empty()).map(|entry| entry.key.as_str())
    }
}

/// A key and its value.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The value, without quotes and with escapes resolved.
    pub value: SecretString,
    /// The comment lines directly above, then the comment behind the value; without `#`.
    pub comment: Option<String>,
    /// Line of the key, from 1.
    pub line: usize,
    /// Whether the value holds text that would resolve as a reference, such as `${KEY}`.
    pub has_reference: bool,
}

impl Entry {
    /// Whether the value is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.expose_secret().is_empty()
    }
}

/// A key that occurs more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// All its lines, from 1, in order; the last one counts.
    pub lines: Vec<usize>,
}

/// A line, or a run of lines, that is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// First line, from 1.
    pub line: usize,
    /// Last line; the same for a single one.
    pub last_line: usize,
    /// What kind of finding.
    pub kind: IssueKind,
}

impl Issue {
    /// What is wrong and the way out, for people.
    #[must_use]
    pub fn message(&self) -> &'static str {
        self.kind.message()
    }
}

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// Neither `=` nor `:` on the line.
    NoSeparator,
    /// Nothing before the separator.
    NoKey,
    /// The text before the separator cannot be a key.
    InvalidKey,
    /// A quote opens and never closes.
    UnclosedQuote,
    /// Something other than a comment follows the closing quote.
    TextAfterQuote,
    /// A NUL byte.
    ControlCharacter,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// No JSON object.
    NotJson,
    /// A list or object inside a JSON object.
    Nested,
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// More than [`MAX_KEYS`]; the rest is not read.
    TooManyKeys,
}

impl IssueKind {
    /// A stable word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSeparator => "no_separator",
            Self::NoKey => "no_key",
            Self::InvalidKey => "invalid_key",
            Self::UnclosedQuote => "unclosed_quote",
            Self::TextAfterQuote => "text_after_quote",
            Self::ControlCharacter => "control_character",
            Self::NotUtf8 => "not_utf8",
            Self::NotJson => "not_json",
            Self::Nested => "nested",
            Self::TooLarge => "too_large",
            Self::TooManyKeys => "too_many_keys",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::NoSeparator => "There is no \"=\" or \":\" on this line. Write KEY=value.",
            Self::NoKey => "There is no key before the separator. Write KEY=value.",
            Self::InvalidKey => {
                "The text before the separator cannot be a key: keys hold no blanks, quotes, colons, slashes or \"#\"."
            }
            Self::UnclosedQuote => "A quote opens on this line and never closes.",
            Self::TextAfterQuote => {
                "Only a comment may follow the closing quote. Escape quotes inside the value, or quote it otherwise."
            }
            Self::ControlCharacter => "There is a NUL character on this line.",
            Self::NotUtf8 => "There are bytes that are no UTF-8 on this line. Save the file as UTF-8.",
            Self::NotJson => "This is not one JSON object of names and texts.",
            Self::Nested => "Lists and objects inside the object cannot be secrets.",
            Self::TooLarge => "The file is larger than 1 MiB.",
            Self::TooManyKeys => "There are more than 10,000 keys; nothing is read from here on.",
        }
    }
}

/// Whether the text may be a key in a file. Secrets may have more names than a file can tell apart from values.
#[must_use]
pub fn is_key(text: &str) -> bool {
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '=' | ':' | '/' | '#' | '"' | '\'' | '`' | '\u{feff}'))
}

/// Whether the value holds `${…}` with a name that a reference can have (core API contract 10.8).
fn has_reference(value: &str) -> bool {
    value.match_indices("${").any(|(at, _)| {
        let inner = &value[at + 2..];
        inner.find('}').is_some_and(|end| {
            end > 0 && inner[..end].bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'))
        })
    })
}

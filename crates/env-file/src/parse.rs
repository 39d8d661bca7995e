//! From text to entries.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::scan::{Scanned, comment_text, split_line, value};
use super::{Duplicate, Entry, EnvFile, Issue, IssueKind, MAX_BYTES, MAX_KEYS, has_reference, is_key};

/// Like [`parse`], of bytes as they were uploaded. Bytes that are no UTF-8 make the file unreadable, with the line named.
#[must_use]
pub fn parse_bytes(bytes: &[u8]) -> EnvFile {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(_) if bytes.len() > MAX_BYTES => unreadable(1, IssueKind::TooLarge),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            unreadable(1 + before.iter().filter(|b| **b == b'\n').count(), IssueKind::NotUtf8)
        }
    }
}

/// Reads a file; never fails, and tells every line it could not read.
///
/// `export KEY=value`, `KEY=value` or `KEY: value`; single quotes and backticks are literal, double quotes know `\n`, `\r`, `\t`,
/// `\"`, `\\` and `\$`, all three may span lines; without quotes blanks at the end go and `#` begins a comment only behind a
/// blank. Of a key that occurs again, the last line counts.
#[must_use]
pub fn parse(text: &str) -> EnvFile {
    if text.len() > MAX_BYTES {
        return unreadable(1, IssueKind::TooLarge);
    }
    let mut reader = Reader::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    while !reader.rest.is_empty() {
        reader.next();
    }
    reader.finish()
}

fn unreadable(line: usize, kind: IssueKind) -> EnvFile {
    EnvFile { issues: vec![Issue { line, last_line: line, kind }], ..EnvFile::default() }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// Comment lines directly above.
    above: Vec<&'a str>,
    entries: Vec<Entry>,
    issues: Vec<Issue>,
    lines_of: BTreeMap<String, Vec<usize>>,
}

impl<'a> Reader<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest, line: 1, above: Vec::new(), entries: Vec::new(), issues: Vec::new(), lines_of: BTreeMap::new() }
    }

    /// Reads one line, or as many as a quoted value takes.
    fn next(&mut self) {
        let (line, after) = split_line(self.rest);
        let trimmed = line.trim_matches([' ', '\t']);
        if trimmed.is_empty() {
            self.above.clear();
            return self.go_on(after);
        }
        if trimmed.starts_with('#') {
            self.above.push(comment_text(line.trim_start_matches([' ', '\t'])));
            return self.go_on(after);
        }
        match key_of(line) {
            Ok((key, at)) => self.value(key, at, after),
            Err(kind) => self.refuse(kind, after),
        }
    }

    /// Reads the value that begins `at` bytes into the rest.
    fn value(&mut self, key: &'a str, at: usize, after_line: &'a str) {
        let whole: &'a str = self.rest;
        match value(&whole[at..]) {
            Scanned::Value { .. } if self.lines_of.len() >= MAX_KEYS && !self.lines_of.contains_key(key) => {
                self.issues.push(Issue { line: self.line, last_line: self.line, kind: IssueKind::TooManyKeys });
                self.rest = "";
            }
            Scanned::Value { value, .. } if value.contains('\0') => self.refuse(IssueKind::ControlCharacter, after_line),
            Scanned::Value { value, comment, rest } => {
                let mut lines = std::mem::take(&mut self.above);
                lines.extend(comment);
                let comment = Some(lines.join("\n")).filter(|text| !text.is_empty());
                self.lines_of.entry(key.to_owned()).or_default().push(self.line);
                self.entries.push(Entry {
                    key: key.to_owned(),
                    has_reference: has_reference(&value),
                    value: SecretString::from(value),
                    comment,
                    line: self.line,
                });
                self.go_on(rest);
            }
            // The quote may just be stray: the lines after it deserve to be read.
            Scanned::Unclosed => self.refuse(IssueKind::UnclosedQuote, after_line),
            // The lines up to the closing quote may be part of a value and must not be taken for keys.
            Scanned::TextAfterQuote { rest } => self.refuse(IssueKind::TextAfterQuote, rest),
        }
    }

    fn refuse(&mut self, kind: IssueKind, rest: &'a str) {
        self.above.clear();
        let line = self.line;
        let consumed = &self.rest[..self.rest.len() - rest.len()];
        let last_line = line + consumed.matches('\n').count();
        self.issues.push(Issue { line, last_line, kind });
        self.go_on(rest);
    }

    /// Continues behind the line break that `rest` begins with.
    fn go_on(&mut self, rest: &'a str) {
        let rest = rest.strip_prefix('\n').unwrap_or(rest);
        let consumed = &self.rest[..self.rest.len() - rest.len()];
        self.line += consumed.matches('\n').count();
        self.rest = rest;
    }

    fn finish(self) -> EnvFile {
        let Self { mut entries, issues, lines_of, .. } = self;
        entries.retain(|entry| lines_of.get(&entry.key).and_then(|lines| lines.last()) == Some(&entry.line));
        let duplicates =
            lines_of.into_iter().filter(|(_, lines)| lines.len() > 1).map(|(key, lines)| Duplicate { key, lines }).collect();
        EnvFile { entries, issues, duplicates }
    }
}

/// The key of a line, and where its value begins.
fn key_of(line: &str) -> Result<(&str, usize), IssueKind> {
    let at = line.find('=').or_else(|| line.find(':')).ok_or(IssueKind::NoSeparator)?;
    let mut key = line[..at].trim_matches([' ', '\t']);
    if let Some(rest) = key.strip_prefix("export")
        && rest.starts_with([' ', '\t'])
    {
        key = rest.trim_start_matches([' ', '\t']);
    }
    match key {
        "" => Err(IssueKind::NoKey),
        key if is_key(key) => Ok((key, at + 1)),
        _ => Err(IssueKind::InvalidKey),
    }
}

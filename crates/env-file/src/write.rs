//! From entries to text.

use secrecy::{ExposeSecret as _, SecretString};

use super::is_key;

/// One secret to write.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The key.
    pub key: &'a str,
    /// The value.
    pub value: &'a SecretString,
    /// Written above the key, as many lines as it has.
    pub comment: Option<&'a str>,
}

/// A file, and what it could not hold.
#[derive(Debug)]
pub struct Written {
    /// The file's text, with `\n` line ends.
    pub text: SecretString,
    /// Keys that a file cannot hold, such as those with blanks.
    pub skipped: Vec<String>,
}

/// Writes a file that [`super::parse`] reads back as the same keys, values and comments. Values are quoted where they need it.
#[must_use]
pub fn write<'a>(lines: impl IntoIterator<Item = Line<'a>>) -> Written {
    let mut text = String::new();
    let mut skipped = Vec::new();
    for line in lines {
        if !is_key(line.key) {
            skipped.push(line.key.to_owned());
            continue;
        }
        if let Some(comment) = line.comment.filter(|comment| !comment.is_empty()) {
            for part in comment.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
                text.push_str("# ");
                text.push_str(part);
                text.push('\n');
            }
        }
        text.push_str(line.key);
        text.push('=');
        push_value(&mut text, line.value.expose_secret());
        text.push('\n');
    }
    Written { text: SecretString::from(text), skipped }
}

fn push_value(text: &mut String, value: &str) {
    if value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@%+,-=?&".contains(&b)) {
        text.push_str(value);
        return;
    }
    text.push('"');
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' | '\\' | '$' => {
                text.push('\\');
                text.push(c);
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

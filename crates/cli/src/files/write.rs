//! Writing secrets in a format.

use keyferry_env_file::{self as env_file, is_key};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::Format;
use crate::secrets::Pair;

/// A file's text, and what it could not hold.
pub struct Written {
    /// The text.
    pub text: SecretString,
    /// Keys that do not fit into the format.
    pub left_out: Vec<String>,
}

/// Writes the pairs.
pub fn write(format: Format, pairs: &[Pair]) -> Written {
    match format {
        Format::Dotenv => {
            let lines = pairs.iter().map(|p| env_file::Line { key: &p.key, value: &p.value, comment: p.comment.as_deref() });
            let written = env_file::write(lines);
            Written { text: written.text, left_out: written.skipped }
        }
        Format::DotenvExport => {
            lines(pairs, is_variable, |key, value| format!("export {key}='{}'", value.replace('\'', "'\\''")))
        }
        // A text of JSON is one of YAML too, but for characters that YAML wants spelt out.
        Format::Yaml => lines(pairs, is_key, |key, value| format!("{}: {}", quoted(key), quoted(value))),
        Format::Json => {
            let map: serde_json::Map<String, Value> =
                pairs.iter().map(|pair| (pair.key.clone(), Value::from(pair.value.expose_secret()))).collect();
            Written { text: SecretString::from(format!("{:#}\n", Value::Object(map))), left_out: Vec::new() }
        }
        Format::Csv => {
            let mut written = lines(pairs, |_| true, |key, value| format!("{},{}", csv(key), csv(value)));
            written.text = SecretString::from(format!("key,value\n{}", written.text.expose_secret()));
            written
        }
    }
}

fn lines(pairs: &[Pair], fits: impl Fn(&str) -> bool, line: impl Fn(&str, &str) -> String) -> Written {
    let (mut text, mut left_out) = (String::new(), Vec::new());
    for pair in pairs {
        if fits(&pair.key) {
            text.push_str(&line(&pair.key, pair.value.expose_secret()));
            text.push('\n');
        } else {
            left_out.push(pair.key.clone());
        }
    }
    Written { text: SecretString::from(text), left_out }
}

/// What a shell takes as a name: anything else could be a command.
fn is_variable(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_') && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Double-quoted; whatever is not plainly printable is spelt out.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A field of RFC 4180.
fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text != text.trim() {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::pair;
    use super::*;

    fn text(format: Format, pairs: &[Pair]) -> String {
        write(format, pairs).text.expose_secret().to_owned()
    }

    #[test]
    fn a_shell_reads_its_lines_back() {
        let pairs = [pair("A", "it's $HOME \"x\"\n`id`"), pair("B", "")];
        let script = format!("{}printf '%s|%s' \"$A\" \"$B\"", text(Format::DotenvExport, &pairs));
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "it's $HOME \"x\"\n`id`|");
    }

    #[test]
    fn keys_that_a_format_cannot_hold_are_named() {
        let pairs = [pair("A;rm", "x"), pair("a b", "y"), pair("OK", "z")];
        let written = write(Format::DotenvExport, &pairs);
        assert_eq!(written.left_out, ["A;rm", "a b"]);
        assert_eq!(written.text.expose_secret(), "export OK='z'\n");
        assert_eq!(write(Format::Json, &pairs).left_out.len(), 0);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let pairs = [pair("A", "x,\"y\"\nz"), pair("B", "plain")];
        assert_eq!(text(Format::Csv, &pairs), "key,value\nA,\"x,\"\"y\"\"\nz\"\nB,plain\n");
    }
}

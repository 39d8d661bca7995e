//! Takes secrets out of text that came from outside, such as the error answer
//! of a destination that echoes what it was sent.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

const PLACEHOLDER: &str = "[redacted]";
/// Runs of this many bytes out of a longer secret are taken out as well, so
/// that a cut, wrapped or prefixed echo does not get through.
const WINDOW: usize = 12;
/// Bytes of a text that are looked at; the rest is dropped unseen.
const TEXT_LIMIT: usize = 8 * 1024;

/// A set of secrets to take out of texts, in the forms in which services echo:
/// as they are, JSON-escaped, percent-encoded, base64, hex, HTML-escaped.
#[derive(Clone, Default)]
pub struct Redactor<'a> {
    secrets: Vec<&'a SecretString>,
}

impl<'a> Redactor<'a> {
    /// A redactor for `secrets`; empty ones are ignored.
    pub fn new(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        Self { secrets: secrets.into_iter().filter(|secret| !secret.expose_secret().is_empty()).collect() }
    }

    /// The first 8 KiB of `text` with every occurrence replaced by
    /// `[redacted]`. Letter case and backslashes are ignored, which covers
    /// quoting at any depth. The forms are made only here, as errors are rare.
    pub fn redact(&self, text: &str) -> String {
        let whole = text.len() <= TEXT_LIMIT;
        let text = &text[..text.floor_char_boundary(TEXT_LIMIT)];
        let folded = Folded::of(text);
        let index = Index::of(&folded.bytes);
        let mut hidden = vec![false; text.len()];
        for secret in &self.secrets {
            for form in forms(secret.expose_secret()) {
                let form = Folded::of(&form).bytes;
                index.find(&form, |at, length| {
                    let (first, last) = (folded.places[at], folded.places[at + length - 1]);
                    hidden[first..=last].fill(true);
                });
            }
        }
        // The piece of a secret that the cut left at the end may be too short
        // to be recognized.
        let end = if whole {
            text.len()
        } else {
            let last = folded.places.len().saturating_sub(WINDOW);
            folded.places.get(last).copied().unwrap_or_default()
        };
        let mut out = String::with_capacity(end);
        let mut hiding = false;
        for (at, character) in text.char_indices().take_while(|(at, _)| *at < end) {
            if hidden[at..at + character.len_utf8()].contains(&true) {
                if !hiding {
                    out.push_str(PLACEHOLDER);
                }
                hiding = true;
            } else {
                out.push(character);
                hiding = false;
            }
        }
        out
    }
}

/// A text in lower case and without backslashes, and where its bytes came from.
struct Folded {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let (places, bytes) =
            text.bytes().enumerate().filter(|(_, byte)| *byte != b'\\').map(|(at, byte)| (at, byte.to_ascii_lowercase())).unzip();
        Self { bytes, places }
    }
}

/// Every run of `WINDOW` bytes of a text. Secrets can be long and many, so a
/// small filter keeps most of their runs from being looked up.
struct Index<'a> {
    text: &'a [u8],
    runs: HashMap<&'a [u8], Vec<usize>>,
    filter: Vec<bool>,
}

impl<'a> Index<'a> {
    fn of(text: &'a [u8]) -> Self {
        let mut index = Self { text, runs: HashMap::new(), filter: vec![false; 1 << 16] };
        for (at, run) in text.windows(WINDOW).enumerate() {
            index.runs.entry(run).or_default().push(at);
            index.filter[Self::slot(run)] = true;
        }
        index
    }

    fn slot(run: &[u8]) -> usize {
        run[..4].iter().fold(0, |slot: usize, byte| slot * 31 + usize::from(*byte)) & 0xffff
    }

    /// Calls `found` with place and length of every piece of `form` in the
    /// text; of a short form only the whole counts.
    fn find(&self, form: &[u8], mut found: impl FnMut(usize, usize)) {
        if form.is_empty() {
            return;
        }
        if form.len() < WINDOW {
            for (at, run) in self.text.windows(form.len()).enumerate() {
                if run == form {
                    found(at, form.len());
                }
            }
            return;
        }
        for run in form.windows(WINDOW) {
            if self.filter[Self::slot(run)]
                && let Some(places) = self.runs.get(run)
            {
                for at in places {
                    found(*at, WINDOW);
                }
            }
        }
    }
}

fn forms(secret: &str) -> Vec<String> {
    let json = json_inner(secret);
    let mut forms = vec![
        secret.to_owned(),
        ascii_escaped(secret),
        json,
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        lightly_percent_encoded(secret),
        lightly_percent_encoded(secret).replace("%20", "+"),
        hex::encode(secret),
        html_escaped(secret),
    ];
    for offset in 0..3 {
        let mut shifted = vec![0; offset];
        shifted.extend_from_slice(secret.as_bytes());
        // The first and last characters of a group mix with the neighbours'
        // bits when the secret stands inside a longer text.
        let skip = [0, 2, 3][offset];
        for encoded in [STANDARD.encode(&shifted), URL_SAFE.encode(&shifted)] {
            let inner = encoded.trim_end_matches('=');
            let end = if inner.len() == encoded.len() { inner.len() } else { inner.len() - 1 };
            if let Some(form) = inner.get(skip..end)
                && form.len() >= WINDOW / 2
            {
                forms.push(form.to_owned());
            }
            if offset == 0 {
                forms.push(encoded);
            }
        }
    }
    // A secret of several lines may come back one line at a time.
    forms.extend(
        secret.lines().map(str::trim).filter(|line| line.len() >= WINDOW / 2 && line.len() < secret.len()).map(str::to_owned),
    );
    forms
}

fn json_inner(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted).to_owned()
}

fn ascii_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in json_inner(text).chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _infallible = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn lightly_percent_encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(secret: &str, text: &str) -> String {
        let secret = SecretString::from(secret);
        Redactor::new([&secret]).redact(text)
    }

    #[test]
    fn every_form_goes() {
        let secret = "p@ss \"wörd\"/1\n<&'>";
        for form in forms(secret) {
            let text = redact(secret, &format!("value {form} is not allowed"));
            assert!(!text.contains(&form), "{form:?} left in {text:?}");
            assert!(text.contains(PLACEHOLDER), "{form:?} in {text:?}");
        }
    }

    #[test]
    fn echoes_inside_base64_go_at_every_offset() {
        for prefix in ["", "a", "ab", "abc"] {
            let encoded = STANDARD.encode(format!("{prefix}canary-0123456789-canary:tail"));
            let text = redact("canary-0123456789-canary", &encoded);
            assert!(text.contains(PLACEHOLDER), "{text}");
            assert!(text.len() < 24, "{text}");
        }
    }

    #[test]
    fn a_cut_echo_goes() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyz";
        assert_eq!(redact(secret, "bad: 0123456789abcdef..."), "bad: [redacted]...");
        assert_eq!(redact(secret, "bad: ...MNOPQRSTUVWXYZ"), "bad: ...[redacted]");
    }

    #[test]
    fn single_lines_of_a_key_go() {
        let secret = "-----BEGIN KEY-----\nMIIabc\nQUJDREVG\n-----END KEY-----";
        assert_eq!(redact(secret, "line MIIabc, QUJDREVG"), "line [redacted], [redacted]");
    }

    #[test]
    fn quoting_of_any_depth_goes() {
        let secret = "one \"two\"\nthree";
        let mut text = secret.to_owned();
        for _ in 0..4 {
            text = serde_json::Value::from(text).to_string();
            let left = redact(secret, &text);
            assert!(!left.contains("one") && !left.contains("three"), "{left}");
        }
    }

    #[test]
    fn a_long_text_is_cut_without_leaving_a_piece() {
        let secret = "0123456789abcdef";
        for shift in 0..40 {
            let text = format!("{}{}", "-".repeat(shift), secret.repeat(2000));
            let left = redact(secret, &text);
            assert_eq!(left.trim_start_matches('-'), PLACEHOLDER, "{shift}");
        }
    }

    #[test]
    fn short_secrets_and_repeats_go_and_the_placeholder_stays_whole() {
        assert_eq!(redact("e", "eel"), "[redacted]l");
        assert_eq!(redact("ä", "xäy"), "x[redacted]y");
        assert_eq!(redact("", "plain"), "plain");
        assert_eq!(redact("secret", ""), "");
    }
}

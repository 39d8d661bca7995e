//! Files that are one flat YAML mapping of names and scalars, each scalar taken as the text it was written as.

use keyferry_env_file::{Duplicate, Entry, EnvFile, Issue, IssueKind, is_key};
use secrecy::SecretString;
use yaml_rust2::Event;
use yaml_rust2::parser::{MarkedEventReceiver, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

/// Reads a file.
///
/// # Errors
/// When it is no YAML.
pub fn parse(text: &str) -> anyhow::Result<EnvFile> {
    let mut reader = Reader::default();
    let mut parser = Parser::new_from_str(text);
    // The library's own message may quote what it read.
    parser.load(&mut reader, true).map_err(|error| anyhow::anyhow!("line {} is not valid YAML", error.marker().line()))?;
    Ok(reader.file)
}

#[derive(Default)]
struct Reader {
    file: EnvFile,
    depth: usize,
    documents: usize,
    /// The document is no mapping, which was told; what it holds does not matter.
    is_other: bool,
    key: Option<(String, usize)>,
}

impl Reader {
    fn issue(&mut self, line: usize, kind: IssueKind) {
        self.file.issues.push(Issue { line, last_line: line, kind });
    }

    /// A list, a mapping or an alias where a text should be.
    fn nested(&mut self, line: usize) {
        if self.depth == 0 {
            self.is_other = true;
            self.issue(line, IssueKind::NotJson);
        } else if self.depth == 1 && !self.is_other {
            self.key = None;
            self.issue(line, IssueKind::Nested);
        }
    }

    fn scalar(&mut self, text: String, is_plain: bool, line: usize) {
        match self.depth {
            _ if self.is_other => {}
            0 if text.is_empty() => {}
            0 => self.issue(line, IssueKind::NotJson),
            1 => match self.key.take() {
                None => self.key = Some((text, line)),
                Some((key, line)) => self.entry(key, text, is_plain, line),
            },
            _ => {}
        }
    }

    fn entry(&mut self, key: String, text: String, is_plain: bool, line: usize) {
        if !is_key(&key) {
            return self.issue(line, IssueKind::InvalidKey);
        }
        let value = if is_plain && matches!(text.as_str(), "~" | "null" | "Null" | "NULL") { String::new() } else { text };
        if value.contains('\0') {
            return self.issue(line, IssueKind::ControlCharacter);
        }
        let has_reference = value.contains("${");
        let entry = Entry { key, value: SecretString::from(value), comment: None, line, has_reference };
        if let Some(before) = self.file.entries.iter_mut().find(|before| before.key == entry.key) {
            self.file.duplicates.push(Duplicate { key: entry.key.clone(), lines: vec![before.line, line] });
            *before = entry;
        } else {
            self.file.entries.push(entry);
        }
    }
}

impl MarkedEventReceiver for Reader {
    fn on_event(&mut self, event: Event, mark: Marker) {
        let line = mark.line();
        match event {
            Event::DocumentStart => {
                self.documents += 1;
                if self.documents == 2 {
                    self.issue(line, IssueKind::NotJson);
                }
            }
            Event::MappingStart(..) => {
                if self.depth == 0 {
                    self.depth = 1;
                } else {
                    self.nested(line);
                    self.depth += 1;
                }
            }
            Event::SequenceStart(..) => {
                self.nested(line);
                self.depth += 1;
            }
            Event::MappingEnd | Event::SequenceEnd => self.depth -= 1,
            Event::Alias(_) => self.nested(line),
            Event::Scalar(text, style, ..) => self.scalar(text, style == TScalarStyle::Plain, line),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let file = parse(text).unwrap();
        assert_eq!(file.issues, []);
        file.entries.into_iter().map(|entry| (entry.key, entry.value.expose_secret().to_owned())).collect()
    }

    #[test]
    fn scalars_keep_the_text_they_were_written_as() {
        let text = "# secrets\nA: x\nPORT: 0123\nVERSION: 1.10\nON: yes\nNONE:\nNULL: ~\nQ: '~'\nBLOCK: |\n  one\n  two\n\"D\": \"a\\u0001\\n\"\n";
        let wanted = [
            ("A", "x"),
            ("PORT", "0123"),
            ("VERSION", "1.10"),
            ("ON", "yes"),
            ("NONE", ""),
            ("NULL", ""),
            ("Q", "~"),
            ("BLOCK", "one\ntwo\n"),
            ("D", "a\u{1}\n"),
        ];
        assert_eq!(read(text), wanted.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(read(""), []);
    }

    #[test]
    fn what_is_no_pair_is_told() {
        let kinds = |text: &str| parse(text).unwrap().issues.iter().map(|issue| issue.kind).collect::<Vec<_>>();
        assert_eq!(kinds("- a\n- b: c\n"), [IssueKind::NotJson]);
        assert_eq!(kinds("A:\n  B: c\n  D: [e]\nF: g\n"), [IssueKind::Nested]);
        assert_eq!(kinds("A: [b, c]\n"), [IssueKind::Nested]);
        assert_eq!(kinds("a b: c\n"), [IssueKind::InvalidKey]);
        assert_eq!(kinds("A: &x 1\nB: *x\n"), [IssueKind::Nested]);
        assert!(parse("A: \"unclosed s3cret").unwrap_err().to_string().starts_with("line "));
        let file = parse("A: 1\nA: 2\n").unwrap();
        assert_eq!((file.duplicates.len(), file.entries[0].value.expose_secret()), (1, "2"));
    }
}

//! Files of secrets: which formats there are, and reading them.

mod write;
mod yaml;

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use keyferry_env_file::{self as env_file, EnvFile};
#[cfg(test)]
use secrecy::{ExposeSecret as _, SecretString};

use crate::secrets::Pair;
use crate::terminal::tell;
pub use write::write;

/// How often a finding is told before it is only counted.
const TOLD: usize = 10;

/// Formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines of `KEY=value`, quoted where needed.
    #[value(alias = "env")]
    Dotenv,
    /// Lines of `export KEY='value'` for a shell.
    DotenvExport,
    /// One object of keys and values.
    Json,
    /// Lines of `KEY: "value"`.
    #[value(alias = "yml")]
    Yaml,
    /// `key,value` under a header; cannot be imported.
    Csv,
}

impl Format {
    /// By the ending of a file's name.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Self::Json,
            Some("yaml" | "yml") => Self::Yaml,
            Some("csv") => Self::Csv,
            Some("sh") => Self::DotenvExport,
            _ => Self::Dotenv,
        }
    }
}

/// The pairs of a file; `-` is standard input. A file with a line that is no pair is refused as a whole, with every such line told:
/// what was left out could be a secret somebody counts on.
///
/// # Errors
/// When it cannot be read, or holds something else.
pub fn read_pairs(path: &Path, format: Option<Format>) -> anyhow::Result<Vec<Pair>> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).context("cannot read standard input")?;
        bytes
    } else {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?
    };
    parse(bytes, format.unwrap_or_else(|| Format::of(path))).with_context(|| path.display().to_string())
}

fn parse(bytes: Vec<u8>, format: Format) -> anyhow::Result<Vec<Pair>> {
    let file = match format {
        Format::Dotenv | Format::DotenvExport => env_file::parse_bytes(&bytes),
        Format::Json => env_file::parse_json(&utf8(bytes)?),
        Format::Yaml => yaml::parse(&utf8(bytes)?)?,
        Format::Csv => bail!("CSV cannot be imported; use .env, JSON or YAML"),
    };
    refuse_issues(&file)?;
    for duplicate in &file.duplicates {
        let lines: Vec<String> = duplicate.lines.iter().map(ToString::to_string).collect();
        tell(format_args!("{} is on lines {}; the last one counts", duplicate.key, lines.join(", ")));
    }
    let pair = |entry: env_file::Entry| Pair { key: entry.key, value: entry.value, comment: entry.comment };
    Ok(file.entries.into_iter().map(pair).collect())
}

fn utf8(bytes: Vec<u8>) -> anyhow::Result<String> {
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("the file is no UTF-8 text"))
}

fn refuse_issues(file: &EnvFile) -> anyhow::Result<()> {
    for issue in file.issues.iter().take(TOLD) {
        tell(format_args!("line {}: {}", issue.line, issue.message()));
    }
    match file.issues.len() {
        0 => Ok(()),
        1 => bail!("1 line cannot be read; nothing was changed"),
        many => bail!("{many} lines cannot be read; nothing was changed"),
    }
}

/// A value by the format's own rules equals what was written.
#[cfg(test)]
fn values(pairs: &[Pair]) -> Vec<(&str, &str)> {
    pairs.iter().map(|pair| (pair.key.as_str(), pair.value.expose_secret())).collect()
}

/// Nothing to say about it.
#[cfg(test)]
fn pair(key: &str, value: &str) -> Pair {
    Pair { key: key.to_owned(), value: SecretString::from(value), comment: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &[(&str, &str)] = &[
        ("PLAIN", "x"),
        ("EMPTY", ""),
        ("QUOTES", "a \"b\" 'c' `d` \\ $HOME ${REF} #no"),
        ("LINES", "one\ntwo\r\n\tthree\n"),
        ("UNICODE", "schön 🔑 \u{2028} 零"),
        ("YES", "yes"),
        ("NUMBER", "0123"),
        ("TILDE", "~"),
        ("COLON", "a: b - c"),
        ("CONTROL", "\u{1}\u{7f}\u{85}"),
    ];

    #[test]
    fn every_format_that_can_be_read_loses_nothing() {
        let pairs: Vec<Pair> = NASTY.iter().map(|(key, value)| pair(key, value)).collect();
        for format in [Format::Dotenv, Format::Json, Format::Yaml] {
            let written = write(format, &pairs);
            assert_eq!(written.left_out, Vec::<String>::new());
            let read = parse(written.text.expose_secret().as_bytes().to_vec(), format).unwrap();
            let mut read = values(&read);
            let mut wanted = NASTY.to_vec();
            read.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(read, wanted, "{format:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_stops_everything_and_shows_no_value() {
        let error = format!("{:#}", parse(b"A=1\ns3cret line\n".to_vec(), Format::Dotenv).unwrap_err());
        assert!(error.contains("1 line") && !error.contains("s3cret"), "{error}");
        for (text, format) in
            [("[1]", Format::Json), ("- s3cret", Format::Yaml), ("a: {s3cret: b}", Format::Yaml), ("a", Format::Csv)]
        {
            let error = format!("{:#}", parse(text.into(), format).unwrap_err());
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_ending_of_the_name_tells_the_format() {
        let of = |name: &str| Format::of(Path::new(name));
        assert_eq!(
            [of(".env"), of("a.env.prod"), of("a.json"), of("a.yml")],
            [Format::Dotenv, Format::Dotenv, Format::Json, Format::Yaml]
        );
    }
}

//! Secrets as a file, in the formats that other tools read.

use askama::Template;
use axum::response::IntoResponse as _;
use http::header;
use keyferry_domain::secrets::{ListInput, Secret, list};
use keyferry_domain::{Error, Result, env_file};
use secrecy::{ExposeSecret as _, SecretString};

use super::spot::Spot;
use crate::form::{Fields, Form};
use crate::text::plural;
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit};

/// A format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Env,
    Shell,
    Json,
    Yaml,
    Docker,
}

impl Format {
    const ALL: [Self; 5] = [Self::Env, Self::Shell, Self::Json, Self::Yaml, Self::Docker];

    fn word(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Shell => "shell",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Docker => "docker",
        }
    }

    fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|own| own.word() == word).unwrap_or(Self::Env)
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Env | Self::Docker => "env",
            Self::Shell => "sh",
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }
}

/// One line to write.
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: SecretString,
    pub(super) comment: Option<SecretString>,
}

/// Writes lines in a format. Keys and values that the format cannot hold are named as comments, never dropped in silence.
pub(super) fn write(format: Format, lines: &[Line]) -> SecretString {
    if format == Format::Json {
        let map: serde_json::Map<String, serde_json::Value> =
            lines.iter().map(|line| (line.key.clone(), serde_json::Value::from(line.value.expose_secret()))).collect();
        return SecretString::from(format!("{:#}\n", serde_json::Value::Object(map)));
    }
    let mut text = String::new();
    if format == Format::Env {
        let written = env_file::write(lines.iter().map(|line| env_file::Line {
            key: &line.key,
            value: &line.value,
            comment: line.comment.as_ref().map(|comment| comment.expose_secret()),
        }));
        for key in &written.skipped {
            text.push_str(&format!("# left out, the key does not fit into a file: {}\n", key.replace('\n', " ")));
        }
        text.push_str(written.text.expose_secret());
        return SecretString::from(text);
    }
    for line in lines {
        let (key, value) = (&line.key, line.value.expose_secret());
        let fits = env_file::is_key(key) && !(format == Format::Docker && value.contains(['\n', '\r']));
        if !fits {
            text.push_str(&format!("# left out, does not fit into this format: {}\n", key.replace('\n', " ")));
            continue;
        }
        for comment in line.comment.iter().flat_map(|comment| comment.expose_secret().lines()) {
            text.push_str(&format!("# {comment}\n"));
        }
        match format {
            Format::Shell => text.push_str(&format!("export {key}='{}'\n", value.replace('\'', "'\\''"))),
            Format::Yaml => text.push_str(&format!("{key}: {}\n", serde_json::Value::from(value))),
            _ => text.push_str(&format!("{key}={value}\n")),
        }
    }
    SecretString::from(text)
}

#[derive(Template)]
#[template(path = "screens/secrets/export.html")]
pub(super) struct ExportPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) keys: Vec<String>,
    pub(super) what: String,
    pub(super) formats: Vec<Choice>,
}

pub(super) fn export_page(visit: &Visit, spot: &Spot, keys: Vec<String>) -> ExportPage {
    ExportPage {
        page: spot.page_within(visit, "Download secrets"),
        fields: Fields::new().with("format", "env").with("comments", "true"),
        action: spot.address("/export"),
        back: spot.address(""),
        place: spot.label(),
        what: if keys.is_empty() { "All secrets of the folder".to_owned() } else { plural(keys.len(), "secret", "secrets") },
        keys,
        formats: vec![
            choice("env", ".env"),
            choice("shell", "Shell").note("Lines of export KEY='value'"),
            choice("json", "JSON"),
            choice("yaml", "YAML"),
            choice("docker", "Docker").note("For --env-file: no quotes, values of several lines are left out"),
        ],
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    if !spot.may("readValue") {
        return Err(super::edit::denied("readValue").into());
    }
    visit.show(&export_page(&visit, &spot, Vec::new()))
}

/// The secrets of a folder for a file, with what it imports when asked for.
pub(super) async fn lines(visit: &Visit, spot: &Spot, form: &Form) -> Result<Vec<Line>> {
    let input = ListInput {
        expand_references: form.is_ticked("expand"),
        include_imports: form.is_ticked("imports"),
        ..ListInput::new(spot.location())
    };
    let found = list(&visit.app, &visit.caller, &input).await?;
    let keys: Vec<&str> = form.all("key").collect();
    let mut all: std::collections::BTreeMap<String, Secret> = std::collections::BTreeMap::new();
    // A later import wins over an earlier one, the folder's own secrets over all.
    let imported = found.imports.into_iter().flat_map(|folder| folder.secrets);
    for secret in imported.chain(found.secrets) {
        if keys.is_empty() || keys.contains(&secret.key.as_str()) {
            all.insert(secret.key.clone(), secret);
        }
    }
    let with_comments = form.is_ticked("comments");
    Ok(all
        .into_values()
        .filter_map(|secret| {
            Some(Line { value: secret.value?, comment: secret.comment.filter(|_| with_comments), key: secret.key })
        })
        .collect())
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let format = Format::from_word(form.text("format"));
    let lines = lines(&visit, &spot, &form).await?;
    let folder = spot.path.segments().fold(String::new(), |all, name| all + "-" + name);
    let name: String = format!("{}{folder}.{}", spot.environment.slug, format.extension())
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        .collect();
    let disposition = header::HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, write(format, &lines).expose_secret().to_owned()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: &str, value: &str, comment: Option<&str>) -> Line {
        Line { key: key.to_owned(), value: SecretString::from(value), comment: comment.map(SecretString::from) }
    }

    #[test]
    fn each_format_holds_what_it_can_and_names_the_rest() {
        let lines = [line("A", "it's", Some("two\nlines")), line("B C", "x", None), line("D", "1\n2", None)];
        let text = |format| write(format, &lines).expose_secret().to_owned();
        assert_eq!(
            text(Format::Shell),
            "# two\n# lines\nexport A='it'\\''s'\n# left out, does not fit into this format: B C\nexport D='1\n2'\n"
        );
        assert!(text(Format::Docker).contains("# left out, does not fit into this format: D\n"));
        assert!(text(Format::Yaml).contains("D: \"1\\n2\"\n"));
        assert!(text(Format::Json).contains("\"B C\": \"x\""));
        assert!(text(Format::Env).contains("# left out, the key does not fit into a file: B C\n"));
    }

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let lines = [line("A", "a \"b\" $c #d\n\te\\", Some("why")), line("E", "", None), line("F", "${A}", None)];
        for format in [Format::Env, Format::Yaml] {
            let file = env_file::parse(write(format, &lines).expose_secret());
            assert!(file.issues.is_empty(), "{format:?}: {:?}", file.issues);
            let read: Vec<_> = file.entries.iter().map(|entry| (entry.key.as_str(), entry.value.expose_secret())).collect();
            assert_eq!(read, lines.iter().map(|line| (line.key.as_str(), line.value.expose_secret())).collect::<Vec<_>>());
        }
    }
}

//! Metadata and the reminder of a secret, in its form.

use keyferry_domain::secrets::{Metadata, MetadataInput, Secret};
use secrecy::{ExposeSecret as _, SecretString};

use crate::form::{Fields, Form};
use crate::ui::Conflict;

/// Rows for new entries.
const BLANK: usize = 2;
const MAX_DAYS: i32 = 3_650;

/// A line of metadata in the form.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct MetaRow {
    /// The key of the stored entry that the line began as; empty for a new one.
    pub(super) was: String,
    pub(super) key: String,
    /// Empty for encrypted entries that stay as they are.
    pub(super) value: String,
    pub(super) is_encrypted: bool,
}

impl MetaRow {
    fn stored(entry: &Metadata) -> Self {
        let value = if entry.is_encrypted { String::new() } else { entry.value.expose_secret().to_owned() };
        Self { was: entry.key.clone(), key: entry.key.clone(), value, is_encrypted: entry.is_encrypted }
    }
}

fn with_blanks(mut rows: Vec<MetaRow>) -> Vec<MetaRow> {
    rows.extend(std::iter::repeat_n(MetaRow::default(), BLANK));
    rows
}

/// The lines of a secret as it is stored.
pub(super) fn stored(secret: &Secret) -> Vec<MetaRow> {
    with_blanks(secret.metadata.iter().map(MetaRow::stored).collect())
}

/// The lines as they were sent, without the empty ones.
fn sent(form: &Form) -> Vec<MetaRow> {
    let ticked: Vec<usize> = form.all("meta_encrypted").filter_map(|number| number.parse().ok()).collect();
    let lines = form.all("meta_was").zip(form.all("meta_key")).zip(form.all("meta_value")).enumerate();
    lines
        .map(|(number, ((was, key), value))| MetaRow {
            was: was.to_owned(),
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
            is_encrypted: ticked.contains(&number),
        })
        .filter(|row| !row.key.is_empty() || !row.value.is_empty())
        .collect()
}

/// The lines to show again.
pub(super) fn typed(form: &Form) -> Vec<MetaRow> {
    with_blanks(sent(form))
}

/// All metadata as the form wants it; `None` when it is as before or the form does not show it.
pub(super) fn metadata(form: &Form, secret: &Secret, fields: &mut Fields) -> Option<Vec<MetadataInput>> {
    form.value("meta_key")?;
    let rows = sent(form);
    if rows == secret.metadata.iter().map(MetaRow::stored).collect::<Vec<_>>() {
        return None;
    }
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        if row.key.is_empty() {
            fields.fail("metadata", "Every metadata value needs a key");
            continue;
        }
        let kept = secret.metadata.iter().find(|entry| entry.key == row.was && entry.is_encrypted && row.value.is_empty());
        let value = kept.map_or_else(|| SecretString::from(row.value), |entry| entry.value.clone());
        // What was kept encrypted does not become readable by taking a tick away.
        entries.push(MetadataInput { key: row.key, value, is_encrypted: row.is_encrypted || kept.is_some() });
    }
    Some(entries)
}

/// What becomes of the reminder: days and note, each `None` when the form does not show them.
pub(super) struct Reminder {
    pub(super) days: Option<Option<i32>>,
    pub(super) note: Option<Option<SecretString>>,
}

pub(super) fn reminder(form: &Form, secret: &Secret, fields: &mut Fields) -> Reminder {
    let mut wanted = Reminder { days: None, note: None };
    if form.value("reminder_days").is_some() {
        let days = match form.text("reminder_days") {
            "" => Ok(None),
            text => text.parse::<i32>().map(Some),
        };
        match days {
            Ok(days) if days.is_none_or(|days| (1..=MAX_DAYS).contains(&days)) => {
                wanted.days = Some(days).filter(|days| *days != secret.reminder_repeat_days);
            }
            _ => fields.fail("reminder_days", format!("A whole number of days from 1 to {MAX_DAYS}, or nothing")),
        }
    }
    if let Some(text) = form.value("reminder_note") {
        let now = secret.reminder_note.as_ref().map_or("", |note| note.expose_secret());
        let text = super::edit::newlines(text).trim().to_owned();
        wanted.note = (text != now).then(|| Some(SecretString::from(text)).filter(|text| !text.expose_secret().is_empty()));
    }
    wanted
}

/// The reminder as it is stored.
pub(super) fn with_reminder(fields: Fields, secret: &Secret) -> Fields {
    let days = secret.reminder_repeat_days.map(|days| days.to_string()).unwrap_or_default();
    let note = secret.reminder_note.as_ref().map(|note| note.expose_secret().to_owned()).unwrap_or_default();
    fields.with("reminder_days", days).with("reminder_note", note)
}

/// A conflict's page that keeps what was typed here.
pub(super) fn carried(mut page: Conflict, form: &Form) -> Conflict {
    for name in ["meta_was", "meta_key", "meta_value", "meta_encrypted", "reminder_days", "reminder_note"] {
        for value in form.all(name) {
            page = page.hidden(name, value);
        }
    }
    page
}

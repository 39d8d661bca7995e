//! Changing a secret: its value, key, comment and tags. The value is only shown when it is asked for; it can be written without.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secrets::browse::{Wanted, reveal};
use keyferry_domain::secrets::{self, Change, GetInput, Kind, TagChange};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};

use super::extras::{self, MetaRow};
use super::subject::{Subject, typed_tags};
use crate::form::{Fields, Form};
use crate::ui::{Conflict, Page, conflict};
use crate::visit::{Answer, Visit, go};

/// What stands for a value that the visitor may not see.
const NOT_SHOWN: &str = "(not shown to you)";

#[derive(Template)]
#[template(path = "screens/secrets/edit.html")]
pub(super) struct EditPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) key: String,
    pub(super) may_read: bool,
    pub(super) is_loaded: bool,
    pub(super) metadata: Vec<MetaRow>,
    pub(super) names: String,
}

#[derive(Template)]
#[template(path = "ui/conflict_page.html")]
pub(super) struct EditConflictPage {
    pub(super) page: Page,
    pub(super) conflict: Conflict,
}

fn edit_page(visit: &Visit, subject: &Subject, fields: Fields, metadata: Vec<MetaRow>) -> EditPage {
    EditPage {
        page: subject.page(visit, "Edit secret"),
        address: subject.address(""),
        key: subject.detail.secret.key.clone(),
        may_read: subject.detail.may_read,
        is_loaded: fields.value("loaded") == "true",
        names: subject.spot.address("/names"),
        metadata,
        fields,
    }
}

fn stored(subject: &Subject) -> Fields {
    let secret = &subject.detail.secret;
    extras::with_reminder(Fields::new(), secret)
        .with("key", secret.key.clone())
        .with("comment", secret.comment.as_ref().map(|text| text.expose_secret().to_owned()).unwrap_or_default())
        .with("tags", subject.tags())
        .with("version", secret.version.to_string())
}

pub(super) async fn show(visit: Visit) -> Answer {
    let subject = Subject::of(&visit).await?;
    if !subject.detail.may_edit {
        return Err(denied("edit").into());
    }
    visit.show(&edit_page(&visit, &subject, stored(&subject), extras::stored(&subject.detail.secret)))
}

pub(super) fn denied(action: &str) -> Error {
    Error::PermissionDenied { action: action.to_owned(), subject: "secrets".to_owned(), rules: Vec::new() }
}

/// The form once more, with the value in it.
pub(super) async fn load(visit: Visit, form: Form) -> Answer {
    let subject = Subject::of(&visit).await?;
    let value = value_now(&visit, &subject).await?.ok_or_else(|| denied("readValue"))?;
    let (mut fields, mut metadata) = (Fields::typed(&form), extras::typed(&form));
    if fields.value("version").is_empty() {
        (fields, metadata) = (stored(&subject), extras::stored(&subject.detail.secret));
    }
    let fields = fields.with("value", value.expose_secret()).with("loaded", "true");
    visit.show(&edit_page(&visit, &subject, fields, metadata))
}

/// The value as it is; `None` when the visitor may not see it.
async fn value_now(visit: &Visit, subject: &Subject) -> Result<Option<SecretString>> {
    let wanted = Wanted::Keys(vec![subject.detail.secret.key.clone()]);
    let found = reveal(&visit.app, &visit.caller, &subject.spot.location(), &wanted, Kind::Shared).await?;
    Ok(found.into_iter().next().and_then(|secret| secret.value))
}

/// The value that the form wants to store; `None` leaves it as it is.
fn typed_value(form: &Form) -> Option<SecretString> {
    if form.is_ticked("make_empty") {
        return Some(SecretString::from(""));
    }
    let value = form.value("value")?;
    (form.is_ticked("loaded") || !value.is_empty()).then(|| SecretString::from(newlines(value)))
}

/// Browsers send the line ends of text areas as CRLF; a value keeps the ones it was typed with, and those are LF.
pub(super) fn newlines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let subject = Subject::of(&visit).await?;
    let mut fields = Fields::typed(&form);
    if super::generator::is_wanted(&form) {
        let fields = super::generator::fill(&form, fields);
        let status = if fields.is_valid() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return visit.show_as(status, &edit_page(&visit, &subject, fields, extras::typed(&form)));
    }
    let mut key = form.optional("key").unwrap_or_else(|| subject.detail.secret.key.clone());
    if subject.spot.project.row.auto_capitalization {
        key = key.to_uppercase();
    }
    if form.value("key").is_some() {
        fields.require("key", !form.text("key").is_empty(), "Secret key is required");
    }
    let metadata = extras::metadata(&form, &subject.detail.secret, &mut fields);
    let reminder = extras::reminder(&form, &subject.detail.secret, &mut fields);
    let tags = match form.value("tags") {
        Some(text) if text.trim() != subject.tags() && fields.is_valid() => {
            Some(TagChange::Set(typed_tags(&visit, subject.spot.project.row.id, &form, &mut fields).await?))
        }
        _ => None,
    };
    if fields.is_valid() {
        let change = Change {
            key: subject.detail.secret.key.clone(),
            expected_version: form.text("version").parse().ok(),
            new_key: Some(key).filter(|key| *key != subject.detail.secret.key),
            value: typed_value(&form),
            comment: form.value("comment").map(|text| SecretString::from(newlines(text).trim())),
            tags,
            metadata,
            reminder_note: reminder.note,
            reminder_repeat_days: reminder.days,
            ..Change::default()
        };
        match secrets::update(&visit.app, &visit.caller, &subject.spot.location(), change).await {
            Ok(secret) => {
                let back = if form.text("back") == "list" {
                    format!("{}#s-{}", subject.spot.address(""), secret.id)
                } else {
                    subject.address("")
                };
                return visit.go(go(back).notice("Successfully updated secret"));
            }
            Err(Error::Conflict { .. }) => return changed_meanwhile(&visit, &form).await,
            Err(error) => fields.take(error, &[])?,
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &edit_page(&visit, &subject, fields, extras::typed(&form)))
}

/// Yours, theirs, and what was there before; values only for those who may see them.
async fn changed_meanwhile(visit: &Visit, form: &Form) -> Answer {
    let subject = Subject::of(visit).await?;
    let (at, secret) = (subject.spot.location(), &subject.detail.secret);
    let before = match form.text("version").parse() {
        Ok(version) => {
            let input =
                GetInput { version: Some(version), view_value: subject.detail.may_read, ..GetInput::new(at, &secret.key) };
            secrets::get(&visit.app, &visit.caller, &input).await.ok()
        }
        Err(_) => None,
    };
    let comment = |text: Option<&SecretString>| text.map(|text| text.expose_secret().to_owned()).unwrap_or_default();
    let mut page = conflict(subject.address("/edit"), subject.address("/edit")).hidden("version", &secret.version.to_string());
    if let Some(value) = typed_value(form) {
        let theirs = value_now(visit, &subject).await?;
        let theirs = theirs.as_ref().map_or(NOT_SHOWN, |value| value.expose_secret());
        let was = before.as_ref().and_then(|secret| secret.value.as_ref()).map_or(NOT_SHOWN, |value| value.expose_secret());
        page = page.row("Value", "value", value.expose_secret(), theirs, was).hidden("loaded", "true");
    }
    if let Some(own) = form.value("key") {
        page = page.row("Key", "key", own.trim(), &secret.key, before.as_ref().map_or("", |secret| secret.key.as_str()));
    }
    if let Some(own) = form.value("comment") {
        let was = comment(before.as_ref().and_then(|secret| secret.comment.as_ref()));
        page = page.row("Comment", "comment", own, &comment(secret.comment.as_ref()), &was);
    }
    if let Some(own) = form.value("tags") {
        page = page.row("Tags", "tags", own.trim(), &subject.tags(), "(not kept)");
    }
    let page = extras::carried(page, form);
    let frame = subject.page(visit, "This secret changed meanwhile");
    visit.show_as(StatusCode::CONFLICT, &EditConflictPage { page: frame, conflict: page })
}

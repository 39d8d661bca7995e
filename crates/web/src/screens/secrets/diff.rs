//! Two versions of a secret beside each other, and the way back to an older one.

use askama::Template;
use keyferry_domain::secrets::{self, Change, GetInput, Secret};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};

use super::lines::{DiffLine, diff};
use super::rows::actor;
use super::subject::Subject;
use super::syncs;
use crate::form::Form;
use crate::text::{Moment, moment};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// One side of the comparison.
pub(super) struct Side {
    pub(super) version: i32,
    pub(super) at: Moment,
    pub(super) by: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/diff.html")]
pub(super) struct DiffPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) older: Side,
    pub(super) newer: Side,
    pub(super) key_change: Option<(String, String)>,
    pub(super) comment: Vec<DiffLine>,
    pub(super) is_comment_changed: bool,
    /// Whether the values differ; not told to those who may not see them.
    pub(super) is_value_changed: Option<bool>,
    /// The values line by line, once they were asked for.
    pub(super) value: Option<Vec<DiffLine>>,
    /// Set on the page that asks before an older version comes back.
    pub(super) restore: Option<Vec<String>>,
}

async fn version(visit: &Visit, subject: &Subject, version: i32) -> Result<Secret> {
    let input = GetInput {
        version: Some(version),
        view_value: subject.detail.may_read,
        ..GetInput::new(subject.spot.location(), &subject.detail.secret.key)
    };
    secrets::get(&visit.app, &visit.caller, &input).await.map_err(|error| match error {
        Error::NotFound { .. } => Error::not_found(format!("Version {version} of this secret is not kept any more.")),
        other => other,
    })
}

fn text(text: Option<&SecretString>) -> &str {
    text.map_or("", |text| text.expose_secret())
}

async fn diff_page(visit: &Visit, subject: &Subject, from: i32, to: i32, is_shown: bool, title: &str) -> Result<DiffPage> {
    let (older, newer) = (version(visit, subject, from).await?, version(visit, subject, to).await?);
    let now_ms = visit.app.now_ms();
    let side = |secret: &Secret| Side {
        version: secret.version,
        at: moment(secret.updated_at_ms, now_ms),
        by: actor(&secret.actor_type, secret.actor_name.as_deref()),
    };
    let values = older.value.as_ref().zip(newer.value.as_ref());
    Ok(DiffPage {
        page: subject.page(visit, title),
        address: subject.address(""),
        key_change: (older.key != newer.key).then(|| (older.key.clone(), newer.key.clone())),
        is_comment_changed: text(older.comment.as_ref()) != text(newer.comment.as_ref()),
        comment: diff(text(older.comment.as_ref()), text(newer.comment.as_ref())),
        is_value_changed: values.map(|(a, b)| a.expose_secret() != b.expose_secret()),
        value: values.filter(|_| is_shown).map(|(a, b)| diff(a.expose_secret(), b.expose_secret())),
        older: side(&older),
        newer: side(&newer),
        restore: None,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let subject = Subject::of(&visit).await?;
    let current = subject.detail.secret.version;
    let to = visit.query_as("to").unwrap_or(current);
    let from = visit.query_as("from").unwrap_or(to - 1);
    visit.show(&diff_page(&visit, &subject, from.min(to), from.max(to), false, "Compare versions").await?)
}

/// The same with the values.
pub(super) async fn show_values(visit: Visit, form: Form) -> Answer {
    let subject = Subject::of(&visit).await?;
    if !subject.detail.may_read {
        return Err(super::edit::denied("readValue").into());
    }
    let number = |name: &str| form.text(name).parse::<i32>().map_err(|_| Error::bad_request("A version is a number."));
    let (from, to) = (number("from")?, number("to")?);
    visit.show(&diff_page(&visit, &subject, from.min(to), from.max(to), true, "Compare versions").await?)
}

pub(super) async fn show_restore(visit: Visit) -> Answer {
    let subject = Subject::of(&visit).await?;
    if !subject.detail.may_edit {
        return Err(super::edit::denied("edit").into());
    }
    let wanted: i32 = visit.param("version")?;
    let title = format!("Restore version {wanted}");
    let mut page = diff_page(&visit, &subject, subject.detail.secret.version, wanted, false, &title).await?;
    page.restore = Some(syncs::of_folder(&visit, &subject.spot).await?.into_iter().map(|sync| sync.label).collect());
    visit.show(&page)
}

/// A new version with the value and comment of an older one.
pub(super) async fn restore(visit: Visit, form: Form) -> Answer {
    let subject = Subject::of(&visit).await?;
    let wanted: i32 = visit.param("version")?;
    let old = version(&visit, &subject, wanted).await?;
    let value = old.value.ok_or_else(|| super::edit::denied("readValue"))?;
    let change = Change {
        key: subject.detail.secret.key.clone(),
        expected_version: form.text("current").parse().ok(),
        value: Some(value),
        comment: Some(old.comment.unwrap_or_default()),
        ..Change::default()
    };
    let saved = secrets::update(&visit.app, &visit.caller, &subject.spot.location(), change).await?;
    visit.go(go(subject.address("")).notice(format!("Version {wanted} is back as version {}", saved.version)))
}

//! A secret's own page: everything about one key, and its history.

use askama::Template;
use keyferry_domain::secrets::browse::{Wanted, reveal};
use keyferry_domain::secrets::{self, Kind, ReferenceNode, dependency_tree, list_versions};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};

use super::rows::actor;
use super::subject::Subject;
use super::syncs::{self, SyncLink};
use crate::form::Form;
use crate::text::{Moment, moment};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// A version in the history.
pub(super) struct VersionRow {
    pub(super) version: i32,
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) key: String,
    pub(super) is_current: bool,
}

/// A secret that refers to this one.
pub(super) struct Dependent {
    pub(super) label: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/detail.html")]
pub(super) struct DetailPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) key: String,
    pub(super) id: uuid::Uuid,
    pub(super) place: String,
    pub(super) folder: String,
    pub(super) value: Option<SecretString>,
    pub(super) is_empty: bool,
    pub(super) has_references: bool,
    pub(super) comment: String,
    pub(super) tags: Vec<String>,
    pub(super) metadata: Vec<(String, Option<String>)>,
    pub(super) reminder: String,
    pub(super) version: i32,
    pub(super) made: Moment,
    pub(super) changed: Moment,
    pub(super) changed_by: String,
    pub(super) may_read: bool,
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
    pub(super) override_version: Option<i32>,
    pub(super) override_value: Option<SecretString>,
    pub(super) dependents: Vec<Dependent>,
    pub(super) syncs: Vec<SyncLink>,
    pub(super) versions: Vec<VersionRow>,
    pub(super) total_versions: u64,
    pub(super) older: String,
    pub(super) newer: String,
}

const PAGE: u64 = 20;

pub(super) async fn show(visit: Visit) -> Answer {
    let subject = Subject::of(&visit).await?;
    visit.show(&detail_page(&visit, &subject, None, None).await?)
}

/// The page with the value in it, or with that of the visitor's own override.
pub(super) async fn show_value(visit: Visit, form: Form) -> Answer {
    let subject = Subject::of(&visit).await?;
    let kind = if form.is_ticked("own") { Kind::Personal } else { Kind::Shared };
    let wanted = Wanted::Keys(vec![subject.detail.secret.key.clone()]);
    let found = reveal(&visit.app, &visit.caller, &subject.spot.location(), &wanted, kind).await?;
    let value = found.into_iter().next().and_then(|secret| secret.value).ok_or_else(|| super::edit::denied("readValue"))?;
    if visit.is_fragment {
        let key = subject.detail.secret.key.clone();
        return visit.show(&super::dashboard::ValueFragment { key, value: Some(value) });
    }
    let (value, own) = if kind == Kind::Shared { (Some(value), None) } else { (None, Some(value)) };
    visit.show(&detail_page(&visit, &subject, value, own).await?)
}

async fn detail_page(
    visit: &Visit,
    subject: &Subject,
    value: Option<SecretString>,
    override_value: Option<SecretString>,
) -> Result<DetailPage> {
    let (app, caller, secret) = (&visit.app, &visit.caller, &subject.detail.secret);
    let now_ms = app.now_ms();
    let offset: u64 = visit.query_as("offset").unwrap_or_default();
    let (versions, total_versions) = list_versions(app, caller, secret.id, offset, PAGE, false).await?;
    let dependents = match dependency_tree(app, caller, subject.spot.location(), &secret.key).await {
        Ok(tree) => tree.children.iter().map(dependent).collect(),
        Err(Error::NotFound { .. } | Error::PermissionDenied { .. }) => Vec::new(),
        Err(other) => return Err(other),
    };
    let at = |offset: u64| {
        if offset == 0 { subject.address("#history") } else { subject.address(&format!("?offset={offset}#history")) }
    };
    Ok(DetailPage {
        page: subject.page(visit, &secret.key),
        address: subject.address(""),
        key: secret.key.clone(),
        id: secret.id,
        place: subject.spot.label(),
        folder: subject.spot.address(""),
        value,
        override_value,
        is_empty: subject.detail.is_empty,
        has_references: subject.detail.has_references,
        comment: secret.comment.as_ref().map(|text| text.expose_secret().to_owned()).unwrap_or_default(),
        tags: secret.tags.iter().map(|tag| tag.slug.clone()).collect(),
        metadata: secret
            .metadata
            .iter()
            .map(|entry| (entry.key.clone(), (!entry.is_encrypted).then(|| entry.value.expose_secret().to_owned())))
            .collect(),
        reminder: reminder(secret),
        version: secret.version,
        made: moment(secret.created_at_ms, now_ms),
        changed: moment(secret.updated_at_ms, now_ms),
        changed_by: actor(&secret.actor_type, secret.actor_name.as_deref()),
        may_read: subject.detail.may_read,
        may_edit: subject.detail.may_edit,
        may_delete: subject.detail.may_delete,
        override_version: subject.detail.override_version,
        dependents,
        syncs: syncs::of_folder(visit, &subject.spot).await?,
        versions: versions
            .into_iter()
            .map(|version| VersionRow {
                version: version.version,
                at: moment(version.created_at_ms, now_ms),
                by: actor(&version.actor_type, version.actor_name.as_deref()),
                is_current: version.version == secret.version,
                key: version.key,
            })
            .collect(),
        older: if offset + PAGE < total_versions { at(offset + PAGE) } else { String::new() },
        newer: if offset > 0 { at(offset.saturating_sub(PAGE)) } else { String::new() },
        total_versions,
    })
}

/// `Every 90 days: rotate`; empty without a reminder.
fn reminder(secret: &secrets::Secret) -> String {
    let days = match secret.reminder_repeat_days {
        Some(1) => "Every day".to_owned(),
        Some(days) => format!("Every {days} days"),
        None => String::new(),
    };
    let note = secret.reminder_note.as_ref().map_or("", |note| note.expose_secret());
    match (days.is_empty(), note.is_empty()) {
        (false, false) => format!("{days}: {note}"),
        _ => format!("{days}{note}"),
    }
}

fn dependent(node: &ReferenceNode) -> Dependent {
    Dependent { label: format!("{} in {} {}", node.key, node.environment, node.path) }
}

/// Sets, changes or removes the visitor's own override.
pub(super) async fn set_override(visit: Visit, form: Form) -> Answer {
    let subject = Subject::of(&visit).await?;
    let (at, key) = (subject.spot.location(), subject.detail.secret.key.clone());
    let notice = if form.text("do") == "remove" {
        let deletion = secrets::Deletion { key, kind: Kind::Personal, ..secrets::Deletion::default() };
        secrets::delete(&visit.app, &visit.caller, &at, deletion).await?;
        "Your override was removed"
    } else {
        let value = SecretString::from(super::edit::newlines(form.value("value").unwrap_or_default()));
        if subject.detail.override_version.is_some() {
            let change = secrets::Change { key, kind: Kind::Personal, value: Some(value), ..secrets::Change::default() };
            secrets::update(&visit.app, &visit.caller, &at, change).await?;
        } else {
            let new = secrets::NewSecret { key, kind: Kind::Personal, value, ..secrets::NewSecret::default() };
            secrets::create(&visit.app, &visit.caller, &at, new).await?;
        }
        "Your override was saved. Only you see it."
    };
    visit.go(go(subject.address("")).notice(notice))
}

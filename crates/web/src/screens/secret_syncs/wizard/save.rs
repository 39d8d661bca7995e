//! What the end of a step does: on to the next one, or a change of the sync.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Error;
use keyferry_domain::secret_syncs::model::SyncOptions;
use keyferry_domain::secret_syncs::{self, UpdateSync};

use super::Wizard;
use super::draft::Step;
use crate::form::{Fields, Form};
use crate::screens::secret_syncs::CHECKLY;
use crate::ui::{Conflict, Page, conflict};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "ui/conflict_page.html")]
pub(super) struct ChangedPage {
    pub(super) page: Page,
    pub(super) conflict: Conflict,
}

/// Fields of the form in the issues of the domain.
const NAMES: [(&str, &str); 4] =
    [("keySchema", "schema"), ("accountId", "account"), ("groupId", "group"), ("secretPath", "path")];

/// The end of a valid step. `None` when the domain refused it: then `fields` say why.
pub(super) async fn finish(visit: &Visit, form: &Form, wizard: &Wizard, fields: &mut Fields) -> Result<Option<Answer>, Error> {
    let page = wizard.page(visit);
    let Some(place) = &wizard.place else {
        return Ok(Some(visit.go(go(wizard.address(&page, wizard.step.after())))));
    };
    if let Some(answer) = changed_meanwhile(visit, form, wizard, &page)? {
        return Ok(Some(answer));
    }
    let change = change(wizard)?;
    match secret_syncs::update(&visit.app, &visit.caller, CHECKLY, place.view.sync.id, change).await {
        Ok(_) => Ok(Some(visit.go(go(place.address(&page, "")).notice("Successfully updated Checkly Sync")))),
        Err(error) => {
            fields.take(error, &NAMES)?;
            Ok(None)
        }
    }
}

/// Somebody else changed what this step holds since it was opened.
fn changed_meanwhile(visit: &Visit, form: &Form, wizard: &Wizard, page: &Page) -> Result<Option<Answer>, Error> {
    let Some(place) = &wizard.place else { return Ok(None) };
    let current = super::draft::Draft::of_sync(&place.view);
    let (before, now) = (form.text("before"), current.query_of(wizard.step));
    if before == now || form.is_ticked("keep_mine") {
        return Ok(None);
    }
    let address = wizard.address(page, wizard.step);
    let rows = wizard.draft.compare(before, &current, wizard.step);
    let shown = rows.into_iter().fold(conflict(&*address, &*address), |shown, (field, [yours, theirs, was])| {
        shown.row(label(field), field, &yours, &theirs, &was)
    });
    let frame = place.page(visit, "This sync changed meanwhile");
    Ok(Some(visit.show_as(StatusCode::CONFLICT, &ChangedPage { page: frame, conflict: shown.hidden("before", &now) })))
}

fn label(field: &str) -> &str {
    match field {
        "environment" => "Environment",
        "path" => "Secret Path",
        "subfolders" => "Include secrets from subfolders",
        "connection" => "Checkly Connection",
        "account" => "Account",
        "account_name" => "Name of the account",
        "group" => "Group",
        "group_name" => "Name of the group",
        "auto_sync" => "Auto-Sync Enabled",
        "schema" => "Key Schema",
        "no_deletion" => "Disable Secret Deletion",
        "unmanaged" => "Protection",
        "empty_values" => "Empty values",
        "references" => "References that lead nowhere",
        "breaker" => "Deletions that wait for a yes",
        "breaker_keys" => "Keys",
        "breaker_percent" => "Per cent",
        "name" => "Name",
        _ => "Description",
    }
}

/// The change that a step makes.
fn change(wizard: &Wizard) -> Result<UpdateSync, Error> {
    let draft = &wizard.draft;
    let text = |name: &str| Some(draft.text(name).to_owned());
    let mut change = UpdateSync::default();
    match wizard.step {
        Step::Source => {
            change.environment = text("environment");
            change.secret_path = text("path");
            change.include_all_sub_folders = Some(draft.is_ticked("subfolders"));
            // The switch may stand among the options instead; it moves out of there.
            let stored = wizard.place.as_ref().map(|place| SyncOptions::parse(&place.view.sync.sync_options)).transpose()?;
            if stored.is_some_and(|options| options.include_all_sub_folders) {
                change.sync_options = Some(draft.options());
            }
        }
        Step::Destination => {
            change.connection_id = draft.connection();
            change.destination_config = Some(draft.destination());
        }
        Step::Options => {
            change.is_auto_sync_enabled = Some(draft.is_ticked("auto_sync"));
            change.include_all_sub_folders = Some(draft.is_ticked("subfolders"));
            change.sync_options = Some(draft.options());
        }
        Step::Details | Step::Review => {
            change.name = text("name");
            change.description = Some(text("description").filter(|text| !text.is_empty()));
        }
    }
    Ok(change)
}

//! Deleting a sync: what becomes of its variables is a visible choice.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secret_syncs;

use super::CHECKLY;
use super::place::SyncPlace;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/secret_syncs/delete.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) keys: Vec<String>,
    pub(super) choices: Vec<Choice>,
    pub(super) may: bool,
    pub(super) may_remove: bool,
}

async fn delete_page(visit: &Visit, place: &SyncPlace, fields: Fields) -> Result<DeletePage, keyferry_domain::Error> {
    let page = place.page(visit, "Delete Sync");
    let written = secret_syncs::written(&visit.app, &visit.caller, CHECKLY, place.view.sync.id).await?;
    let keys: Vec<String> = written.into_iter().map(|key| key.destination_key).collect();
    let may_remove = place.may("remove-secrets") && place.view.source.is_some() && !keys.is_empty();
    let mut choices = vec![choice("leave", "Leave variables at Checkly").note("They keep the values they have now.")];
    if may_remove {
        let count = crate::text::plural(keys.len(), "variable", "variables");
        let note = format!("Deletes {count} at Checkly first; the sync goes when that has succeeded.");
        choices.push(choice("remove", "Remove Synced Secrets").note(note));
    }
    Ok(DeletePage {
        address: place.address(&page, ""),
        name: place.view.sync.name.clone(),
        fields,
        keys,
        choices,
        may: place.may("delete"),
        may_remove,
        page,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let page = delete_page(&visit, &place, Fields::new().with("variables", "leave")).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let (name, id) = (place.view.sync.name.clone(), place.view.sync.id);
    let mut fields = Fields::typed(&form);
    fields.require("confirm", form.text("confirm") == name, &format!("Type {name} to confirm"));
    let removes = form.text("variables") == "remove";
    if fields.is_valid() {
        let page = place.page(&visit, "");
        match secret_syncs::delete(&visit.app, &visit.caller, CHECKLY, id, removes).await {
            Ok(_) if removes => return visit.go(go(place.address(&page, "")).notice("Removing Secrets...")),
            Ok(_) => {
                let to = page.here("integrations?selectedTab=secret-syncs");
                return visit.go(go(to).notice("Successfully removed Checkly Sync"));
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = delete_page(&visit, &place, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

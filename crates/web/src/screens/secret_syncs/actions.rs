//! What is done with one press: trigger, pause, resume.

use keyferry_domain::Error;
use keyferry_domain::secret_syncs::{self, UpdateSync};

use super::CHECKLY;
use super::place::SyncPlace;
use crate::form::Form;
use crate::visit::{Answer, Visit, go};

/// Where the button stood.
fn back(place: &SyncPlace, visit: &Visit, form: &Form) -> String {
    let page = place.page(visit, "");
    match form.text("back") {
        "list" => page.here("integrations?selectedTab=secret-syncs"),
        _ => place.address(&page, ""),
    }
}

pub(super) async fn trigger(visit: Visit, form: Form) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let to = back(&place, &visit, &form);
    let done = visit.once(&form, async {
        secret_syncs::sync_secrets(&visit.app, &visit.caller, CHECKLY, place.view.sync.id).await?;
        Ok(to.clone())
    });
    match done.await {
        Ok(to) => visit.go(go(to).notice("Successfully triggered Checkly Sync")),
        Err(Error::BadRequest { message, .. }) => visit.go(go(to).alert(message)),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn auto_sync(visit: Visit, form: Form) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let to = back(&place, &visit, &form);
    let is_enabled = form.is_ticked("enabled");
    let change = UpdateSync { is_auto_sync_enabled: Some(is_enabled), ..UpdateSync::default() };
    match secret_syncs::update(&visit.app, &visit.caller, CHECKLY, place.view.sync.id, change).await {
        Ok(_) => {
            let word = if is_enabled { "enabled" } else { "disabled" };
            visit.go(go(to).notice(format!("Successfully {word} auto-sync for Checkly Sync")))
        }
        Err(Error::BadRequest { message, .. }) => visit.go(go(to).alert(message)),
        Err(other) => Err(other.into()),
    }
}

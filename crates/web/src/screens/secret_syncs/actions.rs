//! What is done with one press: trigger, pause, resume.

use keyferry_domain::secret_syncs::{self, UpdateSync};
use keyferry_domain::{Error, Result};

use uuid::Uuid;

use super::CHECKLY;
use super::place::SyncPlace;
use crate::form::Form;
use crate::text::plural;
use crate::ui::Place;
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

/// Most syncs that are acted on at once.
const MAX_SELECTED: usize = 200;

/// What became of several syncs.
#[derive(Default)]
struct Outcome {
    done: usize,
    refused: Vec<String>,
    denied: Option<Error>,
}

impl Outcome {
    fn add<T>(&mut self, name: &str, result: Result<T>) -> Result<()> {
        match result {
            Ok(_) => self.done += 1,
            Err(Error::BadRequest { message, .. }) => self.refused.push(format!("{name}: {message}")),
            Err(error @ Error::PermissionDenied { .. }) => {
                self.refused.push(format!("{name}: you may not"));
                self.denied = Some(error);
            }
            Err(Error::NotFound { .. }) => self.refused.push(format!("{name}: it is not there any more")),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// Leads back to the list and says there what was done.
    fn answer(self, visit: &Visit, to: String, verb: &str) -> Answer {
        match (self.done, self.denied) {
            (0, Some(denied)) => Err(denied.into()),
            (done, _) => {
                let said = format!("{verb} {}", plural(done, "sync", "syncs"));
                match self.refused.is_empty() {
                    true => visit.go(go(to).notice(said)),
                    false => visit.go(go(to).alert(format!("{said}. Not done: {}", self.refused.join("; ")))),
                }
            }
        }
    }
}

/// The syncs that were ticked, with their names, and the address of the list.
async fn selected(visit: &Visit, form: &Form) -> Result<(Vec<(Uuid, String)>, String)> {
    let project = visit.project().await?;
    let to = visit.project_page(&project, "", Place::Integrations).here("integrations?selectedTab=secret-syncs");
    let views = secret_syncs::list(&visit.app, &visit.caller, Some(CHECKLY), &project.row.id.to_string()).await?;
    let ticked: Vec<Uuid> = form.all("sync").filter_map(|id| id.parse().ok()).take(MAX_SELECTED).collect();
    let found = views.into_iter().filter(|view| ticked.contains(&view.sync.id));
    Ok((found.map(|view| (view.sync.id, view.sync.name)).collect(), to))
}

pub(super) async fn trigger_selected(visit: Visit, form: Form) -> Answer {
    let (syncs, to) = selected(&visit, &form).await?;
    if syncs.is_empty() {
        return visit.go(go(to).alert("Tick at least one sync first."));
    }
    let mut outcome = Outcome::default();
    for (id, name) in syncs {
        outcome.add(&name, secret_syncs::sync_secrets(&visit.app, &visit.caller, CHECKLY, id).await)?;
    }
    outcome.answer(&visit, to, "Triggered")
}

pub(super) async fn auto_sync_selected(visit: Visit, form: Form) -> Answer {
    let (syncs, to) = selected(&visit, &form).await?;
    if syncs.is_empty() {
        return visit.go(go(to).alert("Tick at least one sync first."));
    }
    let is_enabled = form.is_ticked("enabled");
    let mut outcome = Outcome::default();
    for (id, name) in syncs {
        let change = UpdateSync { is_auto_sync_enabled: Some(is_enabled), ..UpdateSync::default() };
        outcome.add(&name, secret_syncs::update(&visit.app, &visit.caller, CHECKLY, id, change).await)?;
    }
    outcome.answer(&visit, to, if is_enabled { "Enabled auto-sync for" } else { "Disabled auto-sync for" })
}

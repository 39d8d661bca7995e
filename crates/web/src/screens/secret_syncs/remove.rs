//! Removing at Checkly what a sync wrote; the sync stays.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secret_syncs;

use super::CHECKLY;
use super::place::SyncPlace;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/secret_syncs/remove.html")]
pub(super) struct RemovePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) keys: Vec<String>,
    pub(super) is_auto: bool,
    pub(super) may: bool,
}

async fn remove_page(visit: &Visit, place: &SyncPlace, fields: Fields) -> Result<RemovePage, keyferry_domain::Error> {
    let page = place.page(visit, "Remove Secrets");
    let written = secret_syncs::written(&visit.app, &visit.caller, CHECKLY, place.view.sync.id).await?;
    Ok(RemovePage {
        address: place.address(&page, ""),
        fields,
        keys: written.into_iter().map(|key| key.destination_key).collect(),
        is_auto: place.view.sync.is_auto_sync_enabled,
        may: place.may("remove-secrets") && place.view.source.is_some(),
        page,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let page = remove_page(&visit, &place, Fields::new()).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let to = place.address(&place.page(&visit, ""), "");
    let mut fields = Fields::typed(&form);
    let done = visit.once(&form, async {
        secret_syncs::remove_secrets(&visit.app, &visit.caller, CHECKLY, place.view.sync.id).await?;
        Ok(to)
    });
    match done.await {
        Ok(to) => visit.go(go(to).notice("Removing Secrets...")),
        Err(error) => {
            fields.take(error, &[])?;
            let page = remove_page(&visit, &place, fields).await?;
            visit.show_as(StatusCode::BAD_REQUEST, &page)
        }
    }
}

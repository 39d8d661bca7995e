//! Step 3: a copy of the root key outside this machine.

use askama::Template;
use http::StatusCode;
use keyferry_domain::{Error, installation};

use super::PROJECT;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/setup/keys.html")]
pub(super) struct KeysPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) fingerprint: String,
    pub(super) address: String,
}

async fn keys_page(visit: &Visit, fields: Fields) -> Result<KeysPage, Error> {
    let fingerprint = installation::root_key_fingerprint(&visit.app.db).await.map_err(Error::internal)?.unwrap_or_default();
    let address = visit.app.settings.public_url.clone();
    Ok(KeysPage { page: Page::account(visit, "Protect the keys"), fields, fingerprint, address })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let page = keys_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    if form.is_ticked("stored") {
        return visit.go(go(PROJECT));
    }
    let mut fields = Fields::new();
    fields.fail("stored", "Confirm that a copy of the root key exists outside this machine");
    let page = keys_page(&visit, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

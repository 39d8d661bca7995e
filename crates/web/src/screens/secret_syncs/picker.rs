//! Choosing the destination of a new sync.

use askama::Template;
use keyferry_domain::access::Facts;
use keyferry_domain::secret_syncs;

use crate::ui::{Page, Place};
use crate::visit::{Answer, Visit};

pub(super) struct Tile {
    pub(super) app: &'static str,
    pub(super) name: &'static str,
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/picker.html")]
pub(super) struct PickerPage {
    pub(super) page: Page,
    pub(super) tiles: Vec<Tile>,
    pub(super) search: String,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    visit.rights().await?.require("create", "secret-syncs", Facts::any())?;
    let search = visit.query("search").unwrap_or_default().to_owned();
    let tiles = secret_syncs::options(&visit.app, &visit.caller)?
        .into_iter()
        .filter(|app| app.name.to_lowercase().contains(&search.to_lowercase()))
        .map(|app| Tile { app: app.app, name: app.name })
        .collect();
    let page = visit.project_page(&project, "Choose a destination", Place::Integrations);
    visit.show(&PickerPage { page, tiles, search })
}

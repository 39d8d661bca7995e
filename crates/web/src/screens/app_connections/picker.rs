//! Choosing the outside service.

use askama::Template;
use keyferry_domain::access::Facts;
use keyferry_domain::app_connections;

use super::scope::Scope;
use crate::ui::Page;
use crate::visit::{Answer, Visit};

pub(super) struct Tile {
    pub(super) app: &'static str,
    pub(super) name: &'static str,
}

#[derive(Template)]
#[template(path = "screens/app_connections/picker.html")]
pub(super) struct PickerPage {
    pub(super) page: Page,
    pub(super) tiles: Vec<Tile>,
    pub(super) search: String,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let scope = Scope::of(&visit).await?;
    visit.rights().await?.require("create", "app-connections", Facts::any())?;
    let search = visit.query("search").unwrap_or_default().to_owned();
    let tiles = app_connections::options(&visit.app, &visit.caller)?
        .into_iter()
        .filter(|app| app.name.to_lowercase().contains(&search.to_lowercase()))
        .map(|app| Tile { app: app.app, name: app.name })
        .collect();
    let page = scope.page(&visit, "Add Connection");
    visit.show(&PickerPage { page, tiles, search })
}

//! Listing and searching identities.

use keyferry_db::identities::Filter;
pub use keyferry_db::identities::{NameMatch, Page};
use serde_json::json;
use uuid::Uuid;

use super::view::{IdentityView, complete};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;

/// Which identities, and which part of them.
#[derive(Clone, Debug)]
pub struct Search {
    /// By name.
    pub name: Option<NameMatch>,
    /// By organization role slug.
    pub roles: Option<Vec<String>>,
    /// The part and its order.
    pub page: Page,
}

/// Every identity of the organization, or of one of its projects, by name; and how many there are.
///
/// # Errors
/// 403 without the permission.
pub async fn list(app: &App, caller: &Caller, project_id: Option<Uuid>) -> Result<(Vec<IdentityView>, u64)> {
    let page = Page { offset: 0, limit: None, descending: false };
    find(app, caller, Filter { project_id, ..Filter::default() }, page).await
}

/// Some identities of the organization, and how many match.
///
/// # Errors
/// 403 without the permission.
pub async fn search(app: &App, caller: &Caller, search: Search) -> Result<(Vec<IdentityView>, u64)> {
    let filter = Filter { name: search.name, roles: search.roles, project_id: None };
    find(app, caller, filter, search.page).await
}

async fn find(app: &App, caller: &Caller, filter: Filter, page: Page) -> Result<(Vec<IdentityView>, u64)> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    match filter.project_id {
        None => access::org_ability(app, conn, caller).await?.require("read", "identity", Facts::any())?,
        Some(project_id) => {
            access::project_ability(app, conn, caller, project_id).await?.1.require("read", "identity", Facts::any())?;
        }
    }
    let (identities, total) = keyferry_db::identities::search(conn, org_id, &filter, page).await?;
    let event = Event {
        project_id: filter.project_id,
        ..Event::org(caller, "list-identities", json!({"numberOfIdentities": identities.len()}))
    };
    audit::record_read(app, caller, event)?;
    Ok((complete(app, conn, org_id, identities).await?, total))
}

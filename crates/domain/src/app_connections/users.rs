//! Who uses a connection, for its page and for the list; C12 has the wire's own shape.

use std::collections::HashMap;

use keyferry_db::entities::projects;
use uuid::Uuid;

use super::find_permitted;
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secret_syncs::{self, SyncView};

/// The syncs that use a connection.
#[derive(Debug)]
pub struct Uses {
    /// Those the caller may see, with their projects, by project and name.
    pub visible: Vec<(projects::Model, SyncView)>,
    /// How many there are beside them.
    pub hidden: usize,
}

/// The syncs that use a connection. Those of projects the caller may not look into are only counted.
///
/// # Errors
/// 404 for an unknown connection, 403 without `read` on it.
pub async fn uses(app: &App, caller: &Caller, connection_app: &str, id: Uuid) -> Result<Uses> {
    let conn = app.db.read();
    let row = find_permitted(app, conn, caller, connection_app, id, "read").await?;
    let syncs = keyferry_db::secret_syncs::list_of_connection(conn, row.org_id, id).await?;
    let projects =
        keyferry_db::app_connections::projects_with_ids(conn, row.org_id, syncs.iter().map(|sync| sync.project_id)).await?;
    let mut uses = Uses { visible: Vec::new(), hidden: syncs.len() };
    for project in projects {
        let Ok((_, ability)) = access::project_ability(app, conn, caller, project.id).await else { continue };
        if !ability.allows("read", "secret-syncs", Facts::any()) {
            continue;
        }
        for sync in syncs.iter().filter(|sync| sync.project_id == project.id) {
            let view = secret_syncs::view(conn, sync.clone()).await?;
            uses.visible.push((project.clone(), view));
        }
    }
    uses.hidden -= uses.visible.len();
    Ok(uses)
}

/// How many syncs use each of these connections of the caller's organization; those without any are missing.
///
/// # Errors
/// 401 without an organization.
pub async fn count_uses(app: &App, caller: &Caller, ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let org_id = access::require_org(caller)?;
    Ok(keyferry_db::secret_syncs::count_by_connection(app.db.read(), org_id, ids).await?.into_iter().collect())
}

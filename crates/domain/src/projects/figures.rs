//! How projects stand, in numbers.

use std::collections::HashMap;

use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secret_syncs;

/// The numbers of one project; `None` for what the caller may not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Shared secrets, in all environments.
    pub secrets: Option<u64>,
    /// Syncs.
    pub syncs: Option<SyncFigures>,
}

/// The syncs of a project by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncFigures {
    /// All.
    pub total: u64,
    /// Those whose last run failed.
    pub failed: u64,
    /// Those with deletions that wait for approval.
    pub waiting: u64,
}

/// The numbers of these projects of the caller.
///
/// # Errors
/// 403 or 404 for a project that is not the caller's.
pub async fn figures(app: &App, caller: &Caller, project_ids: &[Uuid]) -> Result<HashMap<Uuid, Figures>> {
    let conn = app.db.read();
    let secrets: HashMap<Uuid, u64> = keyferry_db::secrets::count_by_project(conn, project_ids).await?.into_iter().collect();
    let mut syncs: HashMap<Uuid, SyncFigures> = HashMap::new();
    for (id, status, waiting) in keyferry_db::secret_syncs::states_of_projects(conn, project_ids).await? {
        let own = syncs.entry(id).or_default();
        own.total += 1;
        own.failed += u64::from(status.as_deref() == Some("failed"));
        own.waiting += u64::from(waiting > 0);
    }
    let mut figures = HashMap::with_capacity(project_ids.len());
    for id in project_ids {
        let (_, ability) = access::project_ability(app, conn, caller, *id).await?;
        let may_count = ability.allows("describeSecret", "secrets", Facts::any());
        let may_see = ability.allows("read", secret_syncs::SUBJECT, Facts::any());
        let own = Figures {
            secrets: may_count.then(|| secrets.get(id).copied().unwrap_or_default()),
            syncs: may_see.then(|| syncs.get(id).copied().unwrap_or_default()),
        };
        figures.insert(*id, own);
    }
    Ok(figures)
}

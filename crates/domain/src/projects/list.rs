//! The projects of a caller.

use std::collections::HashMap;

use keyferry_db::entities::environments;
use uuid::Uuid;

use super::Project;
use crate::access;
use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::Result;

/// A project in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The project.
    pub project: Project,
    /// Slugs of the caller's roles in it; filled only when asked for.
    pub roles: Vec<String>,
}

/// The projects of the caller's organization that the caller belongs to, oldest first; `kind` keeps only that type.
///
/// # Errors
/// 401 without an organization, 403 for somebody who is no active member of it.
pub async fn list(app: &App, caller: &Caller, kind: Option<&str>, include_roles: bool) -> Result<Vec<Listed>> {
    let conn = app.db.read();
    let org_id = access::require_org(caller)?;
    access::org_ability(app, conn, caller).await?;
    let mut rows = match &caller.actor {
        Actor::User { id, .. } => keyferry_db::projects::list_for_member(conn, org_id, Some(*id), None).await?,
        Actor::Identity { id, .. } => keyferry_db::projects::list_for_member(conn, org_id, None, Some(*id)).await?,
        Actor::Service { .. } => Vec::new(),
        Actor::Platform => keyferry_db::projects::list_by_org(conn, org_id).await?,
    };
    if let Some(kind) = kind {
        rows.retain(|row| row.r#type == kind);
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut by_project: HashMap<Uuid, Vec<environments::Model>> = HashMap::new();
    for environment in keyferry_db::environments::list_of(conn, &ids).await? {
        by_project.entry(environment.project_id).or_default().push(environment);
    }
    let mut listed = Vec::with_capacity(rows.len());
    for row in rows {
        let roles = match include_roles {
            true => access::project_ability(app, conn, caller, row.id).await?.1.roles().to_vec(),
            false => Vec::new(),
        };
        let environments = by_project.remove(&row.id).unwrap_or_default();
        listed.push(Listed { project: Project { row, environments }, roles });
    }
    Ok(listed)
}

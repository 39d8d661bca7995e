//! Looking at a project's roles.

use keyferry_db::entities::project_roles::Model;
use uuid::Uuid;

use crate::access::{self, Facts, Rule};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A custom role with its rules.
#[derive(Clone, Debug)]
pub struct RoleView {
    /// The role.
    pub role: Model,
    /// Its rules.
    pub permissions: Vec<Rule>,
}

/// The project's custom roles, by slug.
///
/// # Errors
/// 403 without the permission.
pub async fn list(app: &App, caller: &Caller, project_id: Uuid) -> Result<Vec<Model>> {
    let conn = app.db.read();
    access::project_ability(app, conn, caller, project_id).await?.1.require("read", "role", Facts::any())?;
    Ok(keyferry_db::project_roles::list(conn, project_id).await?)
}

/// A custom role by its id.
///
/// # Errors
/// 404 for an unknown role and for one of another organization, 403 without the permission.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<RoleView> {
    let conn = app.db.read();
    let role = keyferry_db::find_by_id::<Model>(conn, id).await?.ok_or_else(|| missing(id))?;
    let project = keyferry_db::projects::find(conn, role.project_id).await?.ok_or_else(|| missing(id))?;
    if Some(project.org_id) != caller.org_id {
        return Err(missing(id));
    }
    access::project_ability(app, conn, caller, role.project_id).await?.1.require("read", "role", Facts::any())?;
    view(role)
}

/// A role of the project by its slug, built-in or custom.
///
/// # Errors
/// 404 for an unknown role, 403 without the permission.
pub async fn get_by_slug(app: &App, caller: &Caller, project_id: Uuid, slug: &str) -> Result<RoleView> {
    let conn = app.db.read();
    let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", "role", Facts::any())?;
    if let Some(permissions) = access::project_role(slug) {
        let role = Model {
            id: project_id,
            project_id,
            slug: slug.to_owned(),
            name: built_in_name(slug).to_owned(),
            description: None,
            permissions: String::new(),
            created_at_ms: project.created_at_ms,
            updated_at_ms: project.created_at_ms,
        };
        return Ok(RoleView { role, permissions });
    }
    let role = keyferry_db::project_roles::find_by_slug(conn, project_id, slug)
        .await?
        .ok_or_else(|| Error::not_found(format!("Project role with slug '{slug}' not found")))?;
    view(role)
}

pub(super) fn view(role: Model) -> Result<RoleView> {
    let permissions =
        serde_json::from_str(&role.permissions).map_err(|e| Error::internal(format!("a stored role cannot be read: {e}")))?;
    Ok(RoleView { role, permissions })
}

pub(super) fn missing(id: Uuid) -> Error {
    Error::not_found(format!("Project role with ID '{id}' not found"))
}

fn built_in_name(slug: &str) -> &'static str {
    match slug {
        "admin" => "Admin",
        "member" => "Developer",
        "viewer" => "Viewer",
        "cryptographic-operator" => "Cryptographic Operator",
        _ => "No Access",
    }
}

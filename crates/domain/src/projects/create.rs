//! Creates a project.

use keyferry_db::entities::projects;
use keyferry_db::{DbError, WriteTx};
use serde_json::json;

use super::{Project, fields, slug};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::keys::Scope;
use crate::{environments, memberships};

/// Name and slug of the environments a project starts with, in their order.
pub const DEFAULT_ENVIRONMENTS: [(&str, &str); 3] = [("Development", "dev"), ("Staging", "staging"), ("Production", "prod")];

/// How often a slug is made anew when the one before was taken.
const SLUG_TRIES: usize = 5;

/// A project to be.
#[derive(Clone, Debug)]
pub struct CreateProject {
    /// Shown to people; 1 to 64 characters.
    pub name: String,
    /// A note, at most 1024 characters.
    pub description: Option<String>,
    /// Unique in the organization; made of the name when absent.
    pub slug: Option<String>,
    /// Only `secret-manager`.
    pub kind: String,
    /// Whether dev, staging and prod are created with it.
    pub default_environments: bool,
    /// Whether it refuses to be deleted.
    pub has_delete_protection: bool,
}

impl CreateProject {
    /// A project of that name with everything else as the contract defaults it.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            slug: None,
            kind: fields::SECRET_MANAGER.to_owned(),
            default_environments: true,
            has_delete_protection: false,
        }
    }
}

/// Creates a project with its keys and environments; the caller becomes its `admin`.
///
/// # Errors
/// 403 without `create`, 400 for another type and a taken slug, 422 for fields out of bounds.
pub async fn create(app: &App, caller: &Caller, input: CreateProject) -> Result<Project> {
    fields::check_name("projectName", &input.name)?;
    fields::check_description("projectDescription", input.description.as_deref())?;
    if let Some(slug) = &input.slug {
        fields::check_slug(slug)?;
    }
    let org_id = access::require_org(caller)?;
    let ability = access::org_ability(app, app.db.read(), caller).await?;
    if !["project", "workspace"].iter().any(|subject| ability.allows("create", subject, Facts::any())) {
        return Err(Error::forbidden("You don't have permission to create a project"));
    }
    if input.kind != fields::SECRET_MANAGER {
        return Err(Error::bad_request(format!(
            "Projects of type {} are not supported. Create a project of type {}.",
            input.kind,
            fields::SECRET_MANAGER
        )));
    }

    let now_ms = app.now_ms();
    let id = app.ids.v4();
    let tx = app.db.begin().await?;
    let slug = match input.slug {
        Some(slug) => slug,
        None => free_slug(app, &tx, org_id, &input.name).await?,
    };
    let row = projects::Model {
        id,
        org_id,
        name: input.name,
        slug,
        description: input.description,
        r#type: input.kind,
        version: 3,
        auto_capitalization: false,
        pit_version_limit: 10,
        audit_logs_retention_days: None,
        has_delete_protection: input.has_delete_protection,
        secret_sharing: true,
        show_snapshots_legacy: false,
        secret_detection_ignore_values: "[]".to_owned(),
        enforce_encrypted_metadata: false,
        permission_epoch: 0,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => slug_taken(&row.slug),
        other => other.into(),
    })?;
    app.keys.create_scope(&tx, app.ids.as_ref(), Scope::Project { org_id, project_id: id }, now_ms).await?;
    let mut made = Vec::new();
    if input.default_environments {
        for (position, (name, slug)) in (1..).zip(DEFAULT_ENVIRONMENTS) {
            made.push(environments::insert_with_root(app, &tx, id, name, slug, position).await?);
        }
    }
    memberships::add_creator(app, &tx, caller, id).await?;
    let metadata = json!({"name": row.name, "slug": row.slug, "type": row.r#type});
    audit::record(app, &tx, caller, Event::project(caller, id, "create-project", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(Project { row, environments: made })
}

async fn free_slug(app: &App, tx: &WriteTx, org_id: uuid::Uuid, name: &str) -> Result<String> {
    let mut candidate = slug::generate(name, app.ids.v4());
    for _ in 0..SLUG_TRIES {
        if keyferry_db::projects::find_by_slug(tx, org_id, &candidate).await?.is_none() {
            break;
        }
        candidate = slug::generate(name, app.ids.v4());
    }
    Ok(candidate)
}

fn slug_taken(slug: &str) -> Error {
    Error::bad_request(format!(
        "A project with the slug \"{slug}\" already exists in your organization. Please choose a different name or slug."
    ))
}

//! Roles in bodies, paths and answers.

use keyferry_domain::access::Rule;
use keyferry_domain::project_roles::{CreateRole, ProjectRole, RoleView, UpdateRole};
use keyferry_domain::{Result, projects};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoint::Call;
use crate::wire::{Codec, Decode, Fields, any, list, slug, text, timestamp, uuid};

/// The project in the path: by id, or by slug where clients say so.
pub(super) struct Project {
    text: String,
}

impl Decode for Project {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let text = f.required("project", text().trim().min(1));
        Some(Self { text: text? })
    }
}

impl Project {
    /// The project's id.
    pub async fn id(&self, call: &Call) -> Result<Uuid> {
        match Uuid::try_parse(&self.text) {
            Ok(id) => Ok(id),
            Err(_) => Ok(projects::find_by_slug(call.app.db.read(), &call.caller, &self.text).await?.id),
        }
    }
}

/// A role of a project.
pub(super) struct InProject {
    pub project: Project,
    pub role_id: Uuid,
}

impl Decode for InProject {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = Project::decode(f);
        let role_id = f.required("roleId", uuid());
        Some(Self { project: project?, role_id: role_id? })
    }
}

/// A role of a project by slug.
pub(super) struct BySlug {
    pub project: Project,
    pub slug: String,
}

impl Decode for BySlug {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = Project::decode(f);
        let slug = f.required("slug", text().trim().min(1));
        Some(Self { project: project?, slug: slug? })
    }
}

/// A role by id alone.
pub(super) struct Role {
    pub id: Uuid,
}

impl Decode for Role {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("roleId", uuid());
        Some(Self { id: id? })
    }
}

/// Rules are read as they are written; what they say is checked by the domain.
pub(crate) fn rules() -> impl Codec<Out = Vec<Rule>> {
    list(any().try_map(|value| {
        serde_json::from_value::<Rule>(value).map_err(|_| "A rule has a subject, one or more actions, and conditions by field")
    }))
    .max(1000)
}

pub(super) struct Create(pub CreateRole);

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.required("slug", slug(1, 64).field("Slug"));
        let name = f.required("name", text().trim().min(1).max(255));
        let description = f.optional("description", text().trim().max(1000));
        let permissions = f.required("permissions", rules());
        Some(Self(CreateRole { slug: slug?, name: name?, description: description?, permissions: permissions? }))
    }
}

pub(super) struct Update(pub UpdateRole);

impl Decode for Update {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.optional("slug", slug(1, 64).field("Slug"));
        let name = f.optional("name", text().trim().min(1).max(255));
        let description = f.nullable("description", text().trim().max(1000));
        let permissions = f.optional("permissions", rules());
        Some(Self(UpdateRole { slug: slug?, name: name?, description: description?, permissions: permissions? }))
    }
}

/// A role without its rules.
pub(super) fn listed(role: &ProjectRole) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "slug": role.slug,
        "projectId": role.project_id,
        "createdAt": timestamp(role.created_at_ms),
        "updatedAt": timestamp(role.updated_at_ms)
    })
}

/// A role with its rules.
pub(super) fn role(view: &RoleView) -> Value {
    let mut body = listed(&view.role);
    body["permissions"] = json!(view.permissions);
    json!({ "role": body })
}

pub(super) fn example_listed() -> Value {
    json!({
        "id": "8192a3b4-c5d6-4e77-b081-92a3b4c5d6ee", "name": "App reader", "description": null, "slug": "app-reader",
        "projectId": "708192a3-b4c5-4d66-af70-8192a3b4c5dd", "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z"
    })
}

pub(super) fn example() -> Value {
    let mut body = example_listed();
    body["permissions"] = json!([{ "subject": "secrets", "action": ["readValue"], "conditions?": { "environment": "dev" } }]);
    json!({ "role": body })
}

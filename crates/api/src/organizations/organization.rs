//! The organizations of the caller.

use keyferry_domain::Result;
use keyferry_domain::organizations::{self, UpdateOrganization};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get, patch};
use crate::wire::{Decode, Fields, boolean, slug, text, uuid};

pub(super) struct Params {
    pub id: Uuid,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("organizationId", uuid());
        Some(Self { id: id? })
    }
}

struct Body(UpdateOrganization);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", text().trim().min(1).max(64));
        let slug = f.optional("slug", slug(1, 64));
        let block = f.optional("blockDuplicateSecretSyncDestinations", boolean());
        Some(Self(UpdateOrganization { name: name?, slug: slug?, block_duplicate_secret_sync_destinations: block? }))
    }
}

const CHANGED: &str = "Successfully changed organization name";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/organization", list)
            .id("listOrganizations")
            .tag(TAG)
            .summary("List the organizations that the caller may choose")
            .organization_optional()
            .answers(|| json!({ "organizations": [response::example()] })),
        get("/api/v1/organization/accessible-with-sub-orgs", list_with_sub_orgs)
            .id("listOrganizationsWithSubOrganizations")
            .tag(TAG)
            .summary("List the organizations that the caller may choose; there are no sub-organizations")
            .organization_optional()
            .answers(|| json!({ "organizations": [{ "id": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22", "name": "acme", "slug": "acme-x7f2", "subOrganizations": [] }] })),
        get("/api/v1/organization/{organizationId}", read)
            .id("getOrganization")
            .tag(TAG)
            .summary("Read the caller's organization")
            .answers(|| json!({ "organization": response::example() })),
        patch("/api/v1/organization/{organizationId}", change)
            .id("updateOrganization")
            .tag(TAG)
            .summary("Change the caller's organization")
            .permission("settings:edit")
            .answers(|| json!({ "message": CHANGED, "organization": response::example() })),
    ]
}

async fn list(call: Call, _: Input) -> Result<Json<Value>> {
    let views = organizations::list(&call.app, &call.caller).await?;
    Ok(Json(json!({ "organizations": views.iter().map(response::listed).collect::<Vec<_>>() })))
}

async fn list_with_sub_orgs(call: Call, _: Input) -> Result<Json<Value>> {
    let views = organizations::list(&call.app, &call.caller).await?;
    let rows: Vec<Value> = views
        .iter()
        .map(|view| {
            let row = &view.organization;
            json!({ "id": row.id, "name": row.name, "slug": row.slug, "subOrganizations": [] })
        })
        .collect();
    Ok(Json(json!({ "organizations": rows })))
}

async fn read(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let row = organizations::get(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "organization": response::organization(&row) })))
}

async fn change(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let row = organizations::update(&call.app, &call.caller, input.params.id, input.body.0).await?;
    Ok(Json(json!({ "message": CHANGED, "organization": response::organization(&row) })))
}

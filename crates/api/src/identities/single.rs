//! One identity of the organization.

use keyferry_domain::identities::{self, CreateIdentity, UpdateIdentity};
use keyferry_domain::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::{Identity, metadata, name};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Decode, Fields, boolean, text, uuid};

struct Create {
    organization_id: Option<Uuid>,
    identity: CreateIdentity,
}

impl Decode for Create {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", name());
        let organization_id = f.optional("organizationId", uuid());
        let role = f.default("role", text().trim().min(1), "no-access");
        let has_delete_protection = f.default("hasDeleteProtection", boolean(), false);
        let metadata = f.optional("metadata", metadata());
        Some(Self {
            organization_id: organization_id?,
            identity: CreateIdentity {
                name: name?,
                role: role?,
                has_delete_protection: has_delete_protection?,
                metadata: metadata?.unwrap_or_default(),
                project_id: None,
            },
        })
    }
}

pub(super) struct Update(pub UpdateIdentity);

impl Decode for Update {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", name());
        let role = f.optional("role", text().trim().min(1));
        let has_delete_protection = f.optional("hasDeleteProtection", boolean());
        let metadata = f.optional("metadata", metadata());
        Some(Self(UpdateIdentity {
            name: name?,
            role: role?,
            has_delete_protection: has_delete_protection?,
            metadata: metadata?,
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "identity": response::example() });
    vec![
        post("/api/v1/identities", create)
            .id("createIdentity")
            .tag(TAG)
            .summary("Make an identity")
            .permission("identity:create")
            .answers(answer),
        patch("/api/v1/identities/{identityId}", update)
            .id("updateIdentity")
            .tag(TAG)
            .summary("Change an identity")
            .permission("identity:edit")
            .answers(answer),
        delete("/api/v1/identities/{identityId}", remove)
            .id("deleteIdentity")
            .tag(TAG)
            .summary("Delete an identity with its credentials and memberships")
            .permission("identity:delete")
            .answers(answer),
        get("/api/v1/identities/{identityId}", read)
            .id("getIdentity")
            .tag(TAG)
            .summary("Read an identity and its role in the organization")
            .permission("identity:read")
            .answers(|| json!({ "identity": response::example_membership() })),
        get("/api/v1/identities/details", details)
            .id("getIdentityDetails")
            .tag(TAG)
            .summary("The organization of the calling identity")
            .identities_only()
            .answers(|| {
                json!({ "identityDetails": { "organization": { "id": "0a8c9e1d-7a40-4c1b-8a55-2f4a3c1d9e22", "name": "acme", "slug": "acme-x7f2" } } })
            }),
    ]
}

async fn create(call: Call, input: Input<(), (), Create>) -> Result<Json<Value>> {
    if input.body.organization_id.is_some_and(|id| Some(id) != call.caller.org_id) {
        return Err(Error::forbidden("You are not a member of this organization"));
    }
    let view = identities::create(&call.app, &call.caller, input.body.identity).await?;
    Ok(Json(json!({ "identity": response::identity(&view) })))
}

async fn update(call: Call, input: Input<Identity, (), Update>) -> Result<Json<Value>> {
    let view = identities::update(&call.app, &call.caller, input.params.id, input.body.0).await?;
    Ok(Json(json!({ "identity": response::identity(&view) })))
}

async fn remove(call: Call, input: Input<Identity>) -> Result<Json<Value>> {
    let view = identities::delete(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "identity": response::identity(&view) })))
}

async fn read(call: Call, input: Input<Identity>) -> Result<Json<Value>> {
    let view = identities::get(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "identity": response::membership(&view) })))
}

async fn details(call: Call, _: Input) -> Result<Json<Value>> {
    let row = identities::details(&call.app, &call.caller).await?;
    Ok(Json(json!({ "identityDetails": { "organization": { "id": row.id, "name": row.name, "slug": row.slug } } })))
}

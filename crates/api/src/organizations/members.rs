//! The people of the caller's organization.

use keyferry_domain::Result;
use keyferry_domain::organizations::{self, UpdateMember};
use serde_json::{Value, json};
use uuid::Uuid;

use super::organization::Params;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch};
use crate::wire::{Decode, Fields, boolean, text, uuid};

struct MemberParams {
    organization_id: Uuid,
    membership_id: Uuid,
}

impl Decode for MemberParams {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let organization_id = f.required("organizationId", uuid());
        let membership_id = f.required("membershipId", uuid());
        Some(Self { organization_id: organization_id?, membership_id: membership_id? })
    }
}

struct Body(UpdateMember);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let role = f.optional("role", text().trim().min(1));
        let is_active = f.optional("isActive", boolean());
        Some(Self(UpdateMember { role: role?, is_active: is_active? }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "membership": response::example_member() });
    vec![
        get("/api/v1/organization/{organizationId}/users", list)
            .id("listOrganizationUsers")
            .tag(TAG)
            .summary("List the people of the organization")
            .permission("member:read")
            .answers(|| json!({ "users": [response::example_member()] })),
        get("/api/v2/organizations/{organizationId}/memberships", list)
            .id("listOrganizationMemberships")
            .tag(TAG)
            .summary("List the people of the organization")
            .permission("member:read")
            .answers(|| json!({ "users": [response::example_member()] })),
        patch("/api/v2/organizations/{organizationId}/memberships/{membershipId}", change)
            .id("updateOrganizationMembership")
            .tag(TAG)
            .summary("Change a person's role, or switch the membership off or on")
            .permission("member:edit")
            .answers(answer),
        delete("/api/v2/organizations/{organizationId}/memberships/{membershipId}", remove)
            .id("deleteOrganizationMembership")
            .tag(TAG)
            .summary("Take a person out of the organization and its projects")
            .permission("member:delete")
            .answers(answer),
    ]
}

async fn list(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    organizations::get(&call.app, &call.caller, input.params.id).await?;
    let views = organizations::list_members(&call.app, &call.caller).await?;
    Ok(Json(json!({ "users": views.iter().map(response::member).collect::<Vec<_>>() })))
}

async fn change(call: Call, input: Input<MemberParams, (), Body>) -> Result<Json<Value>> {
    organizations::get(&call.app, &call.caller, input.params.organization_id).await?;
    let view = organizations::update_member(&call.app, &call.caller, input.params.membership_id, input.body.0).await?;
    Ok(Json(json!({ "membership": response::member(&view) })))
}

async fn remove(call: Call, input: Input<MemberParams>) -> Result<Json<Value>> {
    organizations::get(&call.app, &call.caller, input.params.organization_id).await?;
    let view = organizations::remove_member(&call.app, &call.caller, input.params.membership_id).await?;
    Ok(Json(json!({ "membership": response::member(&view) })))
}

//! The machine identities in a group.

use keyferry_domain::Result;
use keyferry_domain::groups::{self, MemberPage};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GroupPath, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, post};
use crate::wire::{Codec as _, Decode, Fields, enumeration, int_text, text, uuid};

struct IdentityPath {
    group_id: Uuid,
    identity_id: Uuid,
}

impl Decode for IdentityPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let group_id = f.required("groupId", uuid());
        let identity_id = f.required("identityId", uuid());
        Some(Self { group_id: group_id?, identity_id: identity_id? })
    }
}

struct Query(MemberPage);

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let offset = f.default("offset", int_text().min(0).blank_is_absent(), 0);
        let limit = f.default("limit", int_text().min(1).max(100).blank_is_absent(), 10);
        let search = f.optional("search", text().trim().blank_is_absent());
        let words = &["assignedMachineIdentities", "nonAssignedMachineIdentities"];
        let filter = f.optional("filter", enumeration(words).blank_is_absent());
        Some(Self(MemberPage {
            in_group: filter?.map(|filter| filter == "assignedMachineIdentities"),
            search: search?,
            offset: usize::try_from(offset?).unwrap_or_default(),
            limit: usize::try_from(limit?).unwrap_or_default(),
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/groups/{groupId}/machine-identities", list)
            .id("listGroupMachineIdentities")
            .summary("List the machine identities of the organization, with whether they are in the group")
            .permission("groups:read")
            .answers(|| {
                let mut member = response::example_identity();
                member["isPartOfGroup"] = json!(true);
                member["joinedGroupAt|null"] = json!("2026-01-31T10:20:30.123Z");
                json!({ "machineIdentities": [member], "totalCount": 1 })
            }),
        post("/api/v1/groups/{groupId}/machine-identities/{identityId}", add)
            .id("addMachineIdentityToGroup")
            .summary("Put a machine identity into a group")
            .permission("groups:edit")
            .answers(response::example_identity),
        delete("/api/v1/groups/{groupId}/machine-identities/{identityId}", remove)
            .id("removeMachineIdentityFromGroup")
            .summary("Take a machine identity out of a group")
            .permission("groups:edit")
            .answers(response::example_identity),
    ]
}

async fn list(call: Call, input: Input<GroupPath, Query>) -> Result<Json<Value>> {
    let (machines, total) = groups::list_identities(&call.app, &call.caller, input.params.0, input.query.0).await?;
    let machines: Vec<Value> = machines.iter().map(response::group_identity).collect();
    Ok(Json(json!({ "machineIdentities": machines, "totalCount": total })))
}

async fn add(call: Call, input: Input<IdentityPath>) -> Result<Json<Value>> {
    let IdentityPath { group_id, identity_id } = input.params;
    Ok(Json(response::identity(&groups::add_identity(&call.app, &call.caller, group_id, identity_id).await?)))
}

async fn remove(call: Call, input: Input<IdentityPath>) -> Result<Json<Value>> {
    let IdentityPath { group_id, identity_id } = input.params;
    Ok(Json(response::identity(&groups::remove_identity(&call.app, &call.caller, group_id, identity_id).await?)))
}

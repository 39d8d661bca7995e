//! The people in a group.

use keyferry_domain::Result;
use keyferry_domain::groups::{self, MemberPage};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GroupPath, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, post};
use crate::wire::{Codec as _, Decode, Fields, enumeration, int_text, text, uuid};

struct PersonPath {
    group_id: Uuid,
    username: String,
}

impl Decode for PersonPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let group_id = f.required("groupId", uuid());
        let username = f.required("username", text().trim().min(1));
        Some(Self { group_id: group_id?, username: username? })
    }
}

struct Query(MemberPage);

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let offset = f.default("offset", int_text().min(0).blank_is_absent(), 0);
        let limit = f.default("limit", int_text().min(1).max(100).blank_is_absent(), 10);
        let search = f.optional("search", text().trim().blank_is_absent());
        let username = f.optional("username", text().trim().blank_is_absent());
        let filter = f.optional("filter", enumeration(&["existingMembers", "nonMembers"]).blank_is_absent());
        Some(Self(MemberPage {
            in_group: filter?.map(|filter| filter == "existingMembers"),
            search: search?.or(username?),
            offset: usize::try_from(offset?).unwrap_or_default(),
            limit: usize::try_from(limit?).unwrap_or_default(),
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/api/v1/groups/{groupId}/users", list)
            .id("listGroupUsers")
            .summary("List the people of the organization, with whether they are in the group")
            .permission("groups:read")
            .answers(|| {
                let mut member = response::example_user();
                member["isPartOfGroup"] = json!(true);
                member["joinedGroupAt|null"] = json!("2026-01-31T10:20:30.123Z");
                json!({ "users": [member], "totalCount": 1 })
            }),
        post("/api/v1/groups/{groupId}/users/{username}", add)
            .id("addUserToGroup")
            .summary("Put a person into a group")
            .permission("groups:edit")
            .answers(response::example_user),
        delete("/api/v1/groups/{groupId}/users/{username}", remove)
            .id("removeUserFromGroup")
            .summary("Take a person out of a group")
            .permission("groups:edit")
            .answers(response::example_user),
    ]
}

async fn list(call: Call, input: Input<GroupPath, Query>) -> Result<Json<Value>> {
    let (people, total) = groups::list_members(&call.app, &call.caller, input.params.0, input.query.0).await?;
    Ok(Json(json!({ "users": people.iter().map(response::member).collect::<Vec<_>>(), "totalCount": total })))
}

async fn add(call: Call, input: Input<PersonPath>) -> Result<Json<Value>> {
    let PersonPath { group_id, username } = input.params;
    Ok(Json(response::user(&groups::add_member(&call.app, &call.caller, group_id, &username).await?)))
}

async fn remove(call: Call, input: Input<PersonPath>) -> Result<Json<Value>> {
    let PersonPath { group_id, username } = input.params;
    Ok(Json(response::user(&groups::remove_member(&call.app, &call.caller, group_id, &username).await?)))
}

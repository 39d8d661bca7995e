//! Many identities of the organization.

use keyferry_domain::identities::{self, NameMatch, Page, Search};
use keyferry_domain::{Error, Result, organizations};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fields::Identity;
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, get, post};
use crate::wire::{Codec as _, Decode, Either, Fields, either, enumeration, int, int_text, list, object, text, uuid};

struct Query {
    org_id: Option<Uuid>,
}

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let org_id = f.optional("orgId", uuid().blank_is_absent());
        Some(Self { org_id: org_id? })
    }
}

/// Most rows of a page.
const MAX_PAGE: i64 = 20_000;

/// Alternatives of one search; a statement holds only so many values.
const MAX_ALTERNATIVES: usize = 1_000;

/// `{$eq, $contains, $in}`; the first that is there counts.
struct NameOperators(Option<NameMatch>);

impl Decode for NameOperators {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let equals = f.optional("$eq", text().trim());
        let contains = f.optional("$contains", text().trim());
        let one_of = f.optional("$in", list(text().trim()).max(MAX_ALTERNATIVES));
        let (equals, contains, one_of) = (equals?, contains?, one_of?);
        Some(Self(
            equals.map(NameMatch::Equals).or_else(|| contains.map(NameMatch::Contains)).or_else(|| one_of.map(NameMatch::OneOf)),
        ))
    }
}

/// `{$eq, $in}`.
struct RoleOperators(Option<Vec<String>>);

impl Decode for RoleOperators {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let equals = f.optional("$eq", text().trim());
        let one_of = f.optional("$in", list(text().trim()).max(MAX_ALTERNATIVES));
        let (equals, one_of) = (equals?, one_of?);
        Some(Self(equals.map(|role| vec![role]).or(one_of)))
    }
}

#[derive(Default)]
struct Terms {
    name: Option<NameMatch>,
    roles: Option<Vec<String>>,
}

impl Decode for Terms {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", either(text().trim(), object::<NameOperators>()));
        let role = f.optional("role", either(text().trim(), object::<RoleOperators>()));
        Some(Self {
            name: name?.and_then(|name| match name {
                Either::First(name) => Some(NameMatch::Equals(name)),
                Either::Second(operators) => operators.0,
            }),
            roles: role?.and_then(|role| match role {
                Either::First(role) => Some(vec![role]),
                Either::Second(operators) => operators.0,
            }),
        })
    }
}

struct Body(Search);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let _order_by = f.optional("orderBy", enumeration(&["name", "role"]));
        let direction = f.default("orderDirection", enumeration(&["asc", "desc"]), "asc");
        let limit = f.default("limit", int().min(1).max(100), 50);
        let offset = f.default("offset", int().min(0), 0);
        let terms = f.optional("search", object::<Terms>());
        let terms = terms?.unwrap_or_default();
        let page = Page {
            offset: u64::try_from(offset?).unwrap_or_default(),
            limit: u64::try_from(limit?).ok(),
            descending: direction? == "desc",
        };
        Some(Self(Search { name: terms.name, roles: terms.roles, page }))
    }
}

struct OrganizationPath(Uuid);

impl Decode for OrganizationPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("organizationId", uuid()).map(Self)
    }
}

/// `offset` and `limit`; without a limit all are listed.
struct Paging(Page);

impl Decode for Paging {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let offset = f.optional("offset", int_text().blank_is_absent());
        let limit = f.optional("limit", int_text().blank_is_absent());
        let direction = f.default("orderDirection", enumeration(&["asc", "desc"]), "asc");
        let (offset, limit) = (offset?.unwrap_or_default().max(0), limit?.map(|limit| limit.clamp(1, MAX_PAGE)));
        Some(Self(Page {
            offset: u64::try_from(offset).unwrap_or_default(),
            limit: limit.and_then(|limit| u64::try_from(limit).ok()),
            descending: direction? == "desc",
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "identities": [response::example_membership()], "totalCount": 1 });
    vec![
        get("/api/v1/identities", all)
            .id("listIdentities")
            .tag(TAG)
            .summary("List the identities of the organization")
            .permission("identity:read")
            .answers(answer),
        get("/api/v2/organizations/{organizationId}/identity-memberships", of_organization)
            .id("listOrganizationIdentityMemberships")
            .tag(TAG)
            .summary("List the identities of the organization")
            .permission("identity:read")
            .answers(|| json!({ "identityMemberships": [response::example_membership()], "totalCount": 1 })),
        post("/api/v1/identities/search", search)
            .id("searchIdentities")
            .tag(TAG)
            .summary("Search the identities of the organization")
            .permission("identity:read")
            .answers(answer),
        get("/api/v1/identities/{identityId}/identity-memberships", memberships)
            .id("listIdentityProjectMemberships")
            .tag(TAG)
            .summary("List the projects of an identity")
            .permission("identity:read")
            .answers(|| json!({ "identityMemberships": [response::example_in_project()] })),
    ]
}

async fn all(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    if input.query.org_id.is_some_and(|id| Some(id) != call.caller.org_id) {
        return Err(Error::forbidden("You are not a member of this organization"));
    }
    let (views, total) = identities::list(&call.app, &call.caller, None).await?;
    Ok(Json(json!({ "identities": views.iter().map(response::membership).collect::<Vec<_>>(), "totalCount": total })))
}

async fn of_organization(call: Call, input: Input<OrganizationPath, Paging>) -> Result<Json<Value>> {
    organizations::get(&call.app, &call.caller, input.params.0).await?;
    let search = Search { name: None, roles: None, page: input.query.0 };
    let (views, total) = identities::search(&call.app, &call.caller, search).await?;
    let rows: Vec<Value> = views.iter().map(response::membership).collect();
    Ok(Json(json!({ "identityMemberships": rows, "totalCount": total })))
}

async fn search(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let (views, total) = identities::search(&call.app, &call.caller, input.body.0).await?;
    Ok(Json(json!({ "identities": views.iter().map(response::membership).collect::<Vec<_>>(), "totalCount": total })))
}

async fn memberships(call: Call, input: Input<Identity>) -> Result<Json<Value>> {
    let views = identities::project_memberships(&call.app, &call.caller, input.params.id).await?;
    Ok(Json(json!({ "identityMemberships": views.iter().map(response::in_project).collect::<Vec<_>>() })))
}

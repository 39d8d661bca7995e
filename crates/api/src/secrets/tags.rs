//! Puts tags on a secret and takes them off, by slug (core API contract, section 10.3).

use keyferry_domain::Result;
use keyferry_domain::secrets::{self, Change, Kind, TagChange};
use serde_json::json;

use super::fields::kind;
use super::scope::{Name, Scope, V3, kind_for};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, delete, post};
use crate::wire::{Decode, Fields, list, text};

struct Body {
    scope: Scope<V3>,
    kind: Kind,
    slugs: Vec<String>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let kind = kind(f);
        let slugs = f.required("tagSlugs", list(text().trim().min(1)).min(1));
        Some(Self { scope: scope?, kind: kind?, slugs: slugs? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "secret": response::example() });
    vec![
        post("/api/v3/secrets/tags/{secretName}", attach)
            .id("attachTagsToSecretV3")
            .tag(TAG)
            .summary("Put tags on a secret")
            .permission("secrets:edit")
            .answers(answer),
        delete("/api/v3/secrets/tags/{secretName}", detach)
            .id("detachTagsFromSecretV3")
            .tag(TAG)
            .summary("Take tags off a secret")
            .permission("secrets:edit")
            .answers(answer),
    ]
}

async fn attach(call: Call, input: Input<Name, (), Body>) -> Result<JsonBytes> {
    change(call, input, TagChange::Add).await
}

async fn detach(call: Call, input: Input<Name, (), Body>) -> Result<JsonBytes> {
    change(call, input, TagChange::Remove).await
}

async fn change(call: Call, input: Input<Name, (), Body>, tags: impl FnOnce(Vec<String>) -> TagChange) -> Result<JsonBytes> {
    let at = input.body.scope.location(&call).await?;
    let change = Change {
        key: input.params.0,
        kind: kind_for(&call, input.body.kind),
        tags: Some(tags(input.body.slugs)),
        ..Change::default()
    };
    response::one(&secrets::update(&call.app, &call.caller, &at, change).await?)
}

//! Deletes a secret.

use keyferry_domain::Result;
use keyferry_domain::secrets::{self, Deletion, Kind};
use serde_json::json;

use super::fields::kind;
use super::scope::{Name, Scope, V3, V4, Version, kind_for};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, delete as delete_route};
use crate::wire::{Decode, Fields};

struct Body<V> {
    scope: Scope<V>,
    kind: Kind,
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let kind = kind(f);
        Some(Self { scope: scope?, kind: kind? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "secret": response::example() });
    vec![
        delete_route("/api/v3/secrets/raw/{secretName}", delete::<V3>)
            .id("deleteSecretRawV3")
            .tag(TAG)
            .summary("Delete a secret")
            .permission("secrets:delete")
            .answers(answer),
        delete_route("/api/v4/secrets/{secretName}", delete::<V4>)
            .id("deleteSecretV4")
            .tag(TAG)
            .summary("Delete a secret")
            .permission("secrets:delete")
            .answers(answer),
    ]
}

async fn delete<V: Version>(call: Call, input: Input<Name, (), Body<V>>) -> Result<JsonBytes> {
    let at = input.body.scope.location(&call).await?;
    let deletion = Deletion { key: input.params.0, path: None, kind: kind_for(&call, input.body.kind) };
    response::one(&secrets::delete(&call.app, &call.caller, &at, deletion).await?)
}

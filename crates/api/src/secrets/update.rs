//! Changes a secret.

use keyferry_domain::{Result, secrets};
use serde_json::json;

use super::fields::ChangeFields;
use super::scope::{Name, Scope, V3, V4, Version, kind_for};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, patch};
use crate::wire::{Decode, Fields};

struct Body<V> {
    scope: Scope<V>,
    fields: ChangeFields,
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let fields = ChangeFields::decode(f);
        Some(Self { scope: scope?, fields: fields? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "secret": response::example() });
    vec![
        patch("/api/v3/secrets/raw/{secretName}", update::<V3>)
            .id("updateSecretRawV3")
            .tag(TAG)
            .summary("Change a secret")
            .permission("secrets:edit")
            .answers(answer),
        patch("/api/v4/secrets/{secretName}", update::<V4>)
            .id("updateSecretV4")
            .tag(TAG)
            .summary("Change a secret")
            .permission("secrets:edit")
            .answers(answer),
    ]
}

async fn update<V: Version>(call: Call, input: Input<Name, (), Body<V>>) -> Result<JsonBytes> {
    let at = input.body.scope.location(&call).await?;
    let mut change = input.body.fields.named(input.params.0);
    change.kind = kind_for(&call, change.kind);
    response::one(&secrets::update(&call.app, &call.caller, &at, change).await?)
}

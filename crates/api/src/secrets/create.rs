//! Creates a secret.

use keyferry_domain::{Result, secrets};
use serde_json::json;

use super::fields::{NewFields, key};
use super::scope::{Scope, V3, V4, Version, kind_for};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, post};
use crate::wire::{Decode, Fields};

struct NewName(String);

impl Decode for NewName {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("secretName", key());
        Some(Self(name?))
    }
}

struct Body<V> {
    scope: Scope<V>,
    fields: NewFields,
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let fields = NewFields::decode(f);
        Some(Self { scope: scope?, fields: fields? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "secret": response::example() });
    vec![
        post("/api/v3/secrets/raw/{secretName}", create::<V3>)
            .id("createSecretRawV3")
            .tag(TAG)
            .summary("Create a secret")
            .permission("secrets:create")
            .answers(answer),
        post("/api/v4/secrets/{secretName}", create::<V4>)
            .id("createSecretV4")
            .tag(TAG)
            .summary("Create a secret")
            .permission("secrets:create")
            .answers(answer),
    ]
}

async fn create<V: Version>(call: Call, input: Input<NewName, (), Body<V>>) -> Result<JsonBytes> {
    let at = input.body.scope.location(&call).await?;
    let mut new = input.body.fields.named(input.params.0);
    new.kind = kind_for(&call, new.kind);
    response::one(&secrets::create(&call.app, &call.caller, &at, new).await?)
}

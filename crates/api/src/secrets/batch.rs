//! Many secrets at once, all or none (core API contract, section 10.5).

use keyferry_domain::Result;
use keyferry_domain::secrets::{self, BatchMode, Change, Deletion, NewSecret};
use serde_json::json;

use super::fields::{ChangeItem, DeletionItem, NewItem};
use super::scope::{Scope, V3, V4, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, delete as delete_route, patch, post};
use crate::wire::{Codec as _, Decode, Fields, enumeration, list, object};

struct Creates<V> {
    scope: Scope<V>,
    news: Vec<NewSecret>,
}

impl<V: Version> Decode for Creates<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let items = f.required("secrets", list(object::<NewItem>()).min(1));
        Some(Self { scope: scope?, news: items?.into_iter().map(|item| item.0).collect() })
    }
}

struct Updates<V> {
    scope: Scope<V>,
    changes: Vec<Change>,
    mode: BatchMode,
}

impl<V: Version> Decode for Updates<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let words = enumeration(&["failOnNotFound", "ignore", "upsert"]).map(|word| match word {
            "ignore" => BatchMode::Ignore,
            "upsert" => BatchMode::Upsert,
            _ => BatchMode::FailOnNotFound,
        });
        let mode = f.default("mode", words, BatchMode::FailOnNotFound);
        let items = f.required("secrets", list(object::<ChangeItem>()).min(1));
        Some(Self { scope: scope?, changes: items?.into_iter().map(|item| item.0).collect(), mode: mode? })
    }
}

struct Deletes<V> {
    scope: Scope<V>,
    deletions: Vec<Deletion>,
}

impl<V: Version> Decode for Deletes<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let items = f.required("secrets", list(object::<DeletionItem>()).min(1));
        Some(Self { scope: scope?, deletions: items?.into_iter().map(|item| item.0).collect() })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id: &'static str, summary: &'static str, permission: &'static str| {
        endpoint.id(id).tag(TAG).summary(summary).permission(permission).answers(|| json!({ "secrets": [response::example()] }))
    };
    let (v3, v4) = ("/api/v3/secrets/batch/raw", "/api/v4/secrets/batch");
    vec![
        described(post(v3, create::<V3>), "createSecretsRawV3", "Create many secrets", "secrets:create"),
        described(patch(v3, update::<V3>), "updateSecretsRawV3", "Change many secrets", "secrets:edit"),
        described(delete_route(v3, delete::<V3>), "deleteSecretsRawV3", "Delete many secrets", "secrets:delete"),
        described(post(v4, create::<V4>), "createSecretsV4", "Create many secrets", "secrets:create"),
        described(patch(v4, update::<V4>), "updateSecretsV4", "Change many secrets", "secrets:edit"),
        described(delete_route(v4, delete::<V4>), "deleteSecretsV4", "Delete many secrets", "secrets:delete"),
    ]
}

async fn create<V: Version>(call: Call, input: Input<(), (), Creates<V>>) -> Result<JsonBytes> {
    let at = input.body.scope.location(&call).await?;
    response::many(&secrets::create_many(&call.app, &call.caller, &at, &input.body.news).await?)
}

async fn update<V: Version>(call: Call, input: Input<(), (), Updates<V>>) -> Result<JsonBytes> {
    let Updates { scope, changes, mode } = input.body;
    let at = scope.location(&call).await?;
    response::many(&secrets::update_many(&call.app, &call.caller, &at, &changes, mode).await?)
}

async fn delete<V: Version>(call: Call, input: Input<(), (), Deletes<V>>) -> Result<JsonBytes> {
    let at = input.body.scope.location(&call).await?;
    response::many(&secrets::delete_many(&call.app, &call.caller, &at, &input.body.deletions).await?)
}

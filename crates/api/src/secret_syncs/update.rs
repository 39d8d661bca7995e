//! S7: changes a sync.

use keyferry_domain::Result;
use keyferry_domain::secret_syncs::{self, UpdateSync};
use serde_json::Value;

use super::fields::{Config, Options, SyncPath, description, secret_path};
use super::{DESTINATION, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, patch};
use crate::wire::{Decode, Fields, boolean, object, slug, uuid};

pub(super) struct Body(UpdateSync);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.optional("name", slug(1, 256));
        let description = f.nullable("description", description());
        let connection_id = f.optional("connectionId", uuid());
        let environment = f.optional("environment", slug(1, 64));
        let secret_path = f.optional("secretPath", secret_path("Invalid secret path"));
        let is_auto_sync_enabled = f.optional("isAutoSyncEnabled", boolean());
        let include_all_sub_folders = f.optional("includeAllSubFolders", boolean());
        let sync_options = f.optional("syncOptions", object::<Options>());
        let destination_config = f.optional("destinationConfig", object::<Config>());
        Some(Self(UpdateSync {
            name: name?,
            description: description?,
            connection_id: connection_id?,
            environment: environment?,
            secret_path: secret_path?,
            is_auto_sync_enabled: is_auto_sync_enabled?,
            include_all_sub_folders: include_all_sub_folders?,
            sync_options: sync_options?.map(|Options(options)| options),
            destination_config: destination_config?.map(|Config(config)| config),
        }))
    }
}

pub(super) fn endpoint() -> Endpoint {
    patch("/api/v1/secret-syncs/checkly/{syncId}", update)
        .id("updateChecklySecretSync")
        .tag(TAG)
        .summary("Change a Checkly sync")
        .permission("secret-syncs:edit")
        .answers(response::example_saved)
}

async fn update(call: Call, input: Input<SyncPath, (), Body>) -> Result<Json<Value>> {
    let id = input.params.sync_id;
    let view = secret_syncs::update(&call.app, &call.caller, DESTINATION, id, input.body.0).await?;
    Ok(Json(response::saved(&call, &view).await?))
}

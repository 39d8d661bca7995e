//! S6: creates a sync.

use keyferry_domain::Result;
use keyferry_domain::secret_syncs::{self, ApproveInput, ApprovedKeys, CreateSync, DestinationConfig, SyncOptionsInput};
use serde_json::Value;
use uuid::Uuid;

use super::fields::{Config, Options, description, secret_path};
use super::{DESTINATION, TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Codec, Decode, Either, Fields, boolean, either, list, literal, object, slug, text, uuid};

/// The body; also of a plan made before its sync exists.
pub(crate) struct Body {
    name: String,
    project_id: String,
    description: Option<String>,
    connection_id: Uuid,
    environment: String,
    secret_path: String,
    is_auto_sync_enabled: bool,
    include_all_sub_folders: Option<bool>,
    sync_options: SyncOptionsInput,
    destination_config: DestinationConfig,
    approve: Option<ApproveInput>,
}

impl Body {
    /// As the rules take it.
    pub(crate) fn into_input(self) -> CreateSync {
        CreateSync {
            destination: DESTINATION.to_owned(),
            name: self.name,
            description: self.description,
            project_id: self.project_id,
            connection_id: self.connection_id,
            environment: self.environment,
            secret_path: self.secret_path,
            is_auto_sync_enabled: self.is_auto_sync_enabled,
            include_all_sub_folders: self.include_all_sub_folders,
            sync_options: self.sync_options,
            destination_config: self.destination_config,
            approve: self.approve,
        }
    }
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", slug(1, 256));
        let project_id = f.required("projectId", text().trim().min(1).message("Project ID required"));
        let description = f.nullable("description", description());
        let connection_id = f.required("connectionId", uuid());
        let environment = f.required("environment", slug(1, 64));
        let secret_path = f.required("secretPath", secret_path("Secret path required"));
        let is_auto_sync_enabled = f.default("isAutoSyncEnabled", boolean(), true);
        let include_all_sub_folders = f.optional("includeAllSubFolders", boolean());
        let sync_options = f.required("syncOptions", object::<Options>());
        let destination_config = f.required("destinationConfig", object::<Config>());
        let approve = f.optional("approve", object::<Approve>());
        Some(Self {
            name: name?,
            project_id: project_id?,
            description: description?.flatten(),
            connection_id: connection_id?,
            environment: environment?,
            secret_path: secret_path?,
            is_auto_sync_enabled: is_auto_sync_enabled?,
            include_all_sub_folders: include_all_sub_folders?,
            sync_options: sync_options?.0,
            destination_config: destination_config?.0,
            approve: approve?.map(|Approve(approve)| approve),
        })
    }
}

/// Deletions approved in a plan made before its sync exists.
struct Approve(ApproveInput);

impl Decode for Approve {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let plan_id = f.required("planId", uuid());
        let digest = f.required("digest", text().min(1));
        let keys = f.required(
            "keys",
            either(literal("all"), list(text().min(1)).max(10_000)).map(|keys| match keys {
                Either::First(()) => ApprovedKeys::All,
                Either::Second(keys) => ApprovedKeys::Only(keys),
            }),
        );
        Some(Self(ApproveInput { plan_id: plan_id?, digest: digest?, keys: keys? }))
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/secret-syncs/checkly", create)
        .id("createChecklySecretSync")
        .tag(TAG)
        .summary("Create a Checkly sync")
        .permission("secret-syncs:create")
        .answers(response::example_saved)
}

async fn create(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let view = secret_syncs::create(&call.app, &call.caller, input.body.into_input()).await?;
    Ok(Json(response::saved(&call, &view).await?))
}

//! Creates an import.

use keyferry_domain::Result;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_imports::{self, CreateImport};
use serde_json::Value;

use super::scope::{Scope, V1, V2, Version};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::projects::params::folder_path;
use crate::wire::{Decode, Fields, boolean, object, text};

const MESSAGE: &str = "Successfully created secret import";

struct Body<V> {
    scope: Scope<V>,
    source: Source,
    is_replication: bool,
}

struct Source {
    environment: String,
    path: SecretPath,
}

impl Decode for Source {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let environment = f.required("environment", text().trim());
        let path = f.required("path", folder_path());
        Some(Self { environment: environment?, path: path? })
    }
}

impl<V: Version> Decode for Body<V> {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let source = f.required("import", object::<Source>());
        let is_replication = f.default("isReplication", boolean(), false);
        Some(Self { scope: scope?, source: source?, is_replication: is_replication? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let described = |endpoint: Endpoint, id| {
        endpoint
            .id(id)
            .tag(TAG)
            .summary("Import a folder into another")
            .permission("secret-imports:create")
            .answers(|| response::changed_example(MESSAGE))
    };
    vec![
        described(post("/api/v1/secret-imports", create::<V1>), "createSecretImportV1"),
        described(post("/api/v2/secret-imports", create::<V2>), "createSecretImport"),
    ]
}

async fn create<V: Version>(call: Call, input: Input<(), (), Body<V>>) -> Result<Json<Value>> {
    let Body { scope, source, is_replication } = input.body;
    let folder = scope.path.clone();
    let input = CreateImport {
        project_id: scope.project_id.get()?,
        environment: scope.environment,
        path: scope.path,
        source_environment: source.environment,
        source_path: source.path,
        is_replication,
    };
    let made = secret_imports::create(&call.app, &call.caller, input).await?;
    Ok(Json(response::changed(MESSAGE, &made, &folder)))
}

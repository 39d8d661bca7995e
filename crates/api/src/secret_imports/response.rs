//! Imports on the wire.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_imports::Import;
use serde_json::{Value, json};

use crate::wire::timestamp;

/// An import, with the path of the folder that imports. Replications do not exist, so what is told of them is constant.
pub(super) fn import(import: &Import, folder: &SecretPath) -> Value {
    let Import { row, source } = import;
    json!({
        "id": row.id,
        "version": row.version,
        "importPath": row.import_path,
        "importEnv": { "id": source.id, "name": source.name, "slug": source.slug },
        "position": row.position,
        "folderId": row.folder_id,
        "isReplication": row.is_replication,
        "isReplicationSuccess": null,
        "replicationStatus": null,
        "lastReplicated": null,
        "isReserved": false,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.updated_at_ms),
        "secretPath": folder.as_str(),
    })
}

/// The answer of routes that change one.
pub(super) fn changed(message: &str, changed: &Import, folder: &SecretPath) -> Value {
    json!({ "message": message, "secretImport": import(changed, folder) })
}

/// For the description.
pub(super) fn example() -> Value {
    json!({
        "id": "5f0c7a51-0c52-4a2c-8f7d-9a4f0a7c1e22",
        "version": 1,
        "importPath": "/shared",
        "importEnv": { "id": "0d3c0f0a-6c58-4a5e-9a0c-1f1f0b6f7f11", "name": "Development", "slug": "dev" },
        "position": 1,
        "folderId": "a4b7e2ce-0a2c-4a7e-8d8f-3d6f6a3d2b10",
        "isReplication": false,
        "isReplicationSuccess": null,
        "replicationStatus": null,
        "lastReplicated": null,
        "isReserved": false,
        "createdAt": "2026-01-31T10:20:30.123Z",
        "updatedAt": "2026-01-31T10:20:30.123Z",
        "secretPath": "/"
    })
}

/// For the description, as [`changed`].
pub(super) fn changed_example(message: &str) -> Value {
    json!({ "message": message, "secretImport": example() })
}

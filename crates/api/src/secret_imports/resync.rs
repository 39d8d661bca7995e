//! Replications do not exist here; the route says so in the words clients know.

use keyferry_domain::{Error, Result};
use serde_json::{Value, json};

use super::TAG;
use crate::endpoint::{Call, Endpoint, Input, Json, post};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/secret-imports/{secretImportId}/replication-resync", resync)
            .id("resyncSecretImport")
            .tag(TAG)
            .summary("Replicate again (not supported)")
            .permission("none")
            .users_only()
            .answers(|| json!({ "message": "replication started" })),
    ]
}

async fn resync(_: Call, _: Input) -> Result<Json<Value>> {
    Err(Error::bad_request("Failed to create secret replication due to plan restriction. Upgrade plan to create replication."))
}

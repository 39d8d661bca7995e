//! `POST /api/v1/kms/keys`.

use keyferry_domain::Result;
use keyferry_domain::kms::{self, Algorithm, CreateKey, Usage};
use serde_json::{Value, json};

use super::fields::{description, name};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::projects::params::ProjectId;
use crate::wire::{Codec as _, Decode, Fields, enumeration, text};

pub(super) struct Body {
    project_id: ProjectId,
    name: String,
    description: String,
    usage: Option<Usage>,
    algorithm: Option<Algorithm>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let name = f.required("name", name());
        let description = f.default("description", description(), String::new());
        let usage = f.optional("keyUsage", enumeration(Usage::NAMES));
        let known = |given: String| Algorithm::parse(&given).ok_or("Use aes-256-gcm, aes-128-gcm, RSA_4096 or ECC_NIST_P256");
        let algorithm = f.optional("encryptionAlgorithm", text().trim().try_map(known));
        Some(Self {
            project_id: project_id?,
            name: name?,
            description: description?,
            usage: usage?.and_then(Usage::parse),
            algorithm: algorithm?,
        })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/kms/keys", create)
        .id("createKmsKey")
        .tag(TAG)
        .summary("Make a key; it never leaves the server")
        .permission("cmek:create")
        .answers(|| json!({ "key": response::example() }))
}

async fn create(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let Body { project_id, name, description, usage, algorithm } = input.body;
    let usage = usage.unwrap_or(Usage::EncryptDecrypt);
    let algorithm = algorithm.unwrap_or(match usage {
        Usage::EncryptDecrypt => Algorithm::Aes256Gcm,
        Usage::SignVerify => Algorithm::Rsa4096,
    });
    let input = CreateKey { project_id: project_id.get()?, name, description, usage, algorithm };
    let made = kms::create(&call.app, &call.caller, input).await?;
    Ok(Json(json!({ "key": response::key(&made) })))
}

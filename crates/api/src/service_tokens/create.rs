//! `POST /api/v2/service-token`.

use keyferry_domain::Result;
use keyferry_domain::service_tokens::{self, CreateServiceToken, KeyMaterial, Permission, Scope};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::projects::params::ProjectId;
use crate::wire::{Decode, Fields, enumeration, int, list, object, text};

/// Most scopes of a token.
const MAX_SCOPES: usize = 100;
/// Longest pattern of a path, in characters.
const MAX_PATH: usize = 1024;
/// Longest text that an old client keeps with its token, in characters.
const MAX_KEY_MATERIAL: usize = 4096;
/// Longest life, in seconds: ten years.
const MAX_EXPIRES_IN_S: i64 = 315_360_000;

struct ScopeField(Scope);

impl Decode for ScopeField {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let environment = f.required("environment", text().trim().min(1).max(64));
        let starts_at_root = |path: &str| path.starts_with('/');
        let path = text().trim().max(MAX_PATH).check(starts_at_root, "Invalid Secret Path; it must start with a '/'");
        let secret_path = f.default("secretPath", path, "/");
        Some(Self(Scope { environment: environment?, secret_path: without_trailing_slash(&secret_path?) }))
    }
}

fn without_trailing_slash(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
}

struct Body {
    name: String,
    project_id: ProjectId,
    scopes: Vec<Scope>,
    permissions: Vec<Permission>,
    expires_in_s: Option<i64>,
    key_material: KeyMaterial,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("name", text().trim().min(1).max(256));
        let project_id = ProjectId::read(f, "workspaceId");
        let scopes = f.required("scopes", list(object::<ScopeField>()).min(1).max(MAX_SCOPES));
        let encrypted_key = f.optional("encryptedKey", text().trim().max(MAX_KEY_MATERIAL));
        let iv = f.optional("iv", text().trim().max(MAX_KEY_MATERIAL));
        let tag = f.optional("tag", text().trim().max(MAX_KEY_MATERIAL));
        let expires_in = f.optional("expiresIn", int().min(0).max(MAX_EXPIRES_IN_S));
        let permissions = f.required("permissions", list(enumeration(Permission::NAMES)).min(1).max(3));
        Some(Self {
            name: name?,
            project_id: project_id?,
            scopes: scopes?.into_iter().map(|scope| scope.0).collect(),
            permissions: permissions?.into_iter().filter_map(Permission::parse).collect(),
            // Old clients say 0 for a token that does not end.
            expires_in_s: expires_in?.filter(|seconds| *seconds > 0),
            key_material: KeyMaterial { encrypted_key: encrypted_key?, iv: iv?, tag: tag? },
        })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v2/service-token", create)
        .id("createServiceToken")
        .tag(TAG)
        .summary("Create a service token; it is shown this once")
        .permission("service-tokens:create")
        .users_only()
        .answers(|| {
            json!({
                "serviceToken": "st.6d1f0a3c-55a3-4f0e-9a30-54c1f2a3b4c5.0123456789abcdef0123456789abcdef",
                "serviceTokenData": response::example()
            })
        })
}

async fn create(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    let body = input.body;
    let input = CreateServiceToken {
        project_id: body.project_id.get()?,
        name: body.name,
        scopes: body.scopes,
        permissions: body.permissions,
        expires_in_s: body.expires_in_s,
        key_material: body.key_material,
    };
    let (token, view) = service_tokens::create(&call.app, &call.caller, input).await?;
    Ok(Json(json!({ "serviceToken": token.expose_secret(), "serviceTokenData": response::token(&view) })))
}

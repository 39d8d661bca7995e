//! The installation's settings (core API contract, section 4.3). Read without a token: web interfaces ask before signing in.

use keyferry_domain::Result;
use keyferry_domain::installation::{self, Config, ConfigChange};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TAG;
use crate::endpoint::{AnonymousCall, Call, Endpoint, Input, Json, get, patch};
use crate::wire::{Decode, Fields, boolean, timestamp};

struct Body(ConfigChange);

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let allow_sign_up = f.optional("allowSignUp", boolean());
        Some(Self(ConfigChange { allow_sign_up: allow_sign_up? }))
    }
}

pub(super) fn endpoint_get() -> Endpoint {
    get("/api/v1/admin/config", read).id("getAdminConfig").tag(TAG).summary("Read the instance's settings").answers(example)
}

pub(super) fn endpoint_change() -> Endpoint {
    patch("/api/v1/admin/config", change)
        .id("updateAdminConfig")
        .tag(TAG)
        .summary("Change the instance's settings")
        .permission("instance:admin")
        .organization_optional()
        .answers(example)
}

async fn read(call: AnonymousCall, _: Input) -> Result<Json<Value>> {
    Ok(Json(body(&installation::config(&call.app).await?)))
}

async fn change(call: Call, input: Input<(), (), Body>) -> Result<Json<Value>> {
    Ok(Json(body(&installation::change_config(&call.app, &call.caller, input.body.0).await?)))
}

fn example() -> Value {
    body(&Config {
        instance_id: Uuid::from_u128(0x4f2b_7c1e_0d7e_4a52_9d2e_3c6a_0f0f_6b11),
        is_initialized: true,
        allow_sign_up: false,
        created_at_ms: 1_772_452_800_000,
        updated_at_ms: 1_772_452_800_000,
    })
}

fn body(config: &Config) -> Value {
    json!({ "config": {
        "id": Uuid::nil(),
        "instanceId": config.instance_id,
        "initialized": config.is_initialized,
        "allowSignUp": config.allow_sign_up,
        "allowedSignUpDomain": null,
        "trustSamlEmails": false,
        "trustLdapEmails": false,
        "trustOidcEmails": false,
        "defaultAuthOrgId": null,
        "defaultAuthOrgSlug": null,
        "enabledLoginMethods": ["email"],
        "authConsentContent": null,
        "pageFrameContent": null,
        "adminIdentityIds": null,
        "fipsEnabled": false,
        "isMigrationModeOn": false,
        "isSecretScanningDisabled": true,
        "createdAt": timestamp(config.created_at_ms),
        "updatedAt": timestamp(config.updated_at_ms)
    }})
}

//! The method as attached to an identity.

use keyferry_domain::Result;
use keyferry_domain::token_auth::{self, Settings, SettingsChange};
use keyferry_domain::universal_auth::MAX_TTL_S;
use serde_json::Value;
use uuid::Uuid;

use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::universal_auth::trusted_ips::{parse, trusted_ips};
use crate::wire::{Decode, Fields, int, uuid};

pub(super) struct Params {
    pub identity_id: Uuid,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let identity_id = f.required("identityId", uuid());
        Some(Self { identity_id: identity_id? })
    }
}

struct Body {
    trusted_ips: Option<Vec<String>>,
    ttl_s: Option<i64>,
    max_ttl_s: Option<i64>,
    uses: Option<i64>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let trusted_ips = f.optional("accessTokenTrustedIps", trusted_ips());
        let ttl_s = f.optional("accessTokenTTL", int().min(0).max(MAX_TTL_S));
        let max_ttl_s = f.optional("accessTokenMaxTTL", int().min(0).max(MAX_TTL_S));
        let uses = f.optional("accessTokenNumUsesLimit", int().min(0));
        if let (Some(Some(ttl)), Some(Some(max_ttl))) = (ttl_s, max_ttl_s)
            && max_ttl > 0
            && ttl > max_ttl
        {
            f.custom(&["accessTokenTTL"], "Access Token TTL cannot be greater than Access Token Max TTL.");
        }
        Some(Self { trusted_ips: trusted_ips?, ttl_s: ttl_s?, max_ttl_s: max_ttl_s?, uses: uses? })
    }
}

const PATH: &str = "/api/v1/auth/token-auth/identities/{identityId}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post(PATH, attach)
            .id("attachTokenAuth")
            .tag(TAG)
            .summary("Attach token auth to an identity")
            .permission("identity:create")
            .answers(response::example_method),
        patch(PATH, update)
            .id("updateTokenAuth")
            .tag(TAG)
            .summary("Change an identity's token auth")
            .permission("identity:edit")
            .answers(response::example_method),
        get(PATH, read)
            .id("getTokenAuth")
            .tag(TAG)
            .summary("Read an identity's token auth")
            .permission("identity:read")
            .answers(response::example_method),
        delete(PATH, revoke)
            .id("deleteTokenAuth")
            .tag(TAG)
            .summary("Take token auth from an identity; its tokens end")
            .permission("identity:revoke-auth")
            .answers(response::example_method),
    ]
}

async fn attach(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let (body, usual) = (input.body, Settings::default());
    let settings = Settings {
        access_token_trusted_ips: parse(body.trusted_ips)?.unwrap_or(usual.access_token_trusted_ips),
        access_token_ttl_s: body.ttl_s.unwrap_or(usual.access_token_ttl_s),
        access_token_max_ttl_s: body.max_ttl_s.unwrap_or(usual.access_token_max_ttl_s),
        access_token_num_uses_limit: body.uses.unwrap_or(usual.access_token_num_uses_limit),
    };
    let row = token_auth::attach(&call.app, &call.caller, input.params.identity_id, settings).await?;
    Ok(Json(response::method(&row)?))
}

async fn update(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let body = input.body;
    let change = SettingsChange {
        access_token_trusted_ips: parse(body.trusted_ips)?,
        access_token_ttl_s: body.ttl_s,
        access_token_max_ttl_s: body.max_ttl_s,
        access_token_num_uses_limit: body.uses,
    };
    let row = token_auth::update(&call.app, &call.caller, input.params.identity_id, change).await?;
    Ok(Json(response::method(&row)?))
}

async fn read(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    Ok(Json(response::method(&token_auth::get(&call.app, &call.caller, input.params.identity_id).await?)?))
}

async fn revoke(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    Ok(Json(response::method(&token_auth::revoke(&call.app, &call.caller, input.params.identity_id).await?)?))
}

//! The method as attached to an identity (core API contract, section 6.2).

use keyferry_domain::Result;
use keyferry_domain::universal_auth::{self, MAX_TTL_S, Settings, SettingsChange};
use serde_json::{Value, json};
use uuid::Uuid;

use super::trusted_ips::{parse, trusted_ips};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, Json, delete, get, patch, post};
use crate::wire::{Codec, Decode, Fields, boolean, int, uuid};

pub(super) struct Params {
    pub identity_id: Uuid,
}

impl Decode for Params {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let identity_id = f.required("identityId", uuid());
        Some(Self { identity_id: identity_id? })
    }
}

/// What was sent. Lifetimes that contradict each other are an issue where both are known from the body alone.
struct Body {
    client_secret_trusted_ips: Option<Vec<String>>,
    access_token_trusted_ips: Option<Vec<String>>,
    ttl_s: Option<i64>,
    max_ttl_s: Option<i64>,
    uses: Option<i64>,
    period_s: Option<i64>,
    lockout_enabled: Option<bool>,
    lockout_threshold: Option<i32>,
    lockout_duration_s: Option<i32>,
    lockout_counter_reset_s: Option<i32>,
}

/// A number of seconds, or of whatever fits 32 bits.
fn small(least: i64, most: i64) -> impl Codec<Out = i32> {
    int().min(least).max(most).map(|number| i32::try_from(number).unwrap_or(i32::MAX))
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let client_secret_trusted_ips = f.optional("clientSecretTrustedIps", trusted_ips());
        let access_token_trusted_ips = f.optional("accessTokenTrustedIps", trusted_ips());
        let ttl_s = f.optional("accessTokenTTL", int().min(0).max(MAX_TTL_S));
        let max_ttl_s = f.optional("accessTokenMaxTTL", int().min(0).max(MAX_TTL_S));
        let uses = f.optional("accessTokenNumUsesLimit", int().min(0));
        let period_s = f.optional("accessTokenPeriod", int().min(0).max(MAX_TTL_S));
        let lockout_enabled = f.optional("lockoutEnabled", boolean());
        let lockout_threshold = f.optional("lockoutThreshold", small(1, 30));
        let lockout_duration_s = f.optional("lockoutDurationSeconds", small(30, 86_400));
        let lockout_counter_reset_s = f.optional("lockoutCounterResetSeconds", small(5, 3_600));
        if let (Some(Some(ttl)), Some(Some(max_ttl))) = (ttl_s, max_ttl_s)
            && max_ttl > 0
            && ttl > max_ttl
        {
            f.custom(&["accessTokenTTL"], "Access Token TTL cannot be greater than Access Token Max TTL.");
        }
        Some(Self {
            client_secret_trusted_ips: client_secret_trusted_ips?,
            access_token_trusted_ips: access_token_trusted_ips?,
            ttl_s: ttl_s?,
            max_ttl_s: max_ttl_s?,
            uses: uses?,
            period_s: period_s?,
            lockout_enabled: lockout_enabled?,
            lockout_threshold: lockout_threshold?,
            lockout_duration_s: lockout_duration_s?,
            lockout_counter_reset_s: lockout_counter_reset_s?,
        })
    }
}

const PATH: &str = "/api/v1/auth/universal-auth/identities/{identityId}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post(PATH, attach)
            .id("attachUniversalAuth")
            .tag(TAG)
            .summary("Attach universal auth to an identity")
            .permission("identity:create")
            .answers(response::example_method),
        patch(PATH, update)
            .id("updateUniversalAuth")
            .tag(TAG)
            .summary("Change an identity's universal auth")
            .permission("identity:edit")
            .answers(response::example_method),
        get(PATH, read)
            .id("getUniversalAuth")
            .tag(TAG)
            .summary("Read an identity's universal auth")
            .permission("identity:read")
            .answers(response::example_method),
        delete(PATH, revoke)
            .id("deleteUniversalAuth")
            .tag(TAG)
            .summary("Take universal auth from an identity; its tokens end")
            .permission("identity:revoke-auth")
            .answers(response::example_method),
        post("/api/v1/auth/universal-auth/identities/{identityId}/clear-lockouts", clear_lockouts)
            .id("clearUniversalAuthLockouts")
            .tag(TAG)
            .summary("Let a locked identity sign in again")
            .permission("identity:edit")
            .answers(|| json!({ "deleted": 1 })),
    ]
}

async fn attach(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let (body, usual) = (input.body, Settings::default());
    let settings = Settings {
        client_secret_trusted_ips: parse(body.client_secret_trusted_ips)?.unwrap_or(usual.client_secret_trusted_ips),
        access_token_trusted_ips: parse(body.access_token_trusted_ips)?.unwrap_or(usual.access_token_trusted_ips),
        access_token_ttl_s: body.ttl_s.unwrap_or(usual.access_token_ttl_s),
        access_token_max_ttl_s: body.max_ttl_s.unwrap_or(usual.access_token_max_ttl_s),
        access_token_num_uses_limit: body.uses.unwrap_or(usual.access_token_num_uses_limit),
        access_token_period_s: body.period_s.unwrap_or(usual.access_token_period_s),
        lockout_enabled: body.lockout_enabled.unwrap_or(usual.lockout_enabled),
        lockout_threshold: body.lockout_threshold.unwrap_or(usual.lockout_threshold),
        lockout_duration_s: body.lockout_duration_s.unwrap_or(usual.lockout_duration_s),
        lockout_counter_reset_s: body.lockout_counter_reset_s.unwrap_or(usual.lockout_counter_reset_s),
    };
    let row = universal_auth::attach(&call.app, &call.caller, input.params.identity_id, settings).await?;
    Ok(Json(response::method(&row)?))
}

async fn update(call: Call, input: Input<Params, (), Body>) -> Result<Json<Value>> {
    let body = input.body;
    let change = SettingsChange {
        client_secret_trusted_ips: parse(body.client_secret_trusted_ips)?,
        access_token_trusted_ips: parse(body.access_token_trusted_ips)?,
        access_token_ttl_s: body.ttl_s,
        access_token_max_ttl_s: body.max_ttl_s,
        access_token_num_uses_limit: body.uses,
        access_token_period_s: body.period_s,
        lockout_enabled: body.lockout_enabled,
        lockout_threshold: body.lockout_threshold,
        lockout_duration_s: body.lockout_duration_s,
        lockout_counter_reset_s: body.lockout_counter_reset_s,
    };
    let row = universal_auth::update(&call.app, &call.caller, input.params.identity_id, change).await?;
    Ok(Json(response::method(&row)?))
}

async fn read(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    Ok(Json(response::method(&universal_auth::get(&call.app, &call.caller, input.params.identity_id).await?)?))
}

async fn revoke(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    Ok(Json(response::method(&universal_auth::revoke(&call.app, &call.caller, input.params.identity_id).await?)?))
}

async fn clear_lockouts(call: Call, input: Input<Params>) -> Result<Json<Value>> {
    let deleted = universal_auth::clear_lockouts(&call.app, &call.caller, input.params.identity_id).await?;
    Ok(Json(json!({ "deleted": deleted })))
}

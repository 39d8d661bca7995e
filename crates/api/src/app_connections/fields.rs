//! What several routes of this folder read.

use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, Sink, literal, nothing, text, uuid};

/// The path of one connection.
pub(super) struct ConnectionPath {
    pub(super) connection_id: Uuid,
}

impl Decode for ConnectionPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let connection_id = f.required("connectionId", uuid());
        Some(Self { connection_id: connection_id? })
    }
}

/// `?projectId=`; empty counts as absent.
pub(super) struct ScopeQuery {
    pub(super) project_id: Option<String>,
}

impl Decode for ScopeQuery {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.optional("projectId", text().blank_is_absent());
        Some(Self { project_id: project_id? })
    }
}

/// The credentials of the method `api-key`.
pub(super) struct ApiKeyCredentials {
    pub(super) api_key: SecretString,
}

impl Decode for ApiKeyCredentials {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let api_key = f.required("apiKey", text().trim().min(1).message("API Key required").max(255).map(SecretString::from));
        Some(Self { api_key: api_key? })
    }
}

/// Members other apps know and Checkly does not: they may be there only to say "no".
pub(super) fn refuse_unsupported(f: &mut Fields<'_>) -> Option<()> {
    let managed = f.optional("isPlatformManagedCredentials", NotSupported);
    let gateway = f.optional("gatewayId", nothing());
    let pool = f.optional("gatewayPoolId", nothing());
    let rotated = f.optional("isAutoRotationEnabled", literal(false));
    let rotation = f.optional("rotation", nothing());
    managed.and(gateway).and(pool).and(rotated).and(rotation).map(|_all| ())
}

/// `false`, with the contract's text for anything else.
struct NotSupported;

impl Codec for NotSupported {
    type Out = ();

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<()> {
        if value == Some(&Value::Bool(false)) {
            return Some(());
        }
        sink.push(json!({
            "received": value, "code": "invalid_literal", "expected": false,
            "message": "Not supported for Checkly Connections",
        }));
        None
    }

    fn schema(&self) -> Value {
        json!({ "const": false })
    }
}

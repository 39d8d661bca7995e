//! App connections (contract "connections and syncs", section 2): C1 to C12.

mod accounts;
mod available;
mod create;
mod delete;
mod get;
mod groups;
mod list;
mod options;
mod response;
mod update;
mod usage;

use crate::wire::{Codec, Decode, Fields, literal, nothing, secret_text, uuid};
use secrecy::SecretString;
use uuid::Uuid;

/// The app whose routes these are.
const APP: &str = "checkly";

/// Registers the routes.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(options::endpoint());
    registry.add(list::endpoint());
    registry.add(list::endpoint_of_app());
    registry.add(available::endpoint());
    registry.add(get::endpoint());
    registry.add(get::endpoint_by_name());
    registry.add(create::endpoint());
    registry.add(update::endpoint());
    registry.add(delete::endpoint());
    registry.add(accounts::endpoint());
    registry.add(groups::endpoint());
    registry.add(usage::endpoint());
}

/// The path of one connection.
struct ConnectionPath {
    connection_id: Uuid,
}

impl Decode for ConnectionPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let connection_id = f.required("connectionId", uuid());
        Some(Self { connection_id: connection_id? })
    }
}

/// `?projectId=`.
struct ScopeQuery {
    project_id: Option<String>,
}

impl Decode for ScopeQuery {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.optional("projectId", crate::wire::text().blank_is_absent());
        Some(Self { project_id: project_id?.flatten() })
    }
}

/// The credentials of the method `api-key`.
struct ApiKeyCredentials {
    api_key: SecretString,
}

impl Decode for ApiKeyCredentials {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let api_key = f.required("apiKey", secret_text().trim().min(1).message("API Key required").max(255));
        Some(Self { api_key: api_key? })
    }
}

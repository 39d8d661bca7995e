//! Credentials at rest: the JSON text of the credentials object, sealed under the key of the scope the connection belongs to.

use keyferry_connectors::Credentials;
use keyferry_db::Conn;
use keyferry_db::entities::app_connections::Model;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::validate::{connector, to_credentials};
use crate::app::App;
use crate::error::{Error, Result};
use crate::keys::{Place, Scope};

#[derive(Serialize)]
struct Stored<'a> {
    #[serde(rename = "apiKey")]
    api_key: &'a str,
}

#[derive(Deserialize)]
struct Opened {
    #[serde(rename = "apiKey")]
    api_key: String,
}

/// The sealed blob and its SHA-256 in hex, which the wire calls `credentialsHash`: it moves only when credentials are written.
pub(super) async fn seal(
    app: &App,
    conn: &impl Conn,
    org_id: Uuid,
    project_id: Option<Uuid>,
    id: Uuid,
    api_key: &SecretString,
) -> Result<(Vec<u8>, String)> {
    let text = SecretString::from(
        serde_json::to_string(&Stored { api_key: api_key.expose_secret() })
            .map_err(|_unprintable| Error::internal("the credentials cannot be written as JSON"))?,
    );
    let keys = app.keys.scope(conn, scope(org_id, project_id)).await?;
    let sealed = keys.seal(place(id), text.expose_secret());
    let hash = keyferry_crypto::sha256_hex(&sealed);
    Ok((sealed, hash))
}

/// Opens a connection's credentials, for calls to the destination only.
///
/// # Errors
/// [`Error::BadRequest`] when the destination's address is not the one the key was validated with: a stored key never goes to
/// another host. [`Error::Internal`] when the stored blob does not open.
pub async fn credentials(app: &App, conn: &impl Conn, row: &Model) -> Result<Credentials> {
    let origin = connector(app, &row.app)?.origin();
    if row.api_origin != origin {
        return Err(Error::bad_request(format!(
            "The App Connection \"{}\" was validated with {}, but this server now calls {origin}. Save its API key again to use \
             it there.",
            row.name, row.api_origin
        )));
    }
    let keys = app.keys.scope(conn, scope(row.org_id, row.project_id)).await?;
    let text = keys.open(place(row.id), &row.credentials)?;
    // The parser's own message could quote the credentials.
    let opened: Opened = serde_json::from_str(text.expose_secret())
        .map_err(|_quotes_the_text| Error::internal("stored credentials are not the JSON they should be"))?;
    Ok(to_credentials(app, SecretString::from(opened.api_key)))
}

fn scope(org_id: Uuid, project_id: Option<Uuid>) -> Scope {
    match project_id {
        Some(project_id) => Scope::Project { org_id, project_id },
        None => Scope::Org(org_id),
    }
}

fn place(id: Uuid) -> Place<'static> {
    Place { table: "app_connections", column: "credentials", row_id: id, version: 0 }
}

//! Makes a key.

use keyferry_crypto::ManagedKey;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{Algorithm, Key, MAX_PER_PROJECT, SUBJECT, Usage, event, key_error, off_thread, place, scope};
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Keys that are being made at once: a pair of RSA keys takes a processor for seconds.
static MAKING: Semaphore = Semaphore::const_new(2);

/// A key to be.
#[derive(Clone, Debug)]
pub struct CreateKey {
    /// The project.
    pub project_id: Uuid,
    /// Its name, a slug; one of its kind in the project.
    pub name: String,
    /// What people should know.
    pub description: String,
    /// What it is for.
    pub usage: Usage,
    /// What it is.
    pub algorithm: Algorithm,
}

/// Makes a key of a project.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `create`; 400 for a name that is taken, an algorithm of the other usage, and
/// too many keys.
pub async fn create(app: &App, caller: &Caller, input: CreateKey) -> Result<Key> {
    let project_id = input.project_id;
    let (project, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    ability.require("create", SUBJECT, Facts::any())?;
    if input.algorithm.usage() != input.usage {
        let (algorithm, usage) = (input.algorithm.as_str(), input.usage.as_str());
        return Err(Error::bad_request(format!("A key of the algorithm {algorithm} cannot be used for {usage}")));
    }
    // Looked at again below; here it saves the work.
    require_room(app.db.read(), project_id, &input.name).await?;
    let _turn = MAKING.acquire().await.map_err(Error::internal)?;
    let algorithm = input.algorithm.managed();
    let key = off_thread(move || ManagedKey::generate(algorithm).map_err(key_error)).await?;

    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    require_room(&tx, project_id, &input.name).await?;
    let now_ms = app.now_ms();
    let mut row = Key {
        id: app.ids.v4(),
        org_id: project.org_id,
        project_id,
        name: input.name,
        description: input.description,
        key_usage: input.usage.as_str().to_owned(),
        encryption_algorithm: input.algorithm.as_str().to_owned(),
        is_disabled: false,
        version: 1,
        material: Vec::new(),
        public_key: key.public_key().map_err(key_error)?,
        actor_type: caller.actor.kind().to_owned(),
        actor_id: caller.actor.id(),
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    row.material = app.keys.scope(&tx, scope(&row)).await?.seal_bytes(place(&row), key.material());
    keyferry_db::insert(&tx, row.clone()).await?;
    audit::record(app, &tx, caller, event(caller, &row, "create-cmek")).await?;
    tx.commit().await?;
    Ok(row)
}

async fn require_room(conn: &impl keyferry_db::Conn, project_id: Uuid, name: &str) -> Result<()> {
    require_free(conn, project_id, name, None).await?;
    if keyferry_db::kms_keys::count(conn, project_id).await? >= MAX_PER_PROJECT {
        return Err(Error::bad_request(format!("A project can have {MAX_PER_PROJECT} keys. Delete one first.")));
    }
    Ok(())
}

/// Refuses a name that another key of the project has.
pub(super) async fn require_free(conn: &impl keyferry_db::Conn, project_id: Uuid, name: &str, own: Option<Uuid>) -> Result<()> {
    match keyferry_db::kms_keys::find_by_name(conn, project_id, name).await? {
        Some(other) if Some(other.id) != own => {
            Err(Error::bad_request(format!("A key with the name '{name}' already exists in this project")))
        }
        _ => Ok(()),
    }
}

//! What a plan stands on, gathered before any call: the sync's settings, the connection, and the source at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use keyferry_connectors::plan::{BreakerRule, PlanOptions, SourceKey};
use keyferry_connectors::{Connector, Credentials, Target};
use keyferry_db::entities::{organizations, secret_syncs};
use uuid::Uuid;

use super::source;
use crate::app::App;
use crate::app_connections;
use crate::error::{Error, Result};
use crate::folders;
use crate::keys::{Scope, ScopeKeys};
use crate::secret_syncs::{DestinationConfig, SyncOptions};

/// What a run cannot begin without (contract "connections and syncs", section 4.3).
pub(in crate::secret_syncs) const FOLDER_GONE: &str =
    "Invalid Secret Sync source configuration: folder no longer exists. Please update source environment and secret path.";

/// A sync as the engine sees it, stored or not.
#[derive(Clone)]
pub(in crate::secret_syncs) struct Subject {
    pub(in crate::secret_syncs) org_id: Uuid,
    pub(in crate::secret_syncs) project_id: Uuid,
    /// None for a sync that is not stored.
    pub(in crate::secret_syncs) sync_id: Option<Uuid>,
    pub(in crate::secret_syncs) connection_id: Uuid,
    /// None when the source is gone.
    pub(in crate::secret_syncs) folder_id: Option<Uuid>,
    pub(in crate::secret_syncs) destination: String,
    pub(in crate::secret_syncs) destination_id: String,
    pub(in crate::secret_syncs) target: Target,
    pub(in crate::secret_syncs) options: SyncOptions,
    pub(in crate::secret_syncs) includes_sub_folders: bool,
    pub(in crate::secret_syncs) grants: Option<String>,
}

impl Subject {
    /// A stored sync.
    pub(in crate::secret_syncs) fn of(sync: &secret_syncs::Model) -> Result<Self> {
        let options = SyncOptions::parse(&sync.sync_options)?;
        Ok(Self {
            org_id: sync.org_id,
            project_id: sync.project_id,
            sync_id: Some(sync.id),
            connection_id: sync.connection_id,
            folder_id: sync.folder_id,
            destination: sync.destination.clone(),
            destination_id: sync.destination_id.clone(),
            target: DestinationConfig::parse(&sync.destination_config)?.target(),
            includes_sub_folders: sync.include_all_sub_folders.unwrap_or(false) || options.include_all_sub_folders,
            options,
            grants: sync.grants.clone(),
        })
    }
}

/// Everything but what the destination holds.
pub(in crate::secret_syncs) struct Prepared {
    pub(in crate::secret_syncs) project_id: Uuid,
    pub(in crate::secret_syncs) connector: Arc<dyn Connector>,
    pub(in crate::secret_syncs) credentials: Credentials,
    pub(in crate::secret_syncs) keys: Arc<ScopeKeys>,
    pub(in crate::secret_syncs) source: Vec<SourceKey>,
    /// Folders a destination key comes from, for messages.
    pub(in crate::secret_syncs) folders: HashMap<String, Vec<String>>,
    pub(in crate::secret_syncs) options: PlanOptions,
    pub(in crate::secret_syncs) breaker: Option<BreakerRule>,
}

/// The connector and the credentials of a sync.
///
/// # Errors
/// [`Error::BadRequest`] with a text for the user when the connection cannot be used.
pub(in crate::secret_syncs) async fn connect(app: &App, subject: &Subject) -> Result<(Arc<dyn Connector>, Credentials)> {
    let conn = app.db.read();
    let row = keyferry_db::app_connections::find(conn, subject.org_id, subject.connection_id)
        .await?
        .ok_or_else(|| Error::bad_request("The App Connection of this sync no longer exists."))?;
    if row.app != subject.destination || row.project_id.is_some_and(|project| project != subject.project_id) {
        return Err(Error::bad_request(format!("The App Connection \"{}\" cannot be used by this sync.", row.name)));
    }
    let connector = app
        .connectors
        .find(&subject.destination)
        .ok_or_else(|| Error::internal(format!("no connector for {}", subject.destination)))?;
    let credentials = app_connections::credentials(app, conn, &row).await?;
    Ok((connector, credentials))
}

/// Gathers what a plan stands on.
///
/// # Errors
/// [`Error::BadRequest`] with a text for the user when the settings do not allow a run; [`Error::Internal`] for damage of ours.
pub(in crate::secret_syncs) async fn prepare(app: &App, subject: &Subject, force: bool) -> Result<Prepared> {
    let (connector, credentials) = connect(app, subject).await?;
    let scope = Scope::Project { org_id: subject.org_id, project_id: subject.project_id };
    let keys = app.keys.scope(app.db.read(), scope).await?;

    // One moment for everything that is read, so that a secret on its way from one folder to another is not missed.
    let snapshot = app.db.snapshot().await?;
    let gone = || Error::bad_request(FOLDER_GONE);
    let folder_id = subject.folder_id.ok_or_else(gone)?;
    let own = folders::place_of(&snapshot, folder_id)
        .await?
        .filter(|place| place.folder.project_id == subject.project_id)
        .ok_or_else(gone)?;
    let org: Option<organizations::Model> = keyferry_db::find_by_id(&snapshot, subject.org_id).await?;
    let loaded = source::load(app, &snapshot, subject, &own, &keys).await?;
    drop(snapshot);

    Ok(Prepared {
        project_id: subject.project_id,
        connector,
        credentials,
        keys,
        source: loaded.keys,
        folders: loaded.folders,
        breaker: subject.options.breaker_rule(org.as_ref().and_then(|org| org.deletion_breaker.as_deref())),
        options: PlanOptions {
            key_schema: subject.options.key_schema.clone(),
            environment_slug: own.environment.slug,
            disable_secret_deletion: subject.options.disable_secret_deletion,
            unmanaged_secrets: subject.options.unmanaged_secrets,
            empty_values: subject.options.empty_values,
            force,
        },
    })
}

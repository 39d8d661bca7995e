//! What every read needs: the caller's ability, the keys, and how a row becomes a secret.

use std::sync::Arc;

use keyferry_db::Conn;
use keyferry_db::entities::{projects, secrets};
use uuid::Uuid;

use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::keys::{Scope, ScopeKeys};
use crate::secrets::integrity::Opener;
use crate::secrets::model::{Kind, Metadata, Secret, Tag};

/// A caller at work in a project.
pub(in crate::secrets) struct Reader<'a> {
    pub(in crate::secrets) app: &'a App,
    pub(in crate::secrets) caller: &'a Caller,
    pub(in crate::secrets) project: Arc<projects::Model>,
    pub(in crate::secrets) ability: Arc<Ability>,
    pub(in crate::secrets) keys: Arc<ScopeKeys>,
}

impl<'a> Reader<'a> {
    pub(in crate::secrets) async fn new(app: &'a App, conn: &impl Conn, caller: &'a Caller, project_id: Uuid) -> Result<Self> {
        let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
        let keys = app.keys.scope(conn, Scope::Project { org_id: project.org_id, project_id }).await?;
        Ok(Self { app, caller, project, ability, keys })
    }

    pub(in crate::secrets) fn opener(&self) -> Opener<'_> {
        Opener { app: self.app, caller: self.caller, keys: &self.keys }
    }

    pub(in crate::secrets) fn may(&self, action: &str, facts: Facts<'_>) -> bool {
        self.ability.allows(action, "secrets", facts)
    }

    pub(in crate::secrets) fn require(&self, action: &str, facts: Facts<'_>) -> Result<()> {
        self.ability.require(action, "secrets", facts)
    }

    /// Opens a row. The value stays hidden unless `is_visible`.
    pub(in crate::secrets) fn secret(
        &self,
        row: secrets::Model,
        environment: &Arc<str>,
        path: &Arc<str>,
        is_visible: bool,
        tags: Vec<Tag>,
        metadata: Vec<Metadata>,
    ) -> Result<Secret> {
        let opener = self.opener();
        let value = if is_visible { Some(opener.value(&row)?) } else { None };
        let comment = opener.comment(&row)?;
        let reminder_note = opener.reminder_note(&row)?;
        Ok(Secret {
            id: row.id,
            project_id: row.project_id,
            folder_id: row.folder_id,
            environment: Arc::clone(environment),
            path: Arc::clone(path),
            kind: kind(&row),
            key: row.key,
            version: row.version,
            value,
            comment,
            reminder_note,
            reminder_repeat_days: row.reminder_repeat_days,
            skip_multiline_encoding: row.skip_multiline_encoding,
            actor_type: row.actor_type,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            tags,
            metadata,
            created_at_ms: row.created_at_ms,
            updated_at_ms: row.updated_at_ms,
            has_references: row.has_references,
        })
    }
}

pub(in crate::secrets) fn kind(row: &secrets::Model) -> Kind {
    if row.owner_id.is_nil() { Kind::Shared } else { Kind::Personal }
}

/// The refusal to show a value (core API contract 10.6).
pub(in crate::secrets) fn value_denied(key: &str) -> Error {
    Error::Forbidden {
        name: Some("ForbiddenReadSecretError".to_owned()),
        message: format!("You do not have permission to view secret value on secret with name '{key}'"),
        details: None,
    }
}

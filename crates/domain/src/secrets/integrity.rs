//! Opening stored values, and what happens when one does not open.

use keyferry_db::entities::{secret_metadata, secret_versions, secrets};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::keys::{Place, ScopeKeys};

/// The place of a column of a secret at a version; `secret_versions` keeps the same envelopes.
pub(super) fn place(column: &'static str, secret_id: Uuid, version: i32) -> Place<'static> {
    Place { table: "secrets", column, row_id: secret_id, version }
}

/// The place of a metadata value.
pub(super) fn metadata_place(id: Uuid) -> Place<'static> {
    Place { table: "secret_metadata", column: "value", row_id: id, version: 0 }
}

/// Opens what is stored for one caller, and raises the alarm about what does not open.
pub(super) struct Opener<'a> {
    pub(super) app: &'a App,
    pub(super) caller: &'a Caller,
    pub(super) keys: &'a ScopeKeys,
}

impl Opener<'_> {
    pub(super) fn value(&self, row: &secrets::Model) -> Result<SecretString> {
        self.checked(row.project_id, row.id, row.version, self.keys.open(place("value", row.id, row.version), &row.value))
    }

    pub(super) fn comment(&self, row: &secrets::Model) -> Result<Option<SecretString>> {
        self.column("comment", row, row.comment.as_deref())
    }

    pub(super) fn reminder_note(&self, row: &secrets::Model) -> Result<Option<SecretString>> {
        self.column("reminder_note", row, row.reminder_note.as_deref())
    }

    fn column(&self, column: &'static str, row: &secrets::Model, envelope: Option<&[u8]>) -> Result<Option<SecretString>> {
        let Some(envelope) = envelope else { return Ok(None) };
        self.checked(row.project_id, row.id, row.version, self.keys.open(place(column, row.id, row.version), envelope)).map(Some)
    }

    pub(super) fn version_value(&self, row: &secret_versions::Model) -> Result<SecretString> {
        let opened = self.keys.open(place("value", row.secret_id, row.version), &row.value);
        self.checked(row.project_id, row.secret_id, row.version, opened)
    }

    pub(super) fn version_comment(&self, row: &secret_versions::Model) -> Result<Option<SecretString>> {
        let Some(envelope) = row.comment.as_deref() else { return Ok(None) };
        let opened = self.keys.open(place("comment", row.secret_id, row.version), envelope);
        self.checked(row.project_id, row.secret_id, row.version, opened).map(Some)
    }

    pub(super) fn metadata(&self, row: &secret_metadata::Model) -> Result<SecretString> {
        self.checked(row.project_id, row.secret_id, 0, self.keys.open(metadata_place(row.id), &row.value))
    }

    fn checked<T>(&self, project_id: Uuid, secret_id: Uuid, version: i32, opened: Result<T>) -> Result<T> {
        opened.map_err(|error| self.failure(project_id, secret_id, version, &error))
    }

    /// The error for a stored value that does not open, after telling the operator and the audit log.
    pub(super) fn failure(&self, project_id: Uuid, secret_id: Uuid, version: i32, cause: &Error) -> Error {
        tracing::error!(%project_id, %secret_id, version, %cause, "a stored secret does not decrypt");
        let metadata = json!({"secretId": secret_id, "secretVersion": version});
        let event = Event::project(self.caller, project_id, "secret-integrity-failure", metadata);
        if let Err(refused) = audit::record_refusal(self.app, self.caller, event) {
            return refused;
        }
        Error::internal(format!("integrity check failed for secret {secret_id} version {version}"))
    }
}

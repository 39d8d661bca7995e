//! The ledger: what a sync last confirmed at its destination, per variable.
//!
//! A fingerprint of zeros means doubt: a write was about to be sent. It matches no value, so a variable whose write was not
//! recorded, because the process died or no answer came, is written again whatever the source says by then. A row in doubt
//! whose `written_at_ms` is 0 was announced by a create: the variable may be there, and is the sync's. A variable that several
//! syncs write has a row of each; whoever writes it puts the rows of the others in doubt.

use keyferry_connectors::plan::{Fingerprint, LedgerEntry};
use keyferry_db::entities::sync_ledger::Model;
use secrecy::SecretString;
use uuid::Uuid;

use crate::error::Result;
use crate::keys::{Place, ScopeKeys};

/// The fingerprint of a row in doubt.
pub(super) const NOTHING: Fingerprint = [0; 32];

/// Whether a write of this variable was confirmed.
#[must_use]
pub fn is_confirmed(row: &Model) -> bool {
    row.written_at_ms > 0
}

/// Whether what the variable holds is not known: a write of this sync is on its way, or another sync wrote it since.
#[must_use]
pub fn is_in_doubt(row: &Model) -> bool {
    row.fingerprint == NOTHING
}

/// How well a row says what stands at the destination; the greatest of several rows of one key says it best.
pub(super) type Freshness = (bool, i64);

/// A row in doubt was overtaken by another sync, or by a write that nobody answered, whatever the clock said at the time.
pub(super) fn freshness(row: &Model) -> Freshness {
    (!is_in_doubt(row), row.written_at_ms)
}

/// As the plan takes it.
pub(super) fn entry(row: &Model) -> LedgerEntry {
    LedgerEntry {
        destination_key: row.destination_key.clone(),
        secret_key: row.secret_key.clone(),
        // A fingerprint of another length matches nothing, so the value is written again.
        fingerprint: Fingerprint::try_from(row.fingerprint.as_slice()).unwrap_or(NOTHING),
        secret_version: row.secret_version,
    }
}

/// The row while a write of its variable is on its way.
pub(super) fn in_doubt(row: &Model) -> Model {
    Model { fingerprint: NOTHING.to_vec(), ..row.clone() }
}

/// The row of a variable that is about to be created.
pub(super) fn announcement(
    id: Uuid,
    sync_id: Uuid,
    project_id: Uuid,
    destination_id: &str,
    destination_key: &str,
    secret_key: &str,
) -> Model {
    Model {
        id,
        sync_id,
        project_id,
        destination_id: destination_id.to_owned(),
        destination_key: destination_key.to_owned(),
        secret_key: secret_key.to_owned(),
        secret_id: None,
        secret_version: None,
        fingerprint: NOTHING.to_vec(),
        last_value: None,
        written_at_ms: 0,
    }
}

fn place(id: Uuid) -> Place<'static> {
    Place { table: "sync_ledger", column: "last_value", row_id: id, version: 0 }
}

/// Seals the value last written, for groups, whose variables are written as a whole.
pub(super) fn seal_last_value(keys: &ScopeKeys, id: Uuid, value: &str) -> Vec<u8> {
    keys.seal(place(id), value)
}

/// The value last written, if it is kept.
///
/// # Errors
/// When the stored value does not open.
pub(super) fn open_last_value(keys: &ScopeKeys, row: &Model) -> Result<Option<SecretString>> {
    row.last_value.as_deref().map(|envelope| keys.open(place(row.id), envelope)).transpose()
}

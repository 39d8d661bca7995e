//! Backups: every lasting row of the installation in one file, sealed under a passphrase, independent of the backend.
//!
//! Values stay in their envelopes and keys stay wrapped, and the root key is not inside: a backup is useless without it. The
//! format is described in `docs/backup-format.md`. Files are read and written with blocking calls: these functions are for
//! the command line, not for a server's threads.

mod create;
mod header;
mod open;
mod record;
mod restore;

pub use create::{CreateOptions, create};
pub use header::{Header, TableSummary};
pub use open::Backup;
pub use restore::{Restored, check_empty};

/// The purpose under which backups are sealed.
const PURPOSE: &str = "keyferry-backup";
/// Version of what is inside the sealed stream.
const FORMAT: u32 = 1;

/// Why a backup is not made, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written, or is not as it was written (see [`keyferry_crypto::StreamError`]).
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The file is authentic but this program cannot use it.
    #[error("{0}")]
    Format(String),
    /// The database does not fit.
    #[error("{0}")]
    Target(String),
    /// The root key is not the one the rows were written under.
    #[error(
        "this backup needs the root key with the fingerprint {needed}, but the key given has the fingerprint {given}; put the \
         right key in place first (it is not part of a backup)"
    )]
    WrongRootKey {
        /// Fingerprint of the key needed.
        needed: String,
        /// Fingerprint of the key given.
        given: String,
    },
    /// The database does not answer or refuses.
    #[error(transparent)]
    Database(#[from] keyferry_db::DbError),
}

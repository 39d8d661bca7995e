//! The data directory, private to its owner, and the lock that keeps a second server off an embedded database.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// Makes the directory, readable for its owner only.
///
/// # Errors
/// When it cannot be made or written to.
pub fn prepare(dir: &Path) -> anyhow::Result<()> {
    let hint = || format!("cannot write to the data directory {}; choose another with --data-dir", dir.display());
    if !dir.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).with_context(hint)?;
    }
    if !dir.is_dir() {
        bail!("the data directory {} is not a directory; choose another with --data-dir", dir.display());
    }
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).with_context(hint)?;
    rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).with_context(hint)?;
    Ok(())
}

/// Held while the server runs.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside the database file.
    ///
    /// # Errors
    /// When another server holds it, or the file cannot be made.
    pub fn take(database: &Path) -> anyhow::Result<Self> {
        let path = database.with_extension("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot make the lock file {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!("another Keyferry server uses the database {}; stop it first", database.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}

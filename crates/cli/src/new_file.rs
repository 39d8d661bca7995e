//! A private file that appears under its name only when it is whole.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// A file under a temporary name beside its own; dropping it removes it.
pub struct NewFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    overwrite: bool,
}

impl NewFile {
    /// Begins a file that only its owner can read, whatever the umask.
    ///
    /// # Errors
    /// When a file of that name exists and shall not be overwritten, or the directory cannot be written to.
    pub fn begin(target: &Path, overwrite: bool) -> anyhow::Result<Self> {
        if !overwrite && target.symlink_metadata().is_ok() {
            bail!("{} exists; choose another name or give --force", target.display());
        }
        let Some(name) = target.file_name() else { bail!("{} is not the name of a file", target.display()) };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.partial", std::process::id()));
        let temporary = target.with_file_name(hidden);
        let file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)
            .with_context(|| format!("cannot write to {}", temporary.display()))?;
        Ok(Self { file, temporary, target: target.to_owned(), overwrite })
    }

    /// Where to write.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the contents durable and gives the file its name.
    ///
    /// # Errors
    /// When the disk refuses, or somebody made a file of that name meanwhile.
    pub fn finish(self) -> anyhow::Result<()> {
        self.file.sync_all()?;
        let flags = if self.overwrite { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        match renameat_with(CWD, &self.temporary, CWD, &self.target, flags) {
            Ok(()) => {}
            // Some file systems cannot refuse to replace; that the name was free was seen at the beginning.
            Err(Errno::INVAL | Errno::NOSYS) => std::fs::rename(&self.temporary, &self.target)?,
            Err(Errno::EXIST) => bail!("{} exists; choose another name or give --force", self.target.display()),
            Err(error) => bail!("cannot write {}: {error}", self.target.display()),
        }
        let directory = self.target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()?;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After the rename there is nothing under this name.
        std::fs::remove_file(&self.temporary).ok();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_whole_and_private_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.backup");
        let mut file = NewFile::begin(&target, false).unwrap();
        file.file().write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(file);
        assert!(names(dir.path()).is_empty());

        let mut file = NewFile::begin(&target, false).unwrap();
        file.file().write_all(b"whole").unwrap();
        file.finish().unwrap();
        assert_eq!(names(dir.path()), ["a.backup"]);
        assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(NewFile::begin(&target, false).is_err());

        let mut file = NewFile::begin(&target, true).unwrap();
        file.file().write_all(b"newer").unwrap();
        file.finish().unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"newer");
    }

    #[test]
    fn a_file_made_meanwhile_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.backup");
        let file = NewFile::begin(&target, false).unwrap();
        std::fs::write(&target, "somebody else's").unwrap();
        assert!(file.finish().is_err());
        assert_eq!(std::fs::read(&target).unwrap(), b"somebody else's");
        assert_eq!(names(dir.path()), ["a.backup"]);
    }
}

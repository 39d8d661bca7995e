//! The passphrase of a backup, from a file or from the person at the terminal.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

/// Fewer characters are refused for a new backup: a file can be guessed at for ever.
const LEAST: usize = 12;

/// Where the passphrase comes from.
#[derive(Debug, Args)]
pub struct PassphraseArgs {
    /// File whose first line is the passphrase; without it you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// A passphrase to seal with, typed twice.
    ///
    /// # Errors
    /// When it is too short, the two differ, or there is neither file nor terminal.
    pub fn choose(&self) -> anyhow::Result<SecretString> {
        let chosen = match &self.passphrase_file {
            Some(file) => read(file)?,
            None => {
                let chosen = ask("Passphrase for the backup: ")?;
                refuse_weak(&chosen)?;
                let again = ask("Again: ")?;
                if chosen.expose_secret() != again.expose_secret() {
                    bail!("the two passphrases differ; nothing was written");
                }
                chosen
            }
        };
        refuse_weak(&chosen)?;
        Ok(chosen)
    }

    /// The passphrase of a backup that exists.
    ///
    /// # Errors
    /// When it is empty, or there is neither file nor terminal.
    pub fn recall(&self) -> anyhow::Result<SecretString> {
        let passphrase = match &self.passphrase_file {
            Some(file) => read(file)?,
            None => ask("Passphrase of the backup: ")?,
        };
        if passphrase.expose_secret().is_empty() {
            bail!("the passphrase is empty");
        }
        Ok(passphrase)
    }
}

fn refuse_weak(passphrase: &SecretString) -> anyhow::Result<()> {
    let text = passphrase.expose_secret();
    if text.trim().chars().count() < LEAST {
        bail!("the passphrase is too short; give at least {LEAST} characters, such as five random words");
    }
    if text.chars().all(|c| text.starts_with(c)) {
        bail!("the passphrase is one character repeated; give something nobody guesses");
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the passphrase file {}", file.display()))?;
    let text = SecretString::from(text);
    Ok(SecretString::from(text.expose_secret().lines().next().unwrap_or_default()))
}

/// Asks at the terminal, without showing what is typed.
fn ask(question: &str) -> anyhow::Result<SecretString> {
    keyferry_cli::terminal::ask_hidden(question).context("give --passphrase-file where nobody can be asked")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn weak_passphrases_are_refused() {
        for weak in ["", "            ", "short", "aaaaaaaaaaaaaaaa", "eleven char"] {
            assert!(refuse_weak(&SecretString::from(weak)).is_err(), "{weak:?}");
        }
        assert!(refuse_weak(&SecretString::from("five random words it is")).is_ok());
    }

    #[test]
    fn the_first_line_of_the_file_counts() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "correct horse battery\r\nnot this\n").unwrap();
        assert_eq!(read(file.path()).unwrap().expose_secret(), "correct horse battery");
    }
}

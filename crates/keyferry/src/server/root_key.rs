//! Finds the root key; makes one only for a new embedded database.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::{Context as _, bail};
use keyferry_crypto::RootKey;
use secrecy::ExposeSecret as _;

use crate::config::Config;

/// The root key from environment or file. `needed` is the fingerprint that an existing database asks for.
///
/// # Errors
/// When there is none, or it is not a key; an existing database is never given a new one.
pub fn find(config: &Config, needed: Option<&str>) -> anyhow::Result<RootKey> {
    match read(config)? {
        Some(key) => Ok(key),
        None => {
            let needed = needed.map(|f| format!(" with fingerprint {f}")).unwrap_or_default();
            bail!(
                "the root key{needed} is missing: {} does not exist; put the key there or set KEYFERRY_ROOT_KEY or KEYFERRY_ROOT_KEY_FILE",
                config.root_key_file.value.display()
            )
        }
    }
}

/// Like [`find`], but writes a new random key into the file when there is none.
///
/// # Errors
/// When the key cannot be read or written.
pub fn find_or_create(config: &Config) -> anyhow::Result<RootKey> {
    if let Some(key) = read(config)? {
        return Ok(key);
    }
    let key = RootKey::generate();
    let path = &config.root_key_file.value;
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write the root key to {}", path.display()))?;
    file.write_all(key.to_base64().expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    tracing::info!(path = %path.display(), fingerprint = key.fingerprint(), "made a root key; keep a copy of it apart from the database");
    Ok(key)
}

fn read(config: &Config) -> anyhow::Result<Option<RootKey>> {
    if let Some(setting) = &config.root_key {
        let key = RootKey::parse(setting.value.expose_secret())
            .with_context(|| format!("the root key ({}) is not usable", setting.origin))?;
        return Ok(Some(key));
    }
    let path = &config.root_key_file.value;
    let text = match std::fs::read_to_string(path) {
        Ok(text) => secrecy::SecretString::from(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read the root key file {}", path.display())),
    };
    let key =
        RootKey::parse(text.expose_secret()).with_context(|| format!("the root key in {} is not usable", path.display()))?;
    Ok(Some(key))
}

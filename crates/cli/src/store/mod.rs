//! Logins kept between commands: the token in the system's keyring where there is one, otherwise in a file that only its owner
//! can read; everything else in the file.

mod keyring;

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::new_file::NewFile;
pub use keyring::KEYRING;
use keyring::Keyring;

/// A login at one server.
#[derive(Clone, Debug)]
pub struct Login {
    /// Whose token it is.
    pub kind: Kind,
    /// Mail address, or the identity's name or client id.
    pub name: String,
    /// The organization the token acts in.
    pub organization: Option<String>,
    /// When the token ends, in seconds since 1970; none when it does not.
    pub expires_at_s: Option<i64>,
    /// The token.
    pub token: SecretString,
}

/// Who signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person.
    User,
    /// A machine identity.
    Identity,
}

/// Where a token lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the system's keyring.
    Keyring,
    /// In this file.
    File(PathBuf),
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Contents {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default)]
    logins: BTreeMap<String, Row>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    kind: Kind,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// Absent when the keyring has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// The logins of this user.
pub struct Store {
    file: PathBuf,
    keyring: Option<Keyring>,
}

impl Store {
    /// Of the user who runs the program: `$XDG_CONFIG_HOME/keyferry/credentials.json`.
    ///
    /// # Errors
    /// When the user has no home directory.
    pub fn open() -> anyhow::Result<Self> {
        let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || std::env::home_dir().filter(|path| path.is_absolute()).map(|home| home.join(".config"));
        let config = config.or_else(home).context("there is neither HOME nor XDG_CONFIG_HOME to keep logins in")?;
        Ok(Self { file: config.join("keyferry/credentials.json"), keyring: Keyring::find() })
    }

    /// The server of the last login.
    ///
    /// # Errors
    /// When the file cannot be read, or others can read it.
    pub fn default_server(&self) -> anyhow::Result<Option<String>> {
        Ok(self.read()?.default)
    }

    /// All servers with a login.
    ///
    /// # Errors
    /// When the file cannot be read, or others can read it.
    pub fn servers(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.read()?.logins.into_keys().collect())
    }

    /// The login at a server.
    ///
    /// # Errors
    /// When the file cannot be read, or others can read it, or the keyring does not answer.
    pub async fn find(&self, server: &str) -> anyhow::Result<Option<Login>> {
        let Some(row) = self.read()?.logins.remove(server) else { return Ok(None) };
        let token = match (row.token, &self.keyring) {
            (Some(token), _) => SecretString::from(token),
            (None, Some(keyring)) => match keyring.find_token(server).await? {
                Some(token) => token,
                None => return Ok(None),
            },
            (None, None) => bail!("the token for {server} is in a keyring that cannot be reached from here; set KEYFERRY_TOKEN"),
        };
        let Row { kind, name, organization, expires_at: expires_at_s, .. } = row;
        Ok(Some(Login { kind, name, organization, expires_at_s, token }))
    }

    /// Keeps a login and makes its server the default one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn save(&self, server: &str, login: &Login) -> anyhow::Result<Kept> {
        let in_keyring = match &self.keyring {
            Some(keyring) => keyring.save(server, &login.token).await.is_ok(),
            None => false,
        };
        let mut contents = self.read()?;
        let row = Row {
            kind: login.kind,
            name: login.name.clone(),
            organization: login.organization.clone(),
            expires_at: login.expires_at_s,
            token: (!in_keyring).then(|| login.token.expose_secret().to_owned()),
        };
        contents.logins.insert(server.to_owned(), row);
        contents.default = Some(server.to_owned());
        self.write(&contents)?;
        Ok(if in_keyring { Kept::Keyring } else { Kept::File(self.file.clone()) })
    }

    /// Forgets the login at a server; answers whether there was one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn forget(&self, server: &str) -> anyhow::Result<bool> {
        let mut contents = self.read()?;
        let Some(row) = contents.logins.remove(server) else { return Ok(false) };
        if let (None, Some(keyring)) = (&row.token, &self.keyring) {
            keyring.forget(server).await?;
        }
        if contents.default.as_deref() == Some(server) {
            contents.default = contents.logins.keys().next().cloned();
        }
        self.write(&contents)?;
        Ok(true)
    }

    fn read(&self) -> anyhow::Result<Contents> {
        let text = match std::fs::File::open(&self.file) {
            Ok(file) => {
                refuse_open_to_others(&self.file, &file.metadata()?)?;
                std::io::read_to_string(file).with_context(|| format!("cannot read {}", self.file.display()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Contents::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.file.display())),
        };
        // The library's own message may quote what it read.
        serde_json::from_str(&text)
            .map_err(|_| anyhow::anyhow!("{} is damaged; delete it and sign in again", self.file.display()))
    }

    fn write(&self, contents: &Contents) -> anyhow::Result<()> {
        if let Some(directory) = self.file.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
            made.with_context(|| format!("cannot make {}", directory.display()))?;
        }
        let mut file = NewFile::begin(&self.file, true)?;
        serde_json::to_writer_pretty(file.file(), contents)?;
        file.file().write_all(b"\n")?;
        file.finish()
    }
}

fn refuse_open_to_others(path: &Path, metadata: &std::fs::Metadata) -> anyhow::Result<()> {
    let path = path.display();
    if metadata.mode() & 0o077 != 0 {
        bail!(
            "{path} holds tokens and can be read by others; run chmod 600 {path}, and sign in again if somebody may have read it"
        );
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        bail!("{path} belongs to somebody else");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn login(name: &str) -> Login {
        let token = SecretString::from(format!("token of {name}"));
        Login { kind: Kind::User, name: name.to_owned(), organization: None, expires_at_s: Some(1), token }
    }

    fn store(directory: &tempfile::TempDir) -> Store {
        Store { file: directory.path().join("keyferry/credentials.json"), keyring: None }
    }

    #[tokio::test]
    async fn logins_are_kept_by_server_in_a_private_file() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        assert!(store.find("https://a").await.unwrap().is_none());
        store.save("https://a", &login("ann")).await.unwrap();
        store.save("https://b", &login("bob")).await.unwrap();
        assert_eq!(store.file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(store.file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(store.default_server().unwrap().as_deref(), Some("https://b"));
        assert_eq!(store.find("https://a").await.unwrap().unwrap().token.expose_secret(), "token of ann");
        assert!(store.forget("https://b").await.unwrap());
        assert!(!store.forget("https://b").await.unwrap());
        assert_eq!(store.default_server().unwrap().as_deref(), Some("https://a"));
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        store.save("https://a", &login("ann")).await.unwrap();
        for mode in [0o640, 0o604] {
            std::fs::set_permissions(&store.file, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = store.find("https://a").await.unwrap_err().to_string();
            assert!(error.contains("chmod 600") && !error.contains("token of"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_damaged_file_is_told_without_its_text() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        store.save("https://a", &login("ann")).await.unwrap();
        std::fs::write(&store.file, "{\"default\": the-token").unwrap();
        let error = format!("{:#}", store.find("https://a").await.unwrap_err());
        assert!(error.contains("damaged") && !error.contains("the-token"), "{error}");
    }

    #[tokio::test]
    async fn a_keyring_that_does_not_work_is_replaced_by_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let broken = Store { keyring: Some(Keyring::by_program("/bin/false".into())), ..store(&directory) };
        assert!(matches!(broken.save("https://a", &login("ann")).await.unwrap(), Kept::File(_)));
        assert!(broken.find("https://a").await.unwrap().is_some());
    }
}

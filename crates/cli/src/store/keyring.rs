//! The desktop's keyring (freedesktop Secret Service: GNOME Keyring, KWallet, KeePassXC), through libsecret's `secret-tool`: its own
//! D-Bus stack would be 45 crates in every build of the server.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::terminal;

/// Variable that keeps tokens out of the keyring when it is `off`.
pub const KEYRING: &str = "KEYFERRY_KEYRING";
/// A keyring that is locked asks for its password in a window.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nobody is there to answer.
const PATIENCE_ALONE: Duration = Duration::from_secs(5);

/// A keyring that can be reached.
pub struct Keyring {
    program: PathBuf,
}

impl Keyring {
    /// The one of this session, if there is one: a session bus, and the program that speaks to it.
    pub fn find() -> Option<Self> {
        let is_off = std::env::var_os(KEYRING).is_some_and(|value| value == "off");
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let has_bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
            || runtime.is_some_and(|directory| directory.join("bus").exists());
        if is_off || !has_bus {
            return None;
        }
        let path = std::env::var_os("PATH")?;
        let program = std::env::split_paths(&path).map(|directory| directory.join("secret-tool")).find(|file| file.is_file())?;
        Some(Self { program })
    }

    /// Through this program.
    #[cfg(test)]
    pub fn by_program(program: PathBuf) -> Self {
        Self { program }
    }

    /// Keeps a token.
    pub async fn save(&self, server: &str, token: &SecretString) -> anyhow::Result<()> {
        let label = format!("--label=Keyferry at {server}");
        self.call(&["store", &label], server, Some(token)).await.map(drop)
    }

    /// The token for a server.
    pub async fn find_token(&self, server: &str) -> anyhow::Result<Option<SecretString>> {
        let found = self.call(&["lookup"], server, None).await?;
        let text = found.expose_secret().trim_end_matches('\n');
        Ok((!text.is_empty()).then(|| SecretString::from(text)))
    }

    /// Forgets the token for a server.
    pub async fn forget(&self, server: &str) -> anyhow::Result<()> {
        self.call(&["clear"], server, None).await.map(drop)
    }

    async fn call(&self, arguments: &[&str], server: &str, input: Option<&SecretString>) -> anyhow::Result<SecretString> {
        let patience = if terminal::is_interactive() { PATIENCE } else { PATIENCE_ALONE };
        let work = run(&self.program, arguments, server, input);
        tokio::time::timeout(patience, work)
            .await
            .context("the keyring does not answer; set KEYFERRY_KEYRING=off to do without")?
    }
}

async fn run(program: &Path, arguments: &[&str], server: &str, input: Option<&SecretString>) -> anyhow::Result<SecretString> {
    let attributes = ["application", "keyferry", "server", server];
    let arguments: Vec<OsString> = arguments.iter().chain(&attributes).map(OsString::from).collect();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot speak to the keyring")?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A program that ends at once has its say by its exit code.
        stdin.write_all(input.expose_secret().as_bytes()).await.ok();
    }
    let output = child.wait_with_output().await?;
    // Looking up what is not there ends with 1 and no word.
    if !output.status.success() && output.status.code() != Some(1) {
        bail!("the keyring refused ({})", output.status);
    }
    if !output.status.success() && input.is_some() {
        bail!("the keyring did not take the token");
    }
    Ok(SecretString::from(String::from_utf8(output.stdout).context("the keyring answered no text")?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A stand-in that keeps what it is given in a file beside it, and notes how it was called.
    fn stand_in(directory: &tempfile::TempDir) -> Keyring {
        let program = directory.path().join("secret-tool");
        let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 9\necho \"$@\" >> calls\ncase $1 in\nstore) cat > kept ;;\n\
                      lookup) test -f kept || exit 1; cat kept ;;\nclear) rm -f kept ;;\nesac\n";
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        Keyring::by_program(program)
    }

    #[tokio::test]
    async fn a_token_is_kept_found_and_forgotten_and_never_an_argument() {
        let directory = tempfile::tempdir().unwrap();
        let keyring = stand_in(&directory);
        assert!(keyring.find_token("https://a").await.unwrap().is_none());
        keyring.save("https://a", &SecretString::from("the-token")).await.unwrap();
        assert_eq!(keyring.find_token("https://a").await.unwrap().unwrap().expose_secret(), "the-token");
        keyring.forget("https://a").await.unwrap();
        assert!(keyring.find_token("https://a").await.unwrap().is_none());
        let calls = std::fs::read_to_string(directory.path().join("calls")).unwrap();
        assert!(calls.contains("application keyferry server https://a") && !calls.contains("the-token"), "{calls}");
    }
}

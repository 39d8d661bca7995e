//! The places a setting can come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::Setting;

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A command line flag.
    Flag(String),
    /// An environment variable.
    Environment(String),
    /// The configuration file.
    File(PathBuf),
    /// A credential that the service manager put into `$CREDENTIALS_DIRECTORY`.
    Credential,
    /// Nobody set it.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Credential => f.write_str("service credential"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Flags, environment and file, unparsed.
#[derive(Debug, Default)]
pub struct Sources {
    flags: BTreeMap<&'static str, String>,
    environment: BTreeMap<String, String>,
    file: Option<(PathBuf, toml::Table)>,
}

impl Sources {
    /// With this environment.
    #[must_use]
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { environment: environment.into_iter().collect(), ..Self::default() }
    }

    /// Only the settings about logs: the demo ignores every other one.
    #[must_use]
    pub fn only_logging(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let kept = environment.into_iter().filter(|(name, _)| !name.starts_with("KEYFERRY_") || name.starts_with("KEYFERRY_LOG"));
        Self::new(kept)
    }

    /// Adds a flag's value.
    pub fn flag(&mut self, name: &'static str, value: Option<String>) -> &mut Self {
        if let Some(value) = value {
            self.flags.insert(name, value);
        }
        self
    }

    /// Reads the configuration file named by the flag, or by `KEYFERRY_CONFIG`.
    ///
    /// # Errors
    /// When it cannot be read or is not TOML.
    pub fn read_file(&mut self, flag: Option<PathBuf>) -> anyhow::Result<()> {
        let Some(path) = flag.or_else(|| self.environment.get("KEYFERRY_CONFIG").map(PathBuf::from)) else { return Ok(()) };
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        let table = toml::from_str::<toml::Table>(&text)
            .map_err(|e| anyhow::anyhow!("the configuration file {} is not valid TOML: {}", path.display(), e.message()))?;
        self.file = Some((path, table));
        Ok(())
    }

    /// A setting by its plain name, from the strongest source that has it.
    #[must_use]
    pub fn get(&self, name: &'static str) -> Option<Setting<String>> {
        if let Some(value) = self.flags.get(name) {
            let flag = format!("--{}", name.replace('_', "-"));
            return Some(Setting { value: value.clone(), origin: Origin::Flag(flag) });
        }
        if let Some(setting) = self.get_environment(name) {
            return Some(setting);
        }
        let (path, table) = self.file.as_ref()?;
        let value = match table.get(name)? {
            toml::Value::String(text) => text.clone(),
            toml::Value::Array(list) => list.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        };
        Some(Setting { value, origin: Origin::File(path.clone()) })
    }

    /// A setting that only the environment may carry.
    #[must_use]
    pub fn get_environment(&self, name: &str) -> Option<Setting<String>> {
        let variable = format!("KEYFERRY_{}", name.to_ascii_uppercase());
        let value = self.environment.get(&variable).filter(|v| !v.is_empty())?;
        Some(Setting { value: value.clone(), origin: Origin::Environment(variable) })
    }

    /// Another environment variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    /// A credential file handed over by the service manager, if it is there.
    #[must_use]
    pub fn credential(&self, name: &str) -> Option<PathBuf> {
        let path = Path::new(self.environment.get("CREDENTIALS_DIRECTORY")?).join(name);
        path.exists().then_some(path)
    }

    /// The names of all environment variables.
    pub fn environment_names(&self) -> impl Iterator<Item = &str> {
        self.environment.keys().map(String::as_str)
    }

    /// Refuses keys in the file that no setting has.
    ///
    /// # Errors
    /// Names the key and the nearest known one.
    pub fn refuse_unknown_file_keys(&self, known: &[&str]) -> anyhow::Result<()> {
        let Some((path, table)) = &self.file else { return Ok(()) };
        for key in table.keys() {
            if !known.contains(&key.as_str()) {
                let nearest = super::names::nearest(key, known.iter().copied());
                bail!("{} has an unknown key \"{key}\"; did you mean \"{nearest}\"?", path.display());
            }
        }
        Ok(())
    }
}

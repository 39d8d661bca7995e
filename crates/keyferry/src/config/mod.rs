//! Configuration: flags over environment over file over defaults, each value knowing where it came from.

mod names;
mod source;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use keyferry_outbound::AllowList;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub use source::{Origin, Sources};

/// Checkly's public API.
const CHECKLY_API_URL: &str = "https://api.checklyhq.com";

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// For people.
    Pretty,
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// What is in force.
    pub value: T,
    /// Why.
    pub origin: Origin,
}

/// Everything the server is configured with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the API.
    pub listen: Setting<SocketAddr>,
    /// Directory of the embedded database, root key and lock file.
    pub data_dir: Setting<PathBuf>,
    /// `sqlite://…` or `postgres://…`; may hold a password.
    pub database_url: Setting<SecretString>,
    /// The root key itself, when given in the environment.
    pub root_key: Option<Setting<SecretString>>,
    /// Where the root key lies otherwise.
    pub root_key_file: Setting<PathBuf>,
    /// Checkly's API.
    pub checkly_api_url: Setting<Url>,
    /// Where users reach this server.
    pub public_url: Setting<Url>,
    /// Filter of log lines, such as `info` or `keyferry=debug`.
    pub log: Setting<String>,
    /// Shape of log lines.
    pub log_format: Setting<LogFormat>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Setting<Vec<String>>,
    /// Address of the metrics; none when they are off.
    pub metrics_listen: Option<Setting<SocketAddr>>,
    /// Addresses that webhooks may call although they are not public.
    pub outbound_allow: Setting<AllowList>,
}

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// One line that names the setting, where it came from, and the way out. Values are never repeated when they may be secret.
    pub fn load(sources: &Sources) -> anyhow::Result<Self> {
        names::refuse_unknown(sources.environment_names())?;
        sources.refuse_unknown_file_keys(names::FILE_KEYS)?;

        let listen = sources.get("listen").unwrap_or_else(|| default("127.0.0.1:8080"));
        let listen = parsed(listen, "listen", "an address such as 127.0.0.1:8080", |text| text.parse::<SocketAddr>().ok())?;

        let data_dir = match sources.get("data_dir") {
            Some(setting) => setting.map(PathBuf::from),
            None => Setting { value: default_data_dir(sources)?, origin: Origin::Default },
        };
        if data_dir.value.as_os_str().is_empty() {
            bail!("data_dir ({}) is empty; give a directory", data_dir.origin);
        }

        let database_url = match sources.get("database_url") {
            Some(setting) => {
                let known = ["sqlite://", "postgres://", "postgresql://"];
                if !known.iter().any(|scheme| setting.value.starts_with(scheme)) {
                    bail!("database_url ({}) must start with sqlite:// or postgres://", setting.origin);
                }
                setting.map(SecretString::from)
            }
            None => Setting {
                value: SecretString::from(format!("sqlite://{}", data_dir.value.join("keyferry.db").display())),
                origin: Origin::Default,
            },
        };

        let root_key = sources.get_environment("root_key").map(|setting| setting.map(SecretString::from));
        let root_key_file = match (sources.get("root_key_file"), sources.credential("keyferry-root-key")) {
            (Some(setting), _) => setting.map(PathBuf::from),
            (None, Some(path)) => Setting { value: path, origin: Origin::Credential },
            (None, None) => Setting { value: data_dir.value.join("root.key"), origin: Origin::Default },
        };

        let checkly_api_url = sources.get("checkly_api_url").unwrap_or_else(|| default(CHECKLY_API_URL));
        let checkly_api_url =
            parsed(checkly_api_url, "checkly_api_url", "an https URL, or http to a loopback address", checkly_url)?;

        let public_url = match sources.get("public_url") {
            Some(setting) => parsed(setting, "public_url", "an http or https URL without a path", public_url)?,
            None => Setting { value: default_public_url(listen.value)?, origin: Origin::Default },
        };

        let log = sources.get("log").unwrap_or_else(|| default("info"));
        let log_format = sources.get("log_format").unwrap_or_else(|| default("pretty"));
        let log_format = parsed(log_format, "log_format", "json or pretty", |text| match text {
            "json" => Some(LogFormat::Json),
            "pretty" => Some(LogFormat::Pretty),
            _ => None,
        })?;
        let trusted_proxies = sources.get("trusted_proxies").unwrap_or_else(|| default(""));
        let trusted_proxies = trusted_proxies
            .map(|text| text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>());
        let metrics_listen = match sources.get("metrics_listen") {
            Some(setting) => Some(parsed(setting, "metrics_listen", "an address such as 127.0.0.1:9464", |text| {
                text.parse::<SocketAddr>().ok()
            })?),
            None => None,
        };
        let outbound_allow = sources.get("outbound_allow").unwrap_or_else(|| default(""));
        let outbound_allow = parsed(
            outbound_allow,
            "outbound_allow",
            "networks such as 10.1.0.0/16 and hosts with a port such as hooks.internal:8443, with commas between",
            |text| text.parse::<AllowList>().ok(),
        )?;
        Ok(Self {
            listen,
            data_dir,
            database_url,
            root_key,
            root_key_file,
            checkly_api_url,
            public_url,
            log,
            log_format,
            trusted_proxies,
            metrics_listen,
            outbound_allow,
        })
    }

    /// The file of the embedded database; `None` on PostgreSQL.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        self.database_url.value.expose_secret().strip_prefix("sqlite://").map(PathBuf::from)
    }

    /// Each setting, its value with secrets masked, and where it came from.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String, String)> {
        let masked_url = match Url::parse(self.database_url.value.expose_secret()) {
            Ok(mut url) if url.password().is_some() => {
                url.set_password(Some("***")).ok();
                url.to_string()
            }
            _ => self.database_url.value.expose_secret().to_owned(),
        };
        let root_key = match &self.root_key {
            Some(setting) => ("root_key", "***".to_owned(), setting.origin.to_string()),
            None => ("root_key_file", self.root_key_file.value.display().to_string(), self.root_key_file.origin.to_string()),
        };
        let format = match self.log_format.value {
            LogFormat::Json => "json",
            LogFormat::Pretty => "pretty",
        };
        let (metrics, metrics_origin) = match &self.metrics_listen {
            Some(setting) => (setting.value.to_string(), setting.origin.to_string()),
            None => ("off".to_owned(), Origin::Default.to_string()),
        };
        vec![
            ("listen", self.listen.value.to_string(), self.listen.origin.to_string()),
            ("data_dir", self.data_dir.value.display().to_string(), self.data_dir.origin.to_string()),
            ("database_url", masked_url, self.database_url.origin.to_string()),
            root_key,
            ("checkly_api_url", self.checkly_api_url.value.to_string(), self.checkly_api_url.origin.to_string()),
            ("public_url", self.public_url.value.to_string(), self.public_url.origin.to_string()),
            ("log", self.log.value.clone(), self.log.origin.to_string()),
            ("log_format", format.to_owned(), self.log_format.origin.to_string()),
            ("trusted_proxies", self.trusted_proxies.value.join(","), self.trusted_proxies.origin.to_string()),
            ("metrics_listen", metrics, metrics_origin),
            ("outbound_allow", self.outbound_allow.value.to_string(), self.outbound_allow.origin.to_string()),
        ]
    }
}

impl<T> Setting<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: change(self.value), origin: self.origin }
    }
}

fn default(value: &str) -> Setting<String> {
    Setting { value: value.to_owned(), origin: Origin::Default }
}

fn parsed<T>(
    setting: Setting<String>,
    name: &str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> anyhow::Result<Setting<T>> {
    let value = parse(setting.value.trim()).with_context(|| format!("{name} ({}) must be {expected}", setting.origin))?;
    Ok(Setting { value, origin: setting.origin })
}

fn checkly_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
        url::Host::Domain(name) => name == "localhost",
    };
    (url.scheme() == "https" || (url.scheme() == "http" && loopback)).then_some(url)
}

fn public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host() && matches!(url.path(), "" | "/") && url.query().is_none())
        .then_some(url)
}

impl Config {
    /// The address under which the server is reached, once it is known where it listens: port 0 lets the system choose one.
    ///
    /// # Errors
    /// Never in practice: an address is a host of a URL.
    pub fn public_address(&self, listens_at: SocketAddr) -> anyhow::Result<Url> {
        match (&self.public_url.origin, self.listen.value.port()) {
            (Origin::Default, 0) => default_public_url(listens_at),
            _ => Ok(self.public_url.value.clone()),
        }
    }
}

fn default_public_url(listen: SocketAddr) -> anyhow::Result<Url> {
    Ok(Url::parse(&format!("http://{listen}"))?)
}

/// The XDG state directory, as its specification says: `$XDG_STATE_HOME`, else `~/.local/state`.
fn default_data_dir(sources: &Sources) -> anyhow::Result<PathBuf> {
    if let Some(state) = sources.variable("XDG_STATE_HOME").filter(|v| Path::new(v).is_absolute()) {
        return Ok(Path::new(&state).join("keyferry"));
    }
    let home = sources
        .variable("HOME")
        .filter(|v| !v.is_empty())
        .context("there is no HOME to keep data under; set KEYFERRY_DATA_DIR or --data-dir")?;
    Ok(Path::new(&home).join(".local/state/keyferry"))
}

#[cfg(test)]
mod tests;

//! Which server to speak to.

use anyhow::Context as _;
use clap::Args;
use url::{Host, Url};

use crate::failure::usage;
use crate::place::project_file;
use crate::store::Store;

/// Variable with the address.
pub const URL: &str = "KEYFERRY_URL";

/// How to reach the server.
#[derive(Clone, Debug, Default, Args)]
pub struct ServerArgs {
    /// Address of the server [env: KEYFERRY_URL, INFISICAL_DOMAIN, INFISICAL_API_URL; then .infisical.json, then the last login].
    #[arg(long, visible_alias = "domain", value_name = "URL")]
    server: Option<String>,
    /// Send tokens and secrets unencrypted to a server that is not on this machine.
    #[arg(long)]
    insecure_http: bool,
}

/// Where an address came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Said for this call: a flag or a variable.
    Said,
    /// A `.infisical.json`, which may be somebody else's.
    ProjectFile,
    /// The last login.
    Login,
}

/// A server's address, without a trailing slash and without `/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    address: String,
    is_loopback: bool,
    is_https: bool,
    origin: Origin,
}

impl Server {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is no http(s) address, holds credentials, or is http to another machine and that is not wanted.
    pub fn parse(text: &str, insecure_http: bool) -> anyhow::Result<Self> {
        let text = text.trim();
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&with_scheme).map_err(|_| usage("the server's address is not valid; write https://host"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(usage("the server's address must not hold credentials"));
        }
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(usage("the server's address names no host")),
        };
        let is_https = match url.scheme() {
            "https" => true,
            "http" if is_loopback || insecure_http => false,
            "http" => {
                return Err(usage(format!(
                    "{text} is not encrypted, so tokens and secrets could be read on the way; use https, or --insecure-http"
                )));
            }
            other => return Err(usage(format!("the server's address must begin with https://, not {other}://"))),
        };
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/api").unwrap_or(path);
        let address = format!("{}{path}", url.origin().ascii_serialization());
        Ok(Self { address, is_loopback, is_https, origin: Origin::Said })
    }

    /// Finds the address: flag, variables, `.infisical.json`, last login.
    ///
    /// # Errors
    /// When there is none, or it is not acceptable.
    pub fn find(args: &ServerArgs, store: &Store) -> anyhow::Result<Self> {
        let said = args.server.clone().or_else(|| crate::session::variable(&[URL, "INFISICAL_DOMAIN", "INFISICAL_API_URL"]));
        if let Some(address) = said {
            return Self::parse(&address, args.insecure_http);
        }
        if let Some((file, found)) = project_file()?
            && let Some(address) = found.domain.filter(|domain| !domain.is_empty())
        {
            let server = Self::parse(&address, args.insecure_http).with_context(|| format!("domain in {}", file.display()))?;
            return Ok(Self { origin: Origin::ProjectFile, ..server });
        }
        let Some(address) = store.default_server()? else {
            return Err(usage("which server? Give --server, set KEYFERRY_URL, or sign in with keyferry login --server URL"));
        };
        Ok(Self { origin: Origin::Login, ..Self::parse(&address, args.insecure_http)? })
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether what is sent is encrypted.
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// Where the address came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://secrets.example.com/", "https://secrets.example.com")]
    #[case("https://secrets.example.com/api/", "https://secrets.example.com")]
    #[case("secrets.example.com", "https://secrets.example.com")]
    #[case("https://example.com/keyferry/api", "https://example.com/keyferry")]
    #[case("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    #[case("http://[::1]:8080/api", "http://[::1]:8080")]
    #[case("http://localhost:8080", "http://localhost:8080")]
    fn addresses_are_written_one_way(#[case] text: &str, #[case] address: &str) {
        assert_eq!(Server::parse(text, false).unwrap().as_str(), address);
    }

    #[rstest]
    #[case("http://secrets.example.com")]
    #[case("http://localhost.example.com")]
    #[case("http://10.0.0.1")]
    #[case("ftp://example.com")]
    #[case("https://ann:password@example.com")]
    #[case("https://")]
    fn others_are_refused(#[case] text: &str) {
        let error = Server::parse(text, false).unwrap_err();
        assert!(!error.to_string().contains("password"), "{error}");
        assert!(error.downcast_ref::<crate::failure::Usage>().is_some());
    }

    #[test]
    fn unencrypted_only_when_said() {
        assert!(!Server::parse("http://10.0.0.1", true).unwrap().is_https());
    }
}

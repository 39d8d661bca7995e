//! Exceptions that the administrator makes.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Host;

/// Addresses that may be called although they are not public: networks (`10.1.0.0/16`, or a single address), and a host with a
/// port (`hooks.internal:8443`), which may then resolve to whatever it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Network(IpNet),
    Host(Host, u16),
}

/// An entry that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is neither a network such as 10.1.0.0/16 nor a host with a port such as hooks.internal:8443")]
pub struct ParseAllowListError(String);

impl AllowList {
    /// Whether this address may be called under this host and port.
    pub(crate) fn permits(&self, host: &Host, port: u16, address: IpAddr) -> bool {
        self.entries.iter().any(|entry| match entry {
            Entry::Network(network) => network.contains(&address.to_canonical()),
            Entry::Host(known, known_port) => *known_port == port && *known == plain(host),
        })
    }
}

impl std::fmt::Display for AllowList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, entry) in self.entries.iter().enumerate() {
            f.write_str(if place > 0 { "," } else { "" })?;
            match entry {
                Entry::Network(network) => write!(f, "{network}")?,
                Entry::Host(host, port) => write!(f, "{host}:{port}")?,
            }
        }
        Ok(())
    }
}

/// The same host without the dot that ends a full name.
fn plain(host: &Host) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
        address => address.clone(),
    }
}

impl FromStr for AllowList {
    type Err = ParseAllowListError;

    /// Reads a list with commas between; blanks and empty entries do not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(Entry::from_str);
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }
}

impl FromStr for Entry {
    type Err = ParseAllowListError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Network(address.into()));
        }
        let wrong = || ParseAllowListError(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let host = Host::parse(host).map_err(|_not_a_host| wrong())?;
        Ok(Self::Host(plain(&host), port.parse().map_err(|_not_a_port| wrong())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(list: &str, host: &str, port: u16, address: &str) -> bool {
        let list: AllowList = list.parse().unwrap();
        list.permits(&Host::parse(host).unwrap(), port, address.parse().unwrap())
    }

    #[test]
    fn networks_and_hosts_are_told_apart() {
        assert!(permits("10.1.0.0/16", "any", 1, "10.1.2.3"));
        assert!(permits("10.1.0.0/16", "any", 1, "::ffff:10.1.2.3"));
        assert!(!permits("10.1.0.0/16", "any", 1, "10.2.2.3"));
        assert!(permits("fd00::/8", "any", 1, "fd12::1"));
        assert!(permits("127.0.0.1", "any", 1, "127.0.0.1"));
        assert!(permits(" , hooks.internal:8443 ,", "Hooks.Internal.", 8443, "10.0.0.1"));
        assert!(!permits("hooks.internal:8443", "hooks.internal", 443, "10.0.0.1"));
        assert!(!permits("hooks.internal:8443", "other.internal", 8443, "10.0.0.1"));
        assert!(permits("[::1]:9000", "[::1]", 9000, "::1"));
        assert!(permits("127.0.0.1:9000", "0x7f000001", 9000, "127.0.0.1"), "one host, however it is spelled");
        assert!(!permits("", "localhost", 80, "127.0.0.1"));
    }

    #[test]
    fn a_list_is_shown_as_it_is_read() {
        let text = "10.1.0.0/16,127.0.0.1/32,hooks.internal:8443,[::1]:9000";
        assert_eq!(text.parse::<AllowList>().unwrap().to_string(), text);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for wrong in ["hooks.internal", "10.0.0.0/33", "a b:80", "host:port", "host:70000", "https://host:1"] {
            let error = format!("127.0.0.1:1,{wrong}").parse::<AllowList>().unwrap_err();
            assert_eq!(error, ParseAllowListError(wrong.to_owned()));
        }
    }
}

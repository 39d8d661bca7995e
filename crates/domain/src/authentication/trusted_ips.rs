//! Addresses that a credential may be used from (core API contract 6.2).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One address or block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedIp {
    /// The address, or the first of the block.
    pub ip_address: IpAddr,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Length of the block's prefix in bits; none for a single address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u8>,
}

/// A list of them; an empty one allows every address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrustedIps(Vec<TrustedIp>);

impl TrustedIps {
    /// Every IPv4 and every IPv6 address: the default.
    #[must_use]
    pub fn anywhere() -> Self {
        Self(["0.0.0.0/0", "::/0"].into_iter().filter_map(|text| parse_one(text).ok()).collect())
    }

    /// Reads addresses and CIDR blocks.
    ///
    /// # Errors
    /// 400 for the first that is neither.
    pub fn parse<T: AsRef<str>>(list: &[T]) -> Result<Self> {
        Ok(Self(list.iter().map(|text| parse_one(text.as_ref())).collect::<Result<_>>()?))
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`Error::Internal`] when the row is damaged.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|e| Error::internal(format!("stored trusted addresses cannot be read: {e}")))
    }

    /// The form to store.
    ///
    /// # Errors
    /// [`Error::Internal`] never in practice.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[TrustedIp] {
        &self.0
    }

    /// Whether the address may use the credential. An unknown address may only where every address may.
    #[must_use]
    pub fn allows(&self, ip: Option<IpAddr>) -> bool {
        let ip = ip.map(|ip| ip.to_canonical());
        self.0.is_empty()
            || self.0.iter().any(|entry| match ip {
                Some(ip) => matches(entry, ip),
                None => entry.prefix == Some(0),
            })
    }

    /// Like [`TrustedIps::allows`], as an error.
    ///
    /// # Errors
    /// 403 with the text of core API contract 3.3.
    pub fn require(&self, ip: Option<IpAddr>) -> Result<()> {
        if self.allows(ip) {
            return Ok(());
        }
        Err(Error::forbidden("You are not allowed to access this resource from the current IP address"))
    }
}

fn parse_one(text: &str) -> Result<TrustedIp> {
    let refusal = || Error::bad_request("The IP is not a valid IPv4, IPv6, or CIDR block");
    let text = text.trim();
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) if prefix.bytes().all(|b| b.is_ascii_digit()) => {
            (address, Some(prefix.parse::<u8>().map_err(|_| refusal())?))
        }
        Some(_) => return Err(refusal()),
        None => (text, None),
    };
    let ip_address: IpAddr = address.parse().map_err(|_| refusal())?;
    let (kind, bits) = if ip_address.is_ipv4() { ("ipv4", 32) } else { ("ipv6", 128) };
    if prefix.is_some_and(|prefix| prefix > bits) {
        return Err(refusal());
    }
    Ok(TrustedIp { ip_address, kind: kind.to_owned(), prefix })
}

fn matches(entry: &TrustedIp, ip: IpAddr) -> bool {
    match (entry.ip_address, ip) {
        (IpAddr::V4(block), IpAddr::V4(ip)) => {
            let host_bits = 32 - u32::from(entry.prefix.unwrap_or(32).min(32));
            (u64::from(block.to_bits()) >> host_bits) == (u64::from(ip.to_bits()) >> host_bits)
        }
        (IpAddr::V6(block), IpAddr::V6(ip)) => {
            let host_bits = 128 - u32::from(entry.prefix.unwrap_or(128).min(128));
            let shift = |bits: u128| bits.checked_shr(host_bits).unwrap_or(0);
            shift(block.to_bits()) == shift(ip.to_bits())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn blocks_and_single_addresses_match_within_their_family() {
        for (entry, ip, expected) in [
            ("0.0.0.0/0", "10.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ] {
            let list = TrustedIps::parse(&[entry]).unwrap();
            assert_eq!(list.allows(Some(ip.parse().unwrap())), expected, "{ip} in {entry}");
        }
        assert!(TrustedIps::default().allows(Some("10.0.0.1".parse().unwrap())), "an empty list is no check");
        assert!(TrustedIps::anywhere().allows(None));
        assert!(!TrustedIps::parse(&["10.0.0.1"]).unwrap().allows(None));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "localhost", "10.0.0.1/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1"] {
            assert_eq!(
                TrustedIps::parse(&[text]).unwrap_err().to_string(),
                "The IP is not a valid IPv4, IPv6, or CIDR block",
                "{text}"
            );
        }
    }

    #[test]
    fn the_stored_form_is_the_contracts() {
        let list = TrustedIps::parse(&["10.0.0.0/8", "::1"]).unwrap();
        let json = list.to_json().unwrap();
        assert_eq!(json, r#"[{"ipAddress":"10.0.0.0","type":"ipv4","prefix":8},{"ipAddress":"::1","type":"ipv6"}]"#);
        assert_eq!(TrustedIps::from_json(&json).unwrap(), list);
    }
}

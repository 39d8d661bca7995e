//! Trusted addresses in bodies.

use keyferry_domain::Result;
use keyferry_domain::authentication::TrustedIps;

use crate::wire::{Codec, Decode, Fields, list, object, text};

struct Entry(String);

impl Decode for Entry {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let address = f.required("ipAddress", text().trim());
        Some(Self(address?))
    }
}

/// A list of `{ipAddress}`.
pub(crate) fn trusted_ips() -> impl Codec<Out = Vec<String>> {
    list(object::<Entry>()).min(1).max(1000).map(|entries| entries.into_iter().map(|entry| entry.0).collect())
}

/// The addresses, where any were sent.
///
/// # Errors
/// 400 for what is no address.
pub(crate) fn parse(list: Option<Vec<String>>) -> Result<Option<TrustedIps>> {
    list.map(|list| TrustedIps::parse(&list)).transpose()
}

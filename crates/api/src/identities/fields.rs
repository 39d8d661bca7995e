//! Parts that several routes read.

use keyferry_domain::identities::MetadataEntry;
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, list, object, text, uuid};

/// The identity in the path.
pub(super) struct Identity {
    pub id: Uuid,
}

impl Decode for Identity {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("identityId", uuid());
        Some(Self { id: id? })
    }
}

struct Entry(MetadataEntry);

impl Decode for Entry {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let key = f.required("key", text().trim().min(1).max(255));
        let value = f.required("value", text().trim().max(1020));
        Some(Self(MetadataEntry { key: key?, value: value? }))
    }
}

/// Metadata of an identity.
pub(super) fn metadata() -> impl Codec<Out = Vec<MetadataEntry>> {
    list(object::<Entry>()).max(100).map(|entries| entries.into_iter().map(|entry| entry.0).collect())
}

/// A name.
pub(super) fn name() -> impl Codec<Out = String> {
    text().trim().min(1).max(255)
}

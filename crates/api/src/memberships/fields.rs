//! Role grants in bodies (core API contract, section 7.2).

use keyferry_domain::memberships::{GrantInput, Temporary, range_ms};
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, any, boolean, datetime, list, object, text, uuid};

/// The project in the path.
pub(crate) struct Project {
    pub id: Uuid,
}

impl Decode for Project {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("projectId", uuid());
        Some(Self { id: id? })
    }
}

struct Grant(GrantInput);

impl Decode for Grant {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let role = f.required("role", text().trim().min(1));
        let is_temporary = f.default("isTemporary", boolean(), false);
        if is_temporary == Some(false) {
            // Some clients send the keys of a temporary grant with every grant, filled with zeroes.
            for name in ["temporaryMode", "temporaryRange", "temporaryAccessStartTime"] {
                f.optional(name, any());
            }
            return Some(Self(GrantInput { role: role?, temporary: None }));
        }
        let mode = f.default("temporaryMode", crate::wire::enumeration(&["relative"]), "relative");
        let range = f.optional(
            "temporaryRange",
            text().trim().check(|text| range_ms(text).is_some(), "Temporary range must be a positive number"),
        );
        let start_at_ms = f.optional("temporaryAccessStartTime", datetime());
        if range == Some(None) {
            f.custom(&["temporaryRange"], "Required");
        }
        if start_at_ms == Some(None) {
            f.custom(&["temporaryAccessStartTime"], "Required");
        }
        mode?;
        let temporary = Temporary { range: range??, start_at_ms: start_at_ms?? };
        Some(Self(GrantInput { role: role?, temporary: Some(temporary) }))
    }
}

/// A list of grants.
pub(crate) fn grants() -> impl Codec<Out = Vec<GrantInput>> {
    list(object::<Grant>()).min(1).max(100).map(|grants| grants.into_iter().map(|grant| grant.0).collect())
}

/// A body that is a list of grants.
pub(crate) struct Roles {
    pub roles: Vec<GrantInput>,
}

impl Decode for Roles {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let roles = f.required("roles", grants());
        Some(Self { roles: roles? })
    }
}

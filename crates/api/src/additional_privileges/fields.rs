//! Parts of bodies and paths that the families share.

use keyferry_domain::additional_privileges::UpdatePrivilege;
use keyferry_domain::memberships::{Temporary, range_ms};
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, any, boolean, datetime, enumeration, object, slug as slug_codec, text, uuid};

/// Longest slug, in characters.
const MAX_SLUG: usize = 60;

/// The slug of a privilege.
pub(super) fn slug() -> impl Codec<Out = String> {
    slug_codec(1, MAX_SLUG).field("Slug")
}

/// A privilege in a path.
pub(super) struct PrivilegePath(pub Uuid);

impl Decode for PrivilegePath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("privilegeId", uuid()).map(Self)
    }
}

/// When a privilege ends: the keys of [`timing`] in an object of their own.
pub(super) struct Type(pub Option<Temporary>);

impl Decode for Type {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let is_temporary = f.required("isTemporary", boolean());
        timing(f, is_temporary).map(Self)
    }
}

/// When a privilege ends. Some clients send the keys of a temporary one with every one, filled with zeroes.
pub(super) fn timing(f: &mut Fields<'_>, is_temporary: Option<bool>) -> Option<Option<Temporary>> {
    if is_temporary == Some(false) {
        for name in ["temporaryMode", "temporaryRange", "temporaryAccessStartTime"] {
            f.optional(name, any());
        }
        return Some(None);
    }
    let mode = f.default("temporaryMode", enumeration(&["relative"]), "relative");
    let range = f.optional(
        "temporaryRange",
        text().trim().check(|text| range_ms(text).is_some(), "Temporary range must be a positive number"),
    );
    let start_at_ms = f.optional("temporaryAccessStartTime", datetime());
    if is_temporary == Some(true) {
        if range == Some(None) {
            f.custom(&["temporaryRange"], "Required");
        }
        if start_at_ms == Some(None) {
            f.custom(&["temporaryAccessStartTime"], "Required");
        }
    }
    mode?;
    is_temporary?;
    Some(Some(Temporary { range: range??, start_at_ms: start_at_ms?? }))
}

/// What to change, as the families with an id in the path send it.
pub(super) struct Update(pub UpdatePrivilege);

impl Decode for Update {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let slug = f.optional("slug", slug());
        let permissions = f.optional("permissions", crate::project_roles::fields::rules());
        let temporary = f.optional("type", object::<Type>());
        let temporary = temporary.map(|temporary| temporary.map(|when| when.0));
        Some(Self(UpdatePrivilege { slug: slug?, permissions: permissions?, temporary: temporary? }))
    }
}

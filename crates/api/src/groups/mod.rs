//! Groups of people and machine identities (core API contract, section 7.5), under `/api/v1/groups` and in projects.

mod identities;
mod members;
mod projects;
mod response;
mod single;

/// The group in the description.
const TAG: &str = "Groups";

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    for endpoints in [single::endpoints(), members::endpoints(), identities::endpoints(), projects::endpoints()] {
        for endpoint in endpoints {
            registry.add(endpoint.tag(TAG));
        }
    }
}

/// The part of a path that names a group.
struct GroupPath(uuid::Uuid);

impl crate::wire::Decode for GroupPath {
    fn decode(f: &mut crate::wire::Fields<'_>) -> Option<Self> {
        f.required("groupId", crate::wire::uuid()).map(Self)
    }
}

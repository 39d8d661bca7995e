//! Events of a project as a stream (core API contract, section 13.3).

mod stream;
mod subscribe;

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(subscribe::endpoint());
}

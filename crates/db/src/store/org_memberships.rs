//! Memberships in an organization.

//! Memberships and role grants in a project.

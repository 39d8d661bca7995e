//! Secret syncs.

//! Machine identities.

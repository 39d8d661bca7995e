//! Access tokens of identities.

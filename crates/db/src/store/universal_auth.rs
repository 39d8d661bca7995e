//! Universal auth and token auth of identities.

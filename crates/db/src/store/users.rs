//! Users and organizations.

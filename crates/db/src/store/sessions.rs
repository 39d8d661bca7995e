//! Sign-ins of users.

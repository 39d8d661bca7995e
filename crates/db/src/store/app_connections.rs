//! App connections.

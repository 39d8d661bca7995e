//! The audit log's queries.

//! Secrets, their versions, metadata, tags and references.

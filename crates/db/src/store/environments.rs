//! Environments of a project.

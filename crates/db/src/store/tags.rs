//! Tags of a project.

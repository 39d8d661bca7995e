//! Folders of an environment.

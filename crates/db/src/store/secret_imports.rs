//! Imports of folders into folders.

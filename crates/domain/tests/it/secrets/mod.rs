//! Secrets through the rules, on each backend.

mod changes;
mod commits;
mod imports;
mod integrity;
mod reading;
mod references;
mod source;
mod support;
mod undo;

//! Secrets through the rules, on each backend.

mod changes;
mod integrity;
mod imports;
mod reading;
mod references;
mod source;
mod support;

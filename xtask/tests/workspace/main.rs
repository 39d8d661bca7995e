//! What must hold for the tree as a whole.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod arrows;
mod files;
mod packaging;

use std::path::{Path, PathBuf};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

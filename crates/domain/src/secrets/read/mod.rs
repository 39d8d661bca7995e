//! Reading secrets.

pub(super) mod dependency_tree;
mod expansion;
pub(super) mod get;
pub(super) mod imports;
pub(super) mod list;
pub(super) mod reader;
pub(super) mod reference_tree;
pub(super) mod versions;

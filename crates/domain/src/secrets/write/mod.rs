//! Writing secrets. Every operation is all or nothing: one transaction holds the rows, their versions, the audit row and the
//! jobs of the syncs affected.

pub(super) mod batch;
pub(super) mod copy_secrets;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod input;
pub(super) mod move_secrets;
mod rename;
pub(super) mod update;
pub(super) mod write_many;
pub(super) mod writer;

//! References between secrets: `${KEY}` and `${environment.folder.KEY}` inside values.

mod expand;
mod graph;
mod parse;
pub(super) mod rename;
pub(super) mod track;

pub(super) use expand::{Budget, Expander, Findings};
pub(super) use graph::Graph;
pub(super) use parse::{Piece, Target, pieces};

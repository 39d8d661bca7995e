//! Secrets: reading, writing, versions, references, and the source that syncs take.
//!
//! A secret is shared (one for everybody) or personal (an override that only its owner sees). Values lie in envelopes bound to
//! the secret's id and version; a row that does not open is reported and never passed over in silence.

pub mod browse;
pub mod commits;
mod decorations;
mod generate;
mod integrity;
mod keys_rule;
mod model;
mod place;
mod read;
mod references;
pub mod source;
mod tree;
mod write;

pub use generate::{Alphabet, generate};
pub use model::{HIDDEN_VALUE, Kind, Location, Metadata, Secret, Tag};
pub use place::project_id_by_slug;
pub use read::dependency_tree::dependency_tree;
pub use read::get::{GetInput, get, get_by_id};
pub use read::imports::{ImportedFolder, list_imported};
pub use read::list::{ListInput, Listing, MetadataFilter, Personal, list};
pub use read::reference_tree::{ReferenceNode, reference_tree};
pub use read::versions::{SecretVersion, list_versions};
pub use write::batch::{BatchMode, create_many, delete_many, update_many};
pub use write::copy_secrets::{CopyInput, copy_secrets};
pub use write::create::create;
pub use write::delete::delete;
pub use write::input::{Change, Deletion, MetadataInput, NewSecret, TagChange};
pub use write::move_secrets::{MoveInput, Moved, move_secrets};
pub use write::update::update;
pub use write::write_many::write_many;

//! Folders: the tree in an environment, from paths to rows and back.

mod ensure;
mod lookup;

pub use ensure::{ROOT_NAME, ensure_path, invalid_name, is_valid_name};
pub use lookup::{Place, Tree, folder_missing, path_of, place_of, require, resolve, resolve_in, subtree};

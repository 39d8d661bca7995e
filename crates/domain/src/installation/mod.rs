//! The installation as a whole: its first start, its keys, and making the first account.

mod bootstrap;
mod config;
mod open;

pub use bootstrap::{BootstrapInput, BootstrapOutput, bootstrap};
pub use config::{Config, ConfigChange, change_config, config};
pub use open::{Installation, OpenError, check_root_key, open, root_key_fingerprint};

//! Storage: entities, migrations, and finders scoped by organization and project.
//!
//! The only crate that names the ORM or SQL. Reads go through [`Db::read`], every write through [`Db::begin`]; a function
//! that changes something takes a [`WriteTx`], so that no write can happen outside a transaction.

mod connect;
pub mod dump;
pub mod entities;
mod error;
mod integrity;
mod listen;
pub mod migrations;
mod snapshot;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use connect::{Backend, Db, DbConfig};
pub use error::DbError;
pub use listen::{JobSignals, notify_jobs};
pub use sea_orm::ConnectionTrait as Conn;
pub use snapshot::Snapshot;
pub use store::*;
pub use write::WriteTx;

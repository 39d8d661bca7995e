//! A stateful and strict simulator of Checkly's public API.
//!
//! It stands on the Checkly API contract (`checkly-api.md`) alone and shares no code with the
//! connector it is tested against. It serves `keyferry demo`, `keyferry checkly-sim` and tests:
//! keys with roles, accounts, account variables and check groups, plus faults that are switched
//! while it runs, through [`SimHandle`] in the same process or through control routes behind a
//! token. It listens on loopback only. Values it holds are test data, kept as plain strings.

mod access;
mod answers;
pub mod cli;
mod config;
mod control;
mod error;
mod faults;
mod handle;
mod model;
mod pipeline;
mod routes;
mod seed;
mod server;
mod state;
mod variables;

pub use config::{Behaviour, BlankGroupSecret, GroupSecretRead, RateLimit, RetryAfter, SecretDowngrade, SimConfig, SimError};
pub use faults::{ErrorBody, Fault, FaultEffect, Filling, Matcher};
pub use handle::{SimHandle, router};
pub use model::{Account, CallRecord, Group, Role, Variable};
pub use seed::{Seed, SeedAccount, SeedKey};
pub use server::{Sim, start};

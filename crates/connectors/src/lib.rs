//! What a sync destination is: the trait it implements, the plan that decides
//! what is written and deleted, the rate budget, and Checkly as the first
//! destination. Depends on none of the other crates and holds no state but
//! connections and rate windows.

pub mod budget;
pub mod checkly;
#[cfg(test)]
mod conformance;
pub mod connector;
pub mod failure;
pub mod key_schema;
pub mod plan;
pub mod redact;
pub mod registry;
pub mod tls;

pub use budget::{InProcessBudget, Priority, RateBudget};
pub use connector::{
    Account, CallContext, CallCounters, CallGuard, Connector, Credentials, Descriptor, Done, Group, GroupSnapshot, GroupVariable,
    GroupWrite, Jitter, Observed, Target, Warning, named_keys,
};
pub use failure::{Failure, FailureKind, Whose};
pub use key_schema::{KeySchema, KeySchemaError};
pub use registry::Registry;

//! Secret syncs: rules, plans, runs.

pub mod trigger;

//! Stored plans.

//! What a stored plan says.

use keyferry_connectors::plan::{Counts, PlanItem};
use keyferry_db::entities::sync_plans;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The parts of a stored plan.
#[derive(Clone, Debug)]
pub struct PlanContent {
    /// One for each key, by destination key.
    pub items: Vec<PlanItem>,
    /// How many of each kind.
    pub counts: Counts,
    /// What the user should know.
    pub warnings: Vec<String>,
}

#[derive(Deserialize)]
struct Warning {
    message: String,
}

/// Reads a stored plan.
///
/// # Errors
/// [`Error::Internal`] when it is damaged.
pub fn read(plan: &sync_plans::Model) -> Result<PlanContent> {
    let warnings: Vec<Warning> = parse(&plan.warnings)?;
    Ok(PlanContent {
        items: parse(&plan.items)?,
        counts: parse(&plan.counts)?,
        warnings: warnings.into_iter().map(|warning| warning.message).collect(),
    })
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::internal(format!("a stored plan cannot be read: {error}")))
}

//! What the demo found, for people and machines.

use serde::Serialize;
use serde_json::Value;

/// The machine-readable report; never holds a secret value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Address of Keyferry.
    pub url: String,
    /// Address of the simulated Checkly.
    pub checkly_url: String,
    /// Temporary data directory.
    pub data_dir: String,
    /// Sign-in name of the user.
    pub email: String,
    /// File (0600) with the password, and file with the header for curl.
    pub password_file: String,
    /// File (0600) that curl reads the Authorization header from.
    pub header_file: String,
    /// Ids by name: organization, project, connection, account, sync.
    pub ids: Ids,
    /// The plan, as the API gave it.
    pub plan: Value,
    /// The run that applied it, as the API gave it.
    pub run: Value,
    /// Secrets in the source folder.
    pub secrets: usize,
    /// Variables of the account before and after.
    pub variables_before: Vec<Variable>,
    /// After the first sync.
    pub variables_after: Vec<Variable>,
    /// Calls made to Checkly in all.
    pub calls: u64,
    /// From the answer to the change until Checkly held the new value, in ms.
    pub propagation_ms: u128,
    /// From the first request until the first sync was applied, in ms.
    pub total_ms: u128,
}

/// Ids that the curl lines use.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ids {
    /// Organization.
    pub organization: String,
    /// Project.
    pub project: String,
    /// App connection.
    pub connection: String,
    /// Account at Checkly.
    pub account: String,
    /// Secret sync.
    pub sync: String,
}

/// A variable as Checkly's API lists it; of a value only whether it can be read.
#[derive(Debug, Serialize)]
pub struct Variable {
    /// Name.
    pub key: String,
    /// Hidden for good.
    pub secret: bool,
    /// Hidden in Checkly's interface.
    pub locked: bool,
}

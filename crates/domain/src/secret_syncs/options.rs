//! Destinations a sync can have (S1).

use keyferry_connectors::Descriptor;

use crate::access;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// The destinations, by name. Not audited.
///
/// # Errors
/// 401 without an organization.
pub fn options(app: &App, caller: &Caller) -> Result<Vec<&'static Descriptor>> {
    access::require_org(caller)?;
    Ok(app.connectors.iter().map(|connector| connector.descriptor()).collect())
}

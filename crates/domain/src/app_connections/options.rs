//! Apps that can be connected to (C1).

use keyferry_connectors::Descriptor;

use crate::access;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// The apps, by name. Not audited (contract "connections and syncs", section 7.2).
///
/// # Errors
/// 401 without an organization.
pub fn options(app: &App, caller: &Caller) -> Result<Vec<&'static Descriptor>> {
    access::require_org(caller)?;
    Ok(app.connectors.iter().map(|connector| connector.descriptor()).collect())
}

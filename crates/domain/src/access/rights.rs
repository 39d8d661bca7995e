//! A caller's rights, for pages that show what the caller may do before it is tried.

use uuid::Uuid;

use super::ability::Ability;
use super::load::{org_ability, project_ability};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;

/// The caller's ability in a project or, without one, in its organization.
///
/// # Errors
/// As [`org_ability`] and [`project_ability`].
pub async fn rights(app: &App, caller: &Caller, project_id: Option<Uuid>) -> Result<Ability> {
    match project_id {
        Some(id) => Ok(project_ability(app, app.db.read(), caller, id).await?.1.as_ref().clone()),
        None => org_ability(app, app.db.read(), caller).await,
    }
}

//! Dynamic secrets (core API contract, section 14.2). There are none here yet: asking for them is answered, making them is not.

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::environments::environment_missing;
use crate::error::Result;
use crate::paths::SecretPath;
use crate::projects;

/// Proves that the caller may see the dynamic secrets of a folder, of which there are none.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `read-root-credential`, 404 for an unknown environment.
pub async fn list(app: &App, caller: &Caller, project_slug: &str, environment: &str, path: &SecretPath) -> Result<()> {
    let conn = app.db.read();
    let project = projects::find_by_slug(conn, caller, project_slug).await?;
    let (_, ability) = access::project_ability(app, conn, caller, project.id).await?;
    ability.require("read-root-credential", "dynamic-secrets", Facts::at(environment, path.as_str()))?;
    keyferry_db::environments::find_by_slug(conn, project.id, environment)
        .await?
        .ok_or_else(|| environment_missing("NotFound", environment, project.id))?;
    Ok(())
}

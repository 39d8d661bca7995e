//! One webhook, and those of a project.

use uuid::Uuid;

use super::SUBJECT;
use super::view::{Webhook, find_permitted, view};
use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::environments::environment_missing;
use crate::error::Result;
use crate::paths::SecretPath;

/// A webhook of any project of the caller.
///
/// # Errors
/// 404 for an unknown webhook, 404 and 403 as reading its project, 403 without `read`.
pub async fn get(app: &App, caller: &Caller, id: Uuid) -> Result<Webhook> {
    let row = find_permitted(app, caller, id, "read").await?;
    view(app, app.db.read(), row).await
}

/// The webhooks of a project, oldest first; of one environment (a slug) or of one path when given.
///
/// # Errors
/// 404 and 403 as reading the project, 403 without `read`, 404 for an unknown environment.
pub async fn list(
    app: &App,
    caller: &Caller,
    project_id: Uuid,
    environment: Option<&str>,
    secret_path: Option<&SecretPath>,
) -> Result<Vec<Webhook>> {
    let conn = app.db.read();
    let (_, ability) = access::project_ability(app, conn, caller, project_id).await?;
    ability.require("read", SUBJECT, Facts::any())?;
    let environment_id = match environment {
        Some(slug) => {
            let row = keyferry_db::environments::find_by_slug(conn, project_id, slug).await?;
            Some(row.ok_or_else(|| environment_missing("NotFound", slug, project_id))?.id)
        }
        None => None,
    };
    let rows = keyferry_db::webhooks::list(conn, project_id, environment_id, secret_path.map(SecretPath::as_str)).await?;
    let mut webhooks = Vec::with_capacity(rows.len());
    for row in rows {
        webhooks.push(view(app, conn, row).await?);
    }
    Ok(webhooks)
}

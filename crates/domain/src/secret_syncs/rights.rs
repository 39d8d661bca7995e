//! With whose right a sync runs: who creates, changes or triggers one must be able to read what it carries away.

use keyferry_db::Conn;
use keyferry_db::entities::secret_syncs::Model;

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::folders::Place;

/// Asks for the right to read the source.
pub(super) async fn collect(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    sync: &Model,
    source: &Place,
) -> Result<Option<String>> {
    let (_, ability) = access::project_ability(app, conn, caller, sync.project_id).await?;
    ability.require("readValue", "secrets", Facts::at(&source.environment.slug, source.path.as_str()))?;
    Ok(sync.grants.clone())
}

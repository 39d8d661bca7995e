//! With whose right a sync runs: who creates, changes or triggers one must be able to read what it carries away.

use keyferry_db::Conn;
use keyferry_db::entities::secret_syncs::Model;

use super::grants;
use super::model::SyncOptions;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::folders::Place;

/// Asks for the right to read the source and everything reached from it; the grant to store.
pub(super) async fn collect(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    sync: &Model,
    source: &Place,
) -> Result<Option<String>> {
    let options = SyncOptions::parse(&sync.sync_options)?;
    let beneath = sync.include_all_sub_folders.unwrap_or(false) || options.include_all_sub_folders;
    let read = grants::source_options(&options, beneath);
    grants::check_and_collect(app, conn, caller, sync.project_id, source.folder.id, read).await.map(Some)
}

//! States that tests need and that other resources' routes make, put straight into the database.

use keyferry_db::audit_logs::Filter;
use keyferry_db::entities::{audit_logs, folders, leases, organizations};
use keyferry_domain::paths::SecretPath;
use keyferry_test_support::World;
use uuid::Uuid;

/// A folder, with its parents.
pub async fn folder(world: &World, project_id: Uuid, environment: &str, path: &str) -> Uuid {
    let environment =
        keyferry_db::environments::find_by_slug(world.app.db.read(), project_id, environment).await.unwrap().unwrap();
    let tx = world.app.db.begin().await.unwrap();
    let path = SecretPath::parse(path).unwrap();
    let (place, _) = keyferry_domain::folders::ensure_path(&world.app, &tx, environment, &path).await.unwrap();
    tx.commit().await.unwrap();
    place.folder.id
}

/// The folder is gone.
pub async fn remove_folder(world: &World, id: Uuid) {
    let tx = world.app.db.begin().await.unwrap();
    let folder = keyferry_db::find_by_id::<folders::Model>(&tx, id).await.unwrap().unwrap();
    assert!(keyferry_db::delete(&tx, folder).await.unwrap());
    tx.commit().await.unwrap();
}

/// A run of the sync is at work.
pub async fn hold_sync_lease(world: &World, sync_id: Uuid) {
    let tx = world.app.db.begin().await.unwrap();
    let name = keyferry_domain::secret_syncs::status::sync_lease(sync_id);
    let until_ms = world.app.now_ms() + 60_000;
    keyferry_db::insert(&tx, leases::Model { name, owner: "test".to_owned(), until_ms, fence: 1 }).await.unwrap();
    tx.commit().await.unwrap();
}

/// The organization's setting `blockDuplicateSecretSyncDestinations`.
pub async fn forbid_duplicate_destinations(world: &World) {
    let tx = world.app.db.begin().await.unwrap();
    let organization = keyferry_db::find_by_id::<organizations::Model>(&tx, world.org_id).await.unwrap().unwrap();
    let changed = organizations::Model { block_duplicate_secret_sync_destinations: true, ..organization };
    keyferry_db::update(&tx, changed).await.unwrap();
    tx.commit().await.unwrap();
}

/// The organization's audit rows, newest first, those of reads included.
pub async fn audit_rows(world: &World) -> Vec<audit_logs::Model> {
    world.app.audit.flush().await;
    keyferry_db::audit_logs::list(world.app.db.read(), world.org_id, &Filter::default(), None, 0, 1000).await.unwrap()
}

/// What the waiting runs of a sync are approved to do.
pub async fn approvals(world: &World, sync_id: Uuid) -> Vec<serde_json::Value> {
    let runs = keyferry_db::sync_runs::open(world.app.db.read(), sync_id, "sync-secrets").await.unwrap();
    runs.iter().filter_map(|run| run.approved.as_deref()).map(|text| serde_json::from_str(text).unwrap()).collect()
}

//! Changes of folders, environments and imports set the syncs in motion that read from there.

use keyferry_db::entities::{app_connections, folders, secret_syncs};
use keyferry_domain::environments::{self, UpdateEnvironment};
use keyferry_domain::folders::{CreateFolder, Place, UpdateFolder, delete, update};
use keyferry_domain::secret_imports::{self, CreateImport, UpdateImport};
use keyferry_test_support::{World, on_each_backend};
use uuid::Uuid;

use super::path;

struct Bench {
    project_id: Uuid,
    place: Place,
    sync_id: Uuid,
}

/// A project with `/app` in dev, which imports `/shared` of prod, and a sync of it.
async fn bench(world: &World) -> Bench {
    let (app, admin) = (&world.app, &world.admin);
    let project_id = world.project("shop").await.unwrap();
    let folder = |environment: &str, name: &str| CreateFolder {
        project_id,
        environment: environment.into(),
        path: path("/"),
        name: name.into(),
        description: None,
    };
    let place = keyferry_domain::folders::create(app, admin, folder("dev", "app")).await.unwrap();
    keyferry_domain::folders::create(app, admin, folder("prod", "shared")).await.unwrap();
    import(world, project_id, "/shared").await;
    let (_, sync_id) = connection_and_sync(world, project_id, &place.folder).await;
    Bench { project_id, place, sync_id }
}

async fn import(world: &World, project_id: Uuid, source: &str) -> Uuid {
    let input = CreateImport {
        project_id,
        environment: "dev".into(),
        path: path("/app"),
        source_environment: "prod".into(),
        source_path: path(source),
        is_replication: false,
    };
    secret_imports::create(&world.app, &world.admin, input).await.unwrap().row.id
}

/// Whether something made the sync run.
async fn moved(world: &World, bench: &Bench) -> bool {
    let sync = keyferry_db::find_by_id::<secret_syncs::Model>(world.app.db.read(), bench.sync_id).await.unwrap().unwrap();
    sync.sync_status.as_deref() == Some("pending")
}

fn rename(id_or_name: &str, environment: &str) -> UpdateFolder {
    UpdateFolder {
        id_or_name: id_or_name.into(),
        environment: environment.into(),
        path: path("/"),
        name: "new-name".into(),
        description: None,
    }
}

#[tokio::test]
async fn changes_of_the_folder_itself() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let at = bench(&world).await;
        assert!(!moved(&world, &at).await);
        update(app, admin, at.project_id, rename("app", "dev")).await.unwrap();
        assert!(moved(&world, &at).await, "renamed");

        let at = bench(&world).await;
        delete(app, admin, at.project_id, "dev", &path("/"), "app").await.unwrap();
        assert!(moved(&world, &at).await, "deleted");

        let at = bench(&world).await;
        let slug = UpdateEnvironment { slug: Some("qa".into()), ..UpdateEnvironment::default() };
        environments::update(app, admin, at.project_id, at.place.environment.id, slug).await.unwrap();
        assert!(moved(&world, &at).await, "environment renamed");

        let at = bench(&world).await;
        let name = UpdateEnvironment { name: Some("QA".into()), position: Some(3), ..UpdateEnvironment::default() };
        environments::update(app, admin, at.project_id, at.place.environment.id, name).await.unwrap();
        assert!(!moved(&world, &at).await, "name and position change nothing for syncs");
        environments::delete(app, admin, at.project_id, at.place.environment.id).await.unwrap();
        assert!(moved(&world, &at).await, "environment deleted");
    })
    .await;
}

#[tokio::test]
async fn changes_of_what_it_imports() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let at = bench(&world).await;
        update(app, admin, at.project_id, rename("shared", "prod")).await.unwrap();
        assert!(moved(&world, &at).await, "renamed away");

        let at = bench(&world).await;
        delete(app, admin, at.project_id, "prod", &path("/"), "shared").await.unwrap();
        assert!(moved(&world, &at).await, "deleted");

        let at = bench(&world).await;
        let prod = environments::get_by_slug(app, admin, at.project_id, "prod").await.unwrap();
        environments::delete(app, admin, at.project_id, prod.id).await.unwrap();
        assert!(moved(&world, &at).await, "environment deleted");
        let imports = secret_imports::list(app, admin, at.project_id, "dev", &path("/app")).await.unwrap();
        assert_eq!(imports, [], "imports of a deleted environment go with it");
    })
    .await;
}

#[tokio::test]
async fn changes_of_the_imports() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let at = bench(&world).await;
        import(&world, at.project_id, "/other").await;
        assert!(moved(&world, &at).await, "created");

        let at = bench(&world).await;
        let imports = secret_imports::list(app, admin, at.project_id, "dev", &path("/app")).await.unwrap();
        let input = UpdateImport { source_path: Some(path("/other")), ..UpdateImport::default() };
        secret_imports::update(app, admin, at.project_id, "dev", &path("/app"), imports[0].row.id, input).await.unwrap();
        assert!(moved(&world, &at).await, "changed");

        let at = bench(&world).await;
        let imports = secret_imports::list(app, admin, at.project_id, "dev", &path("/app")).await.unwrap();
        secret_imports::delete(app, admin, at.project_id, "dev", &path("/app"), imports[0].row.id).await.unwrap();
        assert!(moved(&world, &at).await, "deleted");
    })
    .await;
}

/// A connection that belongs to the project, and a sync of the folder that uses it.
pub async fn connection_and_sync(world: &World, project_id: Uuid, folder: &folders::Model) -> (Uuid, Uuid) {
    let (connection_id, sync_id) = (world.app.ids.v4(), world.app.ids.v4());
    let tx = world.app.db.begin().await.unwrap();
    let connection = app_connections::Model {
        id: connection_id,
        org_id: world.org_id,
        project_id: Some(project_id),
        scope_id: project_id,
        name: "checkly".into(),
        app: "checkly".into(),
        method: "api-key".into(),
        description: None,
        credentials: vec![1],
        credentials_hash: "hash".into(),
        api_key_hash: vec![1],
        api_origin: "https://api.example.com".into(),
        version: 1,
        health_status: None,
        health_message: None,
        health_checked_at_ms: None,
        actor_type: "user".into(),
        actor_id: None,
        created_at_ms: 0,
        updated_at_ms: 0,
    };
    keyferry_db::insert(&tx, connection).await.unwrap();
    let sync = secret_syncs::Model {
        id: sync_id,
        org_id: world.org_id,
        project_id,
        connection_id,
        environment_id: Some(folder.environment_id),
        folder_id: Some(folder.id),
        name: "push".into(),
        description: None,
        destination: "checkly".into(),
        destination_config: "{}".into(),
        destination_id: "account".into(),
        sync_options: "{}".into(),
        include_all_sub_folders: None,
        is_auto_sync_enabled: true,
        is_paused: false,
        version: 1,
        sync_status: None,
        last_sync_job_id: None,
        last_sync_message: None,
        last_synced_at_ms: None,
        import_status: None,
        last_import_job_id: None,
        last_import_message: None,
        last_imported_at_ms: None,
        remove_status: None,
        last_remove_job_id: None,
        last_remove_message: None,
        last_removed_at_ms: None,
        attempt: 0,
        next_retry_at_ms: None,
        failing_since_ms: None,
        last_run_id: None,
        pending_plan_id: None,
        pending_count: 0,
        grants: None,
        actor_type: "user".into(),
        actor_id: None,
        created_at_ms: 0,
        updated_at_ms: 0,
    };
    keyferry_db::insert(&tx, sync).await.unwrap();
    tx.commit().await.unwrap();
    (connection_id, sync_id)
}

//! Moving folders with everything in them.

use keyferry_db::entities::secret_syncs;
use keyferry_domain::access::Rule;
use keyferry_domain::folders::{self, CreateFolder, MoveFolder, Place};
use keyferry_domain::secret_imports::{self, CreateImport};
use keyferry_domain::secrets::{self, GetInput, Location, NewSecret};
use keyferry_domain::{Caller, Result};
use keyferry_test_support::{World, on_each_backend};
use secrecy::ExposeSecret as _;
use serde_json::json;
use uuid::Uuid;

use super::following::connection_and_sync;
use super::{events, named, path, plain, refusal};

async fn folder(world: &World, project_id: Uuid, environment: &str, parent: &str, name: &str) -> Place {
    let input =
        CreateFolder { project_id, environment: environment.into(), path: path(parent), name: name.into(), description: None };
    folders::create(&world.app, &world.admin, input).await.unwrap()
}

fn at(project_id: Uuid, environment: &str, folder: &str) -> Location {
    Location { project_id, environment: environment.into(), path: path(folder) }
}

async fn put(world: &World, at: &Location, key: &str, value: &str) {
    let news = [NewSecret { key: key.into(), value: value.into(), ..NewSecret::default() }];
    secrets::create_many(&world.app, &world.admin, at, &news).await.unwrap();
}

async fn value(world: &World, at: Location, key: &str) -> Option<String> {
    let input = GetInput { expand_references: true, ..GetInput::new(at, key) };
    let secret = secrets::get(&world.app, &world.admin, &input).await.ok()?;
    secret.value.map(|value| value.expose_secret().to_owned())
}

async fn relocate(world: &World, caller: &Caller, project_id: Uuid, from: (&str, &str, &str), to: (&str, &str)) -> Result<Place> {
    let input = MoveFolder {
        id_or_name: from.2.into(),
        environment: from.0.into(),
        path: path(from.1),
        to_environment: to.0.into(),
        to_path: path(to.1),
    };
    folders::move_folder(&world.app, caller, project_id, input).await
}

#[tokio::test]
async fn everything_in_it_goes_along() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let deep = folder(&world, id, "dev", "/a/b", "c").await;
        folder(&world, id, "dev", "/", "target").await;
        put(&world, &at(id, "dev", "/a/b"), "TOP", "1").await;
        put(&world, &at(id, "dev", "/a/b"), "LOCAL", "x${TOP}").await;
        put(&world, &at(id, "dev", "/a/b/c"), "DEEP", "2").await;
        let import = CreateImport {
            project_id: id,
            environment: "dev".into(),
            path: path("/a/b"),
            source_environment: "prod".into(),
            source_path: path("/"),
            is_replication: false,
        };
        let import = secret_imports::create(app, admin, import).await.unwrap();
        let place = folders::get_by_path(app, admin, id, "dev", &path("/a/b")).await.unwrap();
        let (_, sync_id) = connection_and_sync(&world, id, &place.folder).await;

        let moved = relocate(&world, admin, id, ("dev", "/a", "b"), ("dev", "/target")).await.unwrap();
        assert_eq!((moved.path.as_str(), moved.folder.id, moved.folder.version), ("/target/b", place.folder.id, 2));
        assert_eq!(folders::get(app, admin, deep.folder.id).await.unwrap().path, path("/target/b/c"));
        assert_eq!(value(&world, at(id, "dev", "/target/b"), "LOCAL").await.as_deref(), Some("x1"));
        assert_eq!(value(&world, at(id, "dev", "/target/b/c"), "DEEP").await.as_deref(), Some("2"));
        assert_eq!(value(&world, at(id, "dev", "/a/b"), "TOP").await, None);
        let imports = secret_imports::list(app, admin, id, "dev", &path("/target/b")).await.unwrap();
        assert_eq!(imports.iter().map(|one| one.row.id).collect::<Vec<_>>(), [import.row.id]);
        let sync = keyferry_db::find_by_id::<secret_syncs::Model>(app.db.read(), sync_id).await.unwrap().unwrap();
        assert_eq!((sync.folder_id, sync.sync_status.as_deref()), (Some(place.folder.id), Some("pending")), "the sync follows");
        assert_eq!(events(&world, id).await.iter().filter(|event| *event == "move-folder").count(), 1);

        let moved = relocate(&world, admin, id, ("dev", "/target", &place.folder.id.to_string()), ("prod", "/")).await.unwrap();
        assert_eq!((moved.environment.slug.as_str(), moved.path.as_str()), ("prod", "/b"));
        let inner = folders::get(app, admin, deep.folder.id).await.unwrap();
        assert_eq!((inner.environment.slug.as_str(), inner.path.as_str()), ("prod", "/b/c"));
        assert_eq!(value(&world, at(id, "prod", "/b/c"), "DEEP").await.as_deref(), Some("2"));
        assert_eq!(value(&world, at(id, "dev", "/target/b/c"), "DEEP").await, None);
        let sync = keyferry_db::find_by_id::<secret_syncs::Model>(app.db.read(), sync_id).await.unwrap().unwrap();
        assert_eq!(sync.environment_id, Some(moved.environment.id));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_whole() {
    on_each_backend(|world| async move {
        let admin = &world.admin;
        let id = world.project("shop").await.unwrap();
        folder(&world, id, "dev", "/a/b", "c").await;
        folder(&world, id, "dev", "/other", "b").await;
        folder(&world, id, "dev", "/", "free").await;
        for to in ["/a/b", "/a/b/c"] {
            assert_eq!(
                refusal(relocate(&world, admin, id, ("dev", "/a", "b"), ("dev", to)).await),
                named(400, "MoveFolder", "A folder cannot be moved into itself")
            );
        }
        assert_eq!(
            refusal(relocate(&world, admin, id, ("dev", "/a", "b"), ("dev", "/a")).await),
            named(400, "MoveFolder", "The folder is there already")
        );
        assert_eq!(
            refusal(relocate(&world, admin, id, ("dev", "/a", "b"), ("dev", "/other")).await),
            named(400, "MoveFolder", "There is a folder called 'b' already")
        );
        assert_eq!(
            refusal(relocate(&world, admin, id, ("dev", "/a", "b"), ("dev", "/nope")).await),
            named(404, "MoveFolder", "Folder with path '/nope' in environment with slug 'dev' not found")
        );
        assert_eq!(refusal(relocate(&world, admin, id, ("dev", "/a", "nope"), ("dev", "/free")).await).0, 404);
        let deep = format!("/{}", vec!["x"; 62].join("/"));
        folder(&world, id, "dev", &deep, "y").await;
        assert_eq!(refusal(relocate(&world, admin, id, ("dev", "/a", "b"), ("dev", &format!("{deep}/y"))).await).0, 400);
        assert!(folders::get_by_path(&world.app, admin, id, "dev", &path("/a/b/c")).await.is_ok(), "all of it stays");
    })
    .await;
}

#[tokio::test]
async fn each_part_asks_for_its_own_right() {
    on_each_backend(|world| async move {
        let id = world.project("shop").await.unwrap();
        folder(&world, id, "dev", "/open/box", "inner").await;
        folder(&world, id, "dev", "/", "target").await;
        put(&world, &at(id, "dev", "/open/box/inner"), "HIDDEN", "v").await;
        let person = world.user(world.org_id, "limited@example.com", "member").await.unwrap();
        let folders_anywhere = Rule::allow("secret-folders", &["read", "create", "delete"]);
        let mut secrets_here = Rule::allow("secrets", &["describeSecret", "readValue", "create", "delete"]);
        secrets_here.conditions = json!({"secretPath": {"$glob": "/open/**"}}).as_object().cloned();
        world.grant_rules(id, &person, &[folders_anywhere.clone(), secrets_here]).await.unwrap();
        let outcome = relocate(&world, &person, id, ("dev", "/open", "box"), ("dev", "/target")).await;
        assert_eq!(refusal(outcome), plain(403, "You are not allowed to create on secrets"));

        let blind = world.user(world.org_id, "blind@example.com", "member").await.unwrap();
        let write_only = Rule::allow("secrets", &["describeSecret", "create", "delete"]);
        world.grant_rules(id, &blind, &[folders_anywhere, write_only]).await.unwrap();
        let outcome = relocate(&world, &blind, id, ("dev", "/open", "box"), ("dev", "/target")).await;
        assert_eq!(refusal(outcome), plain(403, "You are not allowed to readValue on secrets"));
        assert!(value(&world, at(id, "dev", "/open/box/inner"), "HIDDEN").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn what_names_it_by_its_path_is_listed() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let place = folder(&world, id, "dev", "/", "box").await;
        folder(&world, id, "dev", "/box", "inner").await;
        put(&world, &at(id, "dev", "/box/inner"), "KEY", "v").await;
        put(&world, &at(id, "dev", "/box"), "OWN", "${dev.box.inner.KEY}").await;
        put(&world, &at(id, "prod", "/"), "USES", "${dev.box.inner.KEY}").await;
        put(&world, &at(id, "prod", "/"), "ELSE", "${dev.KEY}").await;
        let import = CreateImport {
            project_id: id,
            environment: "staging".into(),
            path: path("/"),
            source_environment: "dev".into(),
            source_path: path("/box/inner"),
            is_replication: false,
        };
        secret_imports::create(app, admin, import).await.unwrap();
        let found = folders::touching(app, admin, id, place.folder.id).await.unwrap();
        assert_eq!(found.imports, [("staging".to_owned(), path("/"))]);
        assert_eq!(found.references, [("prod".to_owned(), path("/"), "USES".to_owned())]);
        assert_eq!(found.hidden, 0);

        let stranger = world.user(world.org_id, "few@example.com", "member").await.unwrap();
        world.grant_rules(id, &stranger, &[Rule::allow("secret-folders", &["read"])]).await.unwrap();
        let found = folders::touching(app, &stranger, id, place.folder.id).await.unwrap();
        assert_eq!((found.imports.len(), found.references.len(), found.hidden), (0, 0, 2));
    })
    .await;
}

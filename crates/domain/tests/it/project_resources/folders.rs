//! Folders (core API contract, section 9).

use keyferry_domain::access::Rule;
use keyferry_domain::folders::{self, CreateFolder, ListFolders, Place, UpdateFolder};
use keyferry_domain::{App, Caller, Result};
use keyferry_test_support::{World, on_each_backend};
use serde_json::json;
use uuid::Uuid;

use super::{events, named, path, plain, refusal};

async fn create(app: &App, caller: &Caller, project_id: Uuid, parent: &str, name: &str) -> Result<Place> {
    let input = CreateFolder { project_id, environment: "dev".into(), path: path(parent), name: name.into(), description: None };
    folders::create(app, caller, input).await
}

fn all(project_id: Uuid, parent: &str) -> ListFolders {
    ListFolders { project_id, environment: "dev".into(), path: path(parent), recursive: true, last_secret_modified_ms: None }
}

async fn paths(app: &App, caller: &Caller, input: ListFolders) -> Vec<(String, String)> {
    let listed = folders::list(app, caller, input).await.unwrap();
    listed.into_iter().map(|one| (one.path.to_string(), one.relative_path)).collect()
}

fn rename(id_or_name: impl ToString, parent: &str, name: &str) -> UpdateFolder {
    UpdateFolder {
        id_or_name: id_or_name.to_string(),
        environment: "dev".into(),
        path: path(parent),
        name: name.into(),
        description: None,
    }
}

#[tokio::test]
async fn creating_is_idempotent_and_makes_missing_parents() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let first = create(app, admin, id, "/a/b", "c").await.unwrap();
        assert_eq!((first.path.as_str(), first.folder.name.as_str(), first.folder.version), ("/a/b/c", "c", 1));
        let again = create(app, admin, id, "/a/b", "c").await.unwrap();
        assert_eq!(again, first);
        assert_eq!(events(&world, id).await, ["create-folder"]);
        assert_eq!(
            paths(app, admin, all(id, "/")).await,
            [("/a", "/a"), ("/a/b", "/a/b"), ("/a/b/c", "/a/b/c")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        let below = paths(app, admin, all(id, "/a")).await;
        assert_eq!(below[0], ("/a/b".to_owned(), "/b".to_owned()));
        let direct = paths(app, admin, ListFolders { recursive: false, ..all(id, "/a") }).await;
        assert_eq!(direct.len(), 1);
        assert_eq!(folders::get(app, admin, first.folder.id).await.unwrap(), first);
        assert_eq!(folders::get_by_path(app, admin, id, "dev", &path("/a/b/c")).await.unwrap(), first);
    })
    .await;
}

#[tokio::test]
async fn deep_paths_resolve_whatever_their_depth() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let parent = format!("/{}", (0..40).map(|i| format!("f{i}")).collect::<Vec<_>>().join("/"));
        let made = create(app, admin, id, &parent, "end").await.unwrap();
        let full = path(&format!("{parent}/end"));
        let found = folders::resolve(app.db.read(), id, "dev", &full).await.unwrap().unwrap();
        assert_eq!(found.folder, made.folder);
        assert_eq!(folders::path_of(app.db.read(), made.folder.id).await.unwrap().unwrap().1, full);
        assert_eq!(folders::resolve(app.db.read(), id, "staging", &full).await.unwrap(), None);
        assert_eq!(folders::resolve(app.db.read(), id, "dev", &path(&format!("{parent}/other"))).await.unwrap(), None);
        let deepest = format!("/{}", vec!["x"; 64].join("/"));
        assert_eq!(refusal(create(app, admin, id, &deepest, "y").await).0, 400);
    })
    .await;
}

#[tokio::test]
async fn a_renamed_folder_keeps_its_contents_and_tells_its_new_path() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let child = create(app, admin, id, "/a", "b").await.unwrap();
        let a = folders::get_by_path(app, admin, id, "dev", &path("/a")).await.unwrap();
        let mut by_id = rename(a.folder.id, "/", "z");
        by_id.description = Some(Some("note".into()));
        let renamed = folders::update(app, admin, id, by_id).await.unwrap();
        assert_eq!((renamed.path.as_str(), renamed.folder.version), ("/z", 2));
        assert_eq!(renamed.folder.description.as_deref(), Some("note"));
        assert_eq!(folders::get(app, admin, child.folder.id).await.unwrap().path, path("/z/b"));
        let by_name = folders::update(app, admin, id, rename("z", "/", "y")).await.unwrap();
        assert_eq!((by_name.folder.id, by_name.folder.description.as_deref()), (a.folder.id, Some("note")));

        create(app, admin, id, "/", "taken").await.unwrap();
        assert_eq!(
            refusal(folders::update(app, admin, id, rename("y", "/", "taken")).await),
            named(400, "UpdateFolder", "Folder with specified name already exists")
        );
        assert_eq!(
            refusal(folders::update(app, admin, id, rename("nope", "/", "x")).await),
            plain(404, "Folder with ID 'nope' not found")
        );
        assert_eq!(
            refusal(folders::update(app, admin, id, rename("y", "/nope", "x")).await),
            named(404, "UpdateFolder", "Folder with path '/nope' in environment with slug 'dev' not found")
        );
        // An id counts only under the path it is looked for.
        assert_eq!(refusal(folders::update(app, admin, id, rename(child.folder.id, "/", "x")).await).0, 404);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_renamed_whole_or_not_at_all() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let slug = keyferry_domain::projects::get(app, admin, id).await.unwrap().row.slug;
        for name in ["a", "b"] {
            create(app, admin, id, "/", name).await.unwrap();
        }
        let bad = vec![rename("a", "/", "a2"), rename("nope", "/", "x")];
        assert_eq!(refusal(folders::update_batch(app, admin, &slug, bad).await).0, 404);
        assert!(folders::get_by_path(app, admin, id, "dev", &path("/a")).await.is_ok());
        let good = vec![rename("a", "/", "a2"), rename("b", "/", "a")];
        let (project_id, places) = folders::update_batch(app, admin, &slug, good).await.unwrap();
        assert_eq!(project_id, id);
        assert_eq!(places.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), ["/a2", "/a"]);
    })
    .await;
}

#[tokio::test]
async fn deleting_takes_the_contents_along() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let deep = create(app, admin, id, "/a/b", "c").await.unwrap();
        let gone = folders::delete(app, admin, id, "dev", &path("/"), "a").await.unwrap();
        assert_eq!(gone.name, "a");
        assert_eq!(refusal(folders::get(app, admin, deep.folder.id).await).0, 404);
        assert_eq!(
            refusal(folders::delete(app, admin, id, "dev", &path("/"), "a").await),
            plain(404, "Folder with ID 'a' not found")
        );
        let root = folders::get_by_path(app, admin, id, "dev", &path("/")).await.unwrap();
        let as_child = folders::delete(app, admin, id, "dev", &path("/"), &root.folder.id.to_string()).await;
        assert_eq!(refusal(as_child).0, 404, "the root is nobody's child");
        assert_eq!(events(&world, id).await, ["create-folder", "delete-folder"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_or_misnamed_is_told() {
    let world = World::new().await.unwrap();
    let (app, admin) = (&world.app, &world.admin);
    let id = world.project("shop").await.unwrap();
    let message = format!("Environment with slug 'nope' in project with ID '{id}' not found");
    let input = CreateFolder { project_id: id, environment: "nope".into(), path: path("/"), name: "a".into(), description: None };
    assert_eq!(refusal(folders::create(app, admin, input).await), named(404, "CreateFolder", message.clone()));
    let input = ListFolders { environment: "nope".into(), ..all(id, "/") };
    assert_eq!(refusal(folders::list(app, admin, input).await), named(404, "GetFolders", message));
    assert_eq!(
        refusal(folders::list(app, admin, all(id, "/nope")).await),
        named(404, "GetFolders", "Folder with path '/nope' in environment with slug 'dev' not found")
    );
    for bad in ["", "a b", "a.b", "ä", "a/b"] {
        assert_eq!(refusal(create(app, admin, id, "/", bad).await).0, 400, "{bad}");
    }
    assert_eq!(refusal(create(app, admin, id, "/a b", "c").await).0, 400);
    assert_eq!(folders::list(app, admin, all(id, "/")).await.unwrap(), [], "nothing of a refused path is created");
}

#[tokio::test]
async fn rights_follow_the_parents_path() {
    let world = World::new().await.unwrap();
    let (app, admin) = (&world.app, &world.admin);
    let id = world.project("shop").await.unwrap();
    for name in ["open", "shut"] {
        create(app, admin, id, &format!("/{name}"), "inner").await.unwrap();
    }
    let limited = world.user(world.org_id, "limited@example.com", "member").await.unwrap();
    let mut write = Rule::allow("secret-folders", &["create", "edit", "delete"]);
    write.conditions = json!({ "environment": "dev", "secretPath": { "$glob": "/open/**" } }).as_object().cloned();
    let mut hidden = Rule::allow("secret-folders", &["read"]);
    hidden.inverted = true;
    hidden.conditions = json!({ "secretPath": "/shut" }).as_object().cloned();
    world.grant_rules(id, &limited, &[write, Rule::allow("secret-folders", &["read"]), hidden]).await.unwrap();

    create(app, &limited, id, "/open/inner", "new").await.unwrap();
    assert_eq!(
        refusal(create(app, &limited, id, "/", "new").await),
        plain(403, "You are not allowed to create on secret-folders")
    );
    assert_eq!(refusal(folders::delete(app, &limited, id, "dev", &path("/shut"), "inner").await).0, 403);
    assert_eq!(refusal(folders::update(app, &limited, id, rename("open", "/", "x")).await).0, 403);
    let seen: Vec<_> = paths(app, &limited, all(id, "/")).await.into_iter().map(|(path, _)| path).collect();
    assert_eq!(seen, ["/open", "/open/inner", "/open/inner/new", "/shut"]);
    assert_eq!(refusal(folders::get_by_path(app, &limited, id, "dev", &path("/shut/inner")).await).0, 403);
}

#[tokio::test]
async fn a_list_can_leave_out_folders_without_recent_changes() {
    let world = World::new().await.unwrap();
    let id = world.project("shop").await.unwrap();
    let mut old = create(&world.app, &world.admin, id, "/", "old").await.unwrap().folder;
    let mut new = create(&world.app, &world.admin, id, "/", "new").await.unwrap().folder;
    create(&world.app, &world.admin, id, "/", "never").await.unwrap();
    old.last_secret_modified_at_ms = Some(1_000);
    new.last_secret_modified_at_ms = Some(2_000);
    let tx = world.app.db.begin().await.unwrap();
    keyferry_db::update(&tx, old).await.unwrap();
    keyferry_db::update(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
    let since = |ms| ListFolders { last_secret_modified_ms: Some(ms), ..all(id, "/") };
    assert_eq!(paths(&world.app, &world.admin, since(2_000)).await.len(), 1);
    assert_eq!(paths(&world.app, &world.admin, since(1_000)).await.len(), 2);
}

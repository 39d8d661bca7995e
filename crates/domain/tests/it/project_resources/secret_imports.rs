//! Imports (core API contract, section 11).

use keyferry_domain::access::Rule;
use keyferry_domain::folders::{self, CreateFolder};
use keyferry_domain::secret_imports::{self, CreateImport, Import, UpdateImport};
use keyferry_domain::{App, Caller, Result};
use keyferry_test_support::{World, on_each_backend};
use serde_json::json;
use uuid::Uuid;

use super::{named, path, plain, refusal};

fn from(project_id: Uuid, target: (&str, &str), source: (&str, &str)) -> CreateImport {
    CreateImport {
        project_id,
        environment: target.0.into(),
        path: path(target.1),
        source_environment: source.0.into(),
        source_path: path(source.1),
        is_replication: false,
    }
}

async fn folder(world: &World, project_id: Uuid, environment: &str, name: &str) {
    let input =
        CreateFolder { project_id, environment: environment.into(), path: path("/"), name: name.into(), description: None };
    folders::create(&world.app, &world.admin, input).await.unwrap();
}

async fn order(app: &App, caller: &Caller, project_id: Uuid) -> Vec<(String, i32)> {
    let list = secret_imports::list(app, caller, project_id, "dev", &path("/")).await.unwrap();
    list.into_iter().map(|import| (import.row.import_path, import.row.position)).collect()
}

fn numbered(paths: &[&str]) -> Vec<(String, i32)> {
    paths.iter().map(|path| (*path).to_owned()).zip(1..).collect()
}

async fn change(world: &World, project_id: Uuid, id: Uuid, input: UpdateImport) -> Result<Import> {
    secret_imports::update(&world.app, &world.admin, project_id, "dev", &path("/"), id, input).await
}

#[tokio::test]
async fn imports_keep_a_gapless_order_and_need_no_existing_source() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let mut made = Vec::new();
        for source in ["/a", "/b", "/c", "/d"] {
            made.push(secret_imports::create(app, admin, from(id, ("dev", "/"), ("prod", source))).await.unwrap());
        }
        assert_eq!((made[0].source.slug.as_str(), made[3].row.position), ("prod", 4));
        let to = |position| UpdateImport { position: Some(position), ..UpdateImport::default() };
        change(&world, id, made[3].row.id, to(1)).await.unwrap();
        assert_eq!(order(app, admin, id).await, numbered(&["/d", "/a", "/b", "/c"]));
        let moved = change(&world, id, made[0].row.id, to(99)).await.unwrap();
        assert_eq!(moved.row.position, 4);
        assert_eq!(order(app, admin, id).await, numbered(&["/d", "/b", "/c", "/a"]));
        secret_imports::delete(app, admin, id, "dev", &path("/"), made[1].row.id).await.unwrap();
        assert_eq!(order(app, admin, id).await, numbered(&["/d", "/c", "/a"]));

        let input = UpdateImport { source_environment: Some("staging".into()), source_path: Some(path("/x")), position: None };
        let changed = change(&world, id, made[0].row.id, input).await.unwrap();
        assert_eq!((changed.source.slug.as_str(), changed.row.import_path.as_str()), ("staging", "/x"));
        let (found, place) = secret_imports::get(app, admin, changed.row.id).await.unwrap();
        assert_eq!((found, place.environment.slug.as_str(), place.path.as_str()), (changed, "dev", "/"));
    })
    .await;
}

#[tokio::test]
async fn refusals_have_the_contracts_words() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        folder(&world, id, "prod", "shared").await;
        let import = secret_imports::create(app, admin, from(id, ("dev", "/"), ("prod", "/shared"))).await.unwrap();

        let cyclic = plain(400, "Cyclic import not allowed");
        let back = from(id, ("prod", "/shared"), ("dev", "/"));
        assert_eq!(refusal(secret_imports::create(app, admin, back).await), cyclic);
        let itself = from(id, ("dev", "/"), ("dev", "/"));
        assert_eq!(refusal(secret_imports::create(app, admin, itself).await), cyclic);
        let itself = UpdateImport { source_environment: Some("dev".into()), source_path: Some(path("/")), position: None };
        assert_eq!(refusal(change(&world, id, import.row.id, itself).await), cyclic);
        let again = from(id, ("dev", "/"), ("prod", "/shared"));
        assert_eq!(refusal(secret_imports::create(app, admin, again).await).0, 400);

        assert_eq!(
            refusal(secret_imports::create(app, admin, from(id, ("dev", "/nope"), ("prod", "/"))).await),
            named(404, "CreateImport", "Folder with path '/nope' in environment with slug 'dev' not found")
        );
        assert_eq!(
            refusal(secret_imports::create(app, admin, from(id, ("dev", "/"), ("nope", "/"))).await),
            named(404, "CreateImport", format!("Environment with slug 'nope' in project with ID '{id}' not found"))
        );
        let replication = CreateImport { is_replication: true, ..from(id, ("dev", "/"), ("prod", "/x")) };
        assert_eq!(
            refusal(secret_imports::create(app, admin, replication).await),
            plain(400, "Failed to create secret replication due to plan restriction. Upgrade plan to create replication.")
        );

        let unknown = Uuid::from_u128(7);
        assert_eq!(
            refusal(change(&world, id, unknown, UpdateImport::default()).await),
            named(400, "UpdateImport", "Secret import not found")
        );
        assert_eq!(
            refusal(secret_imports::delete(app, admin, id, "dev", &path("/"), unknown).await),
            named(404, "DeleteImport", format!("Secret import with folder ID '{unknown}' not found"))
        );
        assert_eq!(refusal(secret_imports::get(app, admin, unknown).await).0, 404);
    })
    .await;
}

#[tokio::test]
async fn importing_needs_to_know_what_is_imported() {
    let world = World::new().await.unwrap();
    let id = world.project("shop").await.unwrap();
    let limited = world.user(world.org_id, "limited@example.com", "member").await.unwrap();
    let mut describe = Rule::allow("secrets", &["describeSecret"]);
    describe.conditions = json!({ "environment": "staging" }).as_object().cloned();
    let mut imports = Rule::allow("secret-imports", &["read", "create", "edit"]);
    imports.conditions = json!({ "environment": "dev" }).as_object().cloned();
    world.grant_rules(id, &limited, &[describe, imports]).await.unwrap();

    let made = secret_imports::create(&world.app, &limited, from(id, ("dev", "/"), ("staging", "/"))).await.unwrap();
    assert_eq!(
        refusal(secret_imports::create(&world.app, &limited, from(id, ("dev", "/"), ("prod", "/"))).await),
        plain(403, "You are not allowed to describeSecret on secrets")
    );
    assert_eq!(
        refusal(secret_imports::create(&world.app, &limited, from(id, ("prod", "/"), ("staging", "/"))).await),
        plain(403, "You are not allowed to create on secret-imports")
    );
    let input = UpdateImport { source_environment: Some("prod".into()), ..UpdateImport::default() };
    let outcome = secret_imports::update(&world.app, &limited, id, "dev", &path("/"), made.row.id, input).await;
    assert_eq!(refusal(outcome), plain(403, "You are not allowed to describeSecret on secrets"));
    let outcome = secret_imports::delete(&world.app, &limited, id, "dev", &path("/"), made.row.id).await;
    assert_eq!(refusal(outcome), plain(403, "You are not allowed to delete on secret-imports"));
}

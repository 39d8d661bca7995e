//! Environments (core API contract, section 8.4).

use keyferry_domain::App;
use keyferry_domain::access::Rule;
use keyferry_domain::environments::{self, CreateEnvironment, UpdateEnvironment};
use keyferry_domain::folders;
use keyferry_test_support::{World, on_each_backend};
use serde_json::json;
use uuid::Uuid;

use super::{events, named, path, plain, refusal};

fn new(slug: &str, position: Option<i32>) -> CreateEnvironment {
    CreateEnvironment { name: slug.to_uppercase(), slug: slug.into(), position }
}

async fn order(app: &App, project_id: Uuid) -> Vec<(String, i32)> {
    let list = keyferry_db::environments::list(app.db.read(), project_id).await.unwrap();
    list.into_iter().map(|e| (e.slug, e.position)).collect()
}

fn numbered(slugs: &[&str]) -> Vec<(String, i32)> {
    slugs.iter().map(|s| (*s).to_owned()).zip(1..).collect()
}

#[tokio::test]
async fn environments_keep_a_gapless_order() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let last = environments::create(app, admin, id, new("qa", None)).await.unwrap();
        assert_eq!((last.position, last.name.as_str()), (4, "QA"));
        assert!(folders::resolve(app.db.read(), id, "qa", &path("/")).await.unwrap().is_some());
        environments::create(app, admin, id, new("first", Some(1))).await.unwrap();
        environments::create(app, admin, id, new("far", Some(99))).await.unwrap();
        assert_eq!(order(app, id).await, numbered(&["first", "dev", "staging", "prod", "qa", "far"]));

        let to = |position| UpdateEnvironment { position: Some(position), ..UpdateEnvironment::default() };
        let moved = environments::update(app, admin, id, last.id, to(2)).await.unwrap();
        assert_eq!(moved.position, 2);
        assert_eq!(order(app, id).await, numbered(&["first", "qa", "dev", "staging", "prod", "far"]));
        environments::update(app, admin, id, last.id, to(99)).await.unwrap();
        assert_eq!(order(app, id).await, numbered(&["first", "dev", "staging", "prod", "far", "qa"]));

        let dev = environments::get_by_slug(app, admin, id, "dev").await.unwrap();
        let gone = environments::delete(app, admin, id, dev.id).await.unwrap();
        assert_eq!(gone.id, dev.id);
        assert_eq!(order(app, id).await, numbered(&["first", "staging", "prod", "far", "qa"]));
        assert_eq!(keyferry_db::folders::root(app.db.read(), dev.id).await.unwrap(), None);
        let recorded = events(&world, id).await;
        assert_eq!(recorded.iter().filter(|kind| *kind == "update-environment").count(), 2);
        assert_eq!(recorded.iter().filter(|kind| *kind == "delete-environment").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn refusals_have_the_contracts_words() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let taken = "Environment with slug already exist";
        assert_eq!(refusal(environments::create(app, admin, id, new("dev", None)).await), named(400, "CreateEnvironment", taken));
        let dev = environments::get_by_slug(app, admin, id, "dev").await.unwrap();
        let slug = |slug: &str| UpdateEnvironment { slug: Some(slug.into()), ..UpdateEnvironment::default() };
        assert_eq!(
            refusal(environments::update(app, admin, id, dev.id, slug("prod")).await),
            named(400, "UpdateEnvironment", taken)
        );
        environments::update(app, admin, id, dev.id, slug("dev")).await.unwrap();
        for bad in ["", "Dev", "a b", "a--b", "-a", &"x".repeat(65)] {
            assert_eq!(refusal(environments::create(app, admin, id, new(bad, None)).await).0, 422, "{bad}");
        }

        let unknown = Uuid::from_u128(7);
        let missing = plain(404, format!("Environment with id '{unknown}' in project with ID '{id}' not found"));
        assert_eq!(refusal(environments::get(app, admin, id, unknown).await), missing);
        assert_eq!(refusal(environments::delete(app, admin, id, unknown).await), missing);
        assert_eq!(refusal(environments::update(app, admin, id, unknown, slug("x")).await), missing);
        assert_eq!(
            refusal(environments::get_anywhere(app, admin, unknown).await),
            plain(404, format!("Environment with ID '{unknown}' not found"))
        );
        // An environment of another project is none of this one.
        let other = world.project("other").await.unwrap();
        assert_eq!(refusal(environments::delete(app, admin, other, dev.id).await).0, 404);
        assert_eq!(environments::get_anywhere(app, admin, dev.id).await.unwrap().id, dev.id);
    })
    .await;
}

#[tokio::test]
async fn rights_are_asked_with_the_environment_at_hand() {
    let world = World::new().await.unwrap();
    let id = world.project("shop").await.unwrap();
    let viewer = world.user(world.org_id, "viewer@example.com", "member").await.unwrap();
    world.grant(id, &viewer, "viewer").await.unwrap();
    let app = &world.app;
    let dev = environments::get_by_slug(app, &viewer, id, "dev").await.unwrap();
    assert_eq!(
        refusal(environments::create(app, &viewer, id, new("qa", None)).await),
        plain(403, "You are not allowed to create on environments")
    );
    assert_eq!(refusal(environments::delete(app, &viewer, id, dev.id).await).0, 403);
    let limited = world.user(world.org_id, "limited@example.com", "member").await.unwrap();
    let mut rule = Rule::allow("environments", &["read", "delete"]);
    rule.conditions = json!({ "environment": "dev" }).as_object().cloned();
    world.grant_rules(id, &limited, &[rule]).await.unwrap();
    assert_eq!(refusal(environments::get_by_slug(app, &limited, id, "prod").await).0, 403);
    environments::delete(app, &limited, id, dev.id).await.unwrap();
}

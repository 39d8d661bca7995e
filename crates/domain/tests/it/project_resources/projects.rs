//! Projects (core API contract, section 8.3).

use keyferry_db::entities::{app_connections, environments, folders, secret_syncs};
use keyferry_domain::access::project_ability;
use keyferry_domain::keys::Scope;
use keyferry_domain::projects::{self, CreateProject, UpdateProject};
use keyferry_test_support::{World, on_each_backend};
use uuid::Uuid;

use super::following::connection_and_sync;
use super::{events, plain, refusal};

#[tokio::test]
async fn a_new_project_has_keys_environments_roots_and_an_admin() {
    on_each_backend(|world| async move {
        let made = projects::create(&world.app, &world.admin, CreateProject::named("Web Shop")).await.unwrap();
        let row = &made.row;
        assert!(row.slug.starts_with("web-shop-") && row.slug.len() == "web-shop-".len() + 4, "{}", row.slug);
        assert_eq!((row.version, row.pit_version_limit, row.r#type.as_str()), (3, 10, "secret-manager"));
        let environments: Vec<_> = made.environments.iter().map(|e| (e.name.as_str(), e.slug.as_str(), e.position)).collect();
        assert_eq!(environments, [("Development", "dev", 1), ("Staging", "staging", 2), ("Production", "prod", 3)]);
        for environment in &made.environments {
            let root = keyferry_db::folders::root(world.app.db.read(), environment.id).await.unwrap().unwrap();
            assert_eq!((root.name.as_str(), root.parent_id), ("root", None));
        }
        let (_, ability) = project_ability(&world.app, world.app.db.read(), &world.admin, row.id).await.unwrap();
        assert_eq!(ability.roles(), ["admin"]);
        let scope = Scope::Project { org_id: world.org_id, project_id: row.id };
        world.app.keys.scope(world.app.db.read(), scope).await.map(|_| ()).unwrap();
        assert_eq!(events(&world, row.id).await, ["create-project"]);
        assert_eq!(projects::get_by_slug(&world.app, &world.admin, &row.slug).await.unwrap(), made);
    })
    .await;
}

#[tokio::test]
async fn an_identity_may_create_a_project_and_administers_it() {
    let world = World::new().await.unwrap();
    let robot = world.identity(world.org_id, "robot", "member").await.unwrap();
    let input = CreateProject { default_environments: false, slug: Some("infra-base".into()), ..CreateProject::named("Infra") };
    let made = projects::create(&world.app, &robot, input).await.unwrap();
    assert_eq!((made.row.slug.as_str(), made.environments.len()), ("infra-base", 0));
    let listed = projects::list(&world.app, &robot, None, true).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].roles, ["admin"]);
    // Administering the organization is no membership.
    assert_eq!(projects::list(&world.app, &world.admin, None, false).await.unwrap(), []);
    let id = made.row.id;
    let message = format!(
        "You are not a member of this project with ID {id}. Please assign this user to the project with the appropriate \
         permissions, then try again."
    );
    assert_eq!(refusal(projects::get(&world.app, &world.admin, id).await), plain(403, message));
}

#[tokio::test]
async fn creating_is_refused_in_the_contracts_words() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let with_slug = |slug: &str| CreateProject { slug: Some(slug.into()), ..CreateProject::named("A") };
        projects::create(app, admin, with_slug("taken")).await.unwrap();
        assert_eq!(
            refusal(projects::create(app, admin, with_slug("taken")).await),
            plain(
                400,
                "A project with the slug \"taken\" already exists in your organization. Please choose a different name or slug."
            )
        );
        let nobody = world.user(world.org_id, "nobody@example.com", "no-access").await.unwrap();
        assert_eq!(
            refusal(projects::create(app, &nobody, CreateProject::named("A")).await),
            plain(403, "You don't have permission to create a project")
        );
        let kms = CreateProject { kind: "kms".into(), ..CreateProject::named("A") };
        assert_eq!(refusal(projects::create(app, admin, kms).await).0, 400);
        for bad in [with_slug("-a-"), CreateProject::named(" "), CreateProject::named("x".repeat(65))] {
            assert_eq!(refusal(projects::create(app, admin, bad).await).0, 422);
        }
        // The same slug in another organization is no clash.
        let other = world.organization("other").await.unwrap();
        let stranger = world.user(other, "stranger@example.com", "admin").await.unwrap();
        projects::create(app, &stranger, with_slug("taken")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_project_is_found_only_by_its_members() {
    let world = World::new().await.unwrap();
    let id = world.project("shop").await.unwrap();
    let unknown = Uuid::from_u128(7);
    assert_eq!(
        refusal(projects::get(&world.app, &world.admin, unknown).await),
        plain(404, format!("Project with {unknown} not found"))
    );
    assert_eq!(
        refusal(projects::get_by_slug(&world.app, &world.admin, "nope").await),
        plain(404, "Project with slug 'nope' not found")
    );
    let other = world.organization("other").await.unwrap();
    let stranger = world.user(other, "stranger@example.com", "admin").await.unwrap();
    assert_eq!(
        refusal(projects::get(&world.app, &stranger, id).await),
        plain(403, "This project does not belong to your selected organization.")
    );
    let slug = projects::get(&world.app, &world.admin, id).await.unwrap().row.slug;
    assert_eq!(
        refusal(projects::get_by_slug(&world.app, &stranger, &slug).await),
        plain(404, format!("Project with slug '{slug}' not found"))
    );
    assert_eq!(projects::list(&world.app, &world.admin, Some("kms"), false).await.unwrap(), []);
}

#[tokio::test]
async fn settings_change_for_those_who_may_edit_them() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let input = UpdateProject {
            name: Some("Shop 2".into()),
            slug: Some("shop_two".into()),
            description: Some(Some("a note".into())),
            has_delete_protection: Some(true),
            pit_version_limit: Some(50),
            secret_detection_ignore_values: Some(vec!["x".into()]),
            ..UpdateProject::default()
        };
        let changed = projects::update(app, admin, id, input).await.unwrap();
        assert_eq!(projects::get(app, admin, id).await.unwrap(), changed);
        assert_eq!((changed.row.slug.as_str(), changed.row.pit_version_limit), ("shop_two", 50));
        let cleared = UpdateProject { description: Some(None), ..UpdateProject::default() };
        let changed = projects::update_by_slug(app, admin, "shop_two", cleared).await.unwrap();
        assert_eq!((changed.row.description, changed.row.name.as_str()), (None, "Shop 2"));

        world.project_in(world.org_id, "other", admin).await.unwrap();
        let other = projects::list(app, admin, None, false).await.unwrap();
        let taken = other.iter().find(|one| one.project.row.id != id).unwrap().project.row.slug.clone();
        let input = UpdateProject { slug: Some(taken.clone()), ..UpdateProject::default() };
        assert_eq!(
            refusal(projects::update(app, admin, id, input).await),
            plain(
                400,
                format!(
                    "Failed to update project. A project with the slug \"{taken}\" already exists in your organization. \
                     Please choose a different slug."
                )
            )
        );
        let viewer = world.user(world.org_id, "viewer@example.com", "member").await.unwrap();
        world.grant(id, &viewer, "viewer").await.unwrap();
        assert_eq!(
            refusal(projects::update(app, &viewer, id, UpdateProject::default()).await),
            plain(403, "You are not allowed to edit on settings")
        );
        assert_eq!(events(&world, id).await, ["update-project", "update-project"]);
    })
    .await;
}

#[tokio::test]
async fn only_admins_set_the_audit_retention() {
    let world = World::new().await.unwrap();
    let id = world.project("shop").await.unwrap();
    let slug = projects::get(&world.app, &world.admin, id).await.unwrap().row.slug;
    let changed = projects::set_audit_logs_retention(&world.app, &world.admin, &slug, 30).await.unwrap();
    assert_eq!(changed.row.audit_logs_retention_days, Some(30));
    let member = world.user(world.org_id, "member@example.com", "member").await.unwrap();
    world.grant(id, &member, "member").await.unwrap();
    assert_eq!(refusal(projects::set_audit_logs_retention(&world.app, &member, &slug, 30).await).0, 403);
    assert_eq!(refusal(projects::set_audit_logs_retention(&world.app, &world.admin, &slug, -1).await).0, 422);
}

#[tokio::test]
async fn deleting_takes_everything_along_unless_protected() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let id = world.project("shop").await.unwrap();
        let protect = |on| UpdateProject { has_delete_protection: Some(on), ..UpdateProject::default() };
        projects::update(app, admin, id, protect(true)).await.unwrap();
        assert_eq!(refusal(projects::delete(app, admin, id).await), plain(403, "Project delete protection is enabled"));
        projects::update(app, admin, id, protect(false)).await.unwrap();
        let member = world.user(world.org_id, "member@example.com", "member").await.unwrap();
        world.grant(id, &member, "member").await.unwrap();
        assert_eq!(refusal(projects::delete(app, &member, id).await), plain(403, "You are not allowed to delete on workspace"));

        let environment = keyferry_db::environments::find_by_slug(app.db.read(), id, "dev").await.unwrap().unwrap();
        let root = keyferry_db::folders::root(app.db.read(), environment.id).await.unwrap().unwrap();
        let (connection, sync) = connection_and_sync(&world, id, &root).await;

        let gone = projects::delete(app, admin, id).await.unwrap();
        assert_eq!((gone.row.id, gone.environments.len()), (id, 3));
        let conn = app.db.read();
        assert_eq!(keyferry_db::find_by_id::<environments::Model>(conn, environment.id).await.unwrap(), None);
        assert_eq!(keyferry_db::find_by_id::<folders::Model>(conn, root.id).await.unwrap(), None);
        assert_eq!(keyferry_db::find_by_id::<secret_syncs::Model>(conn, sync).await.unwrap(), None);
        assert_eq!(keyferry_db::find_by_id::<app_connections::Model>(conn, connection).await.unwrap(), None);
        assert_eq!(refusal(projects::get(app, admin, id).await), plain(404, format!("Project with {id} not found")));
        assert_eq!(events(&world, id).await.last().map(String::as_str), Some("delete-project"));
    })
    .await;
}

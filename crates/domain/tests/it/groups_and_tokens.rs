//! Groups and service tokens, where they meet the rules' storage.

use keyferry_domain::access::{self, Facts};
use keyferry_domain::groups::{self, CreateGroup};
use keyferry_domain::memberships::GrantInput;
use keyferry_domain::service_tokens::{self, CreateServiceToken, KeyMaterial, Permission, Scope};
use keyferry_domain::{Actor, Origin, authentication, projects};
use keyferry_test_support::on_each_backend;
use secrecy::ExposeSecret as _;

#[tokio::test]
async fn a_group_counts_beside_what_its_people_hold() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let project_id = world.project("shop").await.unwrap();
        let ada = world.user(world.org_id, "ada@example.com", "no-access").await.unwrap();
        let input = |name: &str| CreateGroup { name: name.to_owned(), slug: name.to_owned(), role: "no-access".to_owned() };
        let group = groups::create(app, admin, input("readers")).await.unwrap().group;
        assert!(groups::create(app, admin, input("readers")).await.is_err(), "names are unique");
        groups::add_to_project(app, admin, project_id, "readers", vec![GrantInput::permanent("viewer")]).await.unwrap();
        groups::add_member(app, admin, group.id, "ada@example.com").await.unwrap();
        let may = async |action: &str| {
            let ability = access::project_ability(app, app.db.read(), &ada, project_id).await;
            ability.is_ok_and(|(_, ability)| ability.allows(action, "secrets", Facts::at("dev", "/")))
        };
        assert!(may("readValue").await && !may("edit").await);
        world.grant(project_id, &ada, "member").await.unwrap();
        assert!(may("edit").await, "the union of both");
        assert_eq!(projects::list(app, &ada, None, false).await.unwrap().len(), 1, "the project is listed once");
        groups::delete(app, admin, group.id).await.unwrap();
        assert!(may("edit").await, "what is held without the group stays");
        assert!(groups::list_in_project(app, admin, project_id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_service_token_is_stored_as_a_hash_and_ends_with_its_project() {
    on_each_backend(|world| async move {
        let (app, admin) = (&world.app, &world.admin);
        let project_id = world.project("shop").await.unwrap();
        let input = CreateServiceToken {
            project_id,
            name: "deploy".to_owned(),
            scopes: vec![Scope { environment: "dev".to_owned(), secret_path: "/".to_owned() }],
            permissions: vec![Permission::Read],
            expires_in_s: None,
            key_material: KeyMaterial::default(),
        };
        let (token, _) = service_tokens::create(app, admin, input).await.unwrap();
        let token = token.expose_secret();
        let secret = token.rsplit('.').next().unwrap();
        for row in keyferry_db::testing::dump(&app.db).await.unwrap() {
            assert!(!row.contains(secret), "the secret is stored: {row}");
        }
        let caller = authentication::authenticate(app, token, Origin::default()).await.unwrap();
        assert!(matches!(&caller.actor, Actor::Service { name, .. } if name == "deploy"));
        let row = &service_tokens::list(app, admin, project_id).await.unwrap()[0].row;
        assert_eq!(row.last_used_at_ms, Some(app.now_ms()));
        assert!(access::org_ability(app, app.db.read(), &caller).await.is_err(), "a token is nobody in the organization");
        projects::delete(app, admin, project_id).await.unwrap();
        world.clock.advance_ms(1_000);
        assert!(authentication::authenticate(app, token, Origin::default()).await.is_err());
    })
    .await;
}

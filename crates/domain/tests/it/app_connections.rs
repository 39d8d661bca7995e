//! What the wire does not show of app connections: how credentials lie, where they may go, how their health is kept.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use keyferry_db::entities::app_connections::Model;
use keyferry_domain::app_connections::{self, CreateConnection, Health, UpdateConnection};
use keyferry_domain::{Error, secret_syncs};
use keyferry_test_support::{World, on_each_backend};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

async fn connect(world: &World, name: &str, project_id: Option<Uuid>) -> Model {
    let input = CreateConnection {
        app: "checkly".to_owned(),
        name: name.to_owned(),
        method: "api-key".to_owned(),
        description: None,
        project_id: project_id.map(|id| id.to_string()),
        api_key: SecretString::from(world.api_key.clone()),
    };
    app_connections::create(&world.app, &world.admin, input).await.unwrap()
}

#[tokio::test]
async fn credentials_lie_sealed_under_the_key_of_their_scope() {
    on_each_backend(|world| async move {
        let project_id = world.project("shop").await.unwrap();
        let other = world.project("other").await.unwrap();
        for project in [None, Some(project_id)] {
            let row = connect(&world, "eu", project).await;
            let key = world.api_key.as_bytes();
            assert!(!row.credentials.windows(key.len()).any(|part| part == key));
            assert_eq!(row.credentials_hash, keyferry_crypto::sha256_hex(&row.credentials));
            let opened = app_connections::credentials(&world.app, world.app.db.read(), &row).await.unwrap();
            assert_eq!(opened.api_key.expose_secret(), world.api_key);
            assert_eq!(opened.key_hash.to_vec(), row.api_key_hash);

            let mut moved = vec![Model { project_id: Some(other), ..row.clone() }, Model { id: other, ..row.clone() }];
            if project.is_some() {
                moved.push(Model { project_id: None, ..row.clone() });
            }
            for moved in moved {
                let opened = app_connections::credentials(&world.app, world.app.db.read(), &moved).await;
                assert!(matches!(opened, Err(Error::Internal { .. })), "a blob moved elsewhere must not open");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn one_key_in_two_connections_has_one_hash() {
    let world = World::new().await.unwrap();
    let (first, second) = (connect(&world, "a", None).await, connect(&world, "b", None).await);
    assert_eq!(first.api_key_hash, second.api_key_hash);
    assert_ne!(first.credentials_hash, second.credentials_hash);
}

#[tokio::test]
async fn a_stored_key_does_not_follow_a_changed_address() {
    on_each_backend(|world| async move {
        let row = connect(&world, "eu", None).await;
        let elsewhere = Model { api_origin: "https://api.checklyhq.com".to_owned(), ..row.clone() };
        let tx = world.app.db.begin().await.unwrap();
        keyferry_db::update(&tx, elsewhere.clone()).await.unwrap();
        tx.commit().await.unwrap();
        let calls = world.sim.state().log().len();

        let error = app_connections::credentials(&world.app, world.app.db.read(), &elsewhere).await.err().unwrap();
        assert!(matches!(&error, Error::BadRequest { message, .. } if message.contains("https://api.checklyhq.com")), "{error}");
        let accounts = app_connections::list_accounts(&world.app, &world.admin, "checkly", row.id).await.unwrap();
        assert!(accounts.is_empty());
        assert!(app_connections::test(&world.app, &world.admin, "checkly", row.id).await.is_err());
        assert_eq!(world.sim.state().log().len(), calls, "nothing was sent");

        let again = UpdateConnection { api_key: Some(SecretString::from(world.api_key.clone())), ..UpdateConnection::default() };
        let saved = app_connections::update(&world.app, &world.admin, "checkly", row.id, again).await.unwrap();
        assert_eq!(saved.api_origin, world.sim.url());
        assert!(app_connections::credentials(&world.app, world.app.db.read(), &saved).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn health_follows_what_checkly_says_and_is_no_change() {
    on_each_backend(|world| async move {
        let row = connect(&world, "eu", None).await;
        assert_eq!(row.health_status.as_deref(), Some(Health::Working.as_str()));
        world.clock.advance_ms(1000);
        assert!(world.sim.state().revoke_key(&world.api_key));
        let tested = app_connections::test(&world.app, &world.admin, "checkly", row.id).await.unwrap();
        assert_eq!(tested.health_status.as_deref(), Some(Health::Rejected.as_str()));
        assert!(tested.health_message.as_deref().is_some_and(|message| message.contains("401")), "{tested:?}");
        let stored = keyferry_db::find_by_id::<Model>(world.app.db.read(), row.id).await.unwrap().unwrap();
        assert_eq!(stored, tested);
        assert_eq!(stored.updated_at_ms, row.updated_at_ms);
        assert_eq!(stored.health_checked_at_ms, Some(row.updated_at_ms + 1000));
    })
    .await;
}

#[tokio::test]
async fn two_of_one_name_at_once_make_one() {
    on_each_backend(|world| async move {
        let world = Arc::new(world);
        let input = |world: &World| CreateConnection {
            app: "checkly".to_owned(),
            name: "eu".to_owned(),
            method: "api-key".to_owned(),
            description: None,
            project_id: None,
            api_key: SecretString::from(world.api_key.clone()),
        };
        let (first, second) = tokio::join!(
            app_connections::create(&world.app, &world.admin, input(&world)),
            app_connections::create(&world.app, &world.admin, input(&world)),
        );
        let refusals = [first.err(), second.err()];
        let refusals: Vec<&Error> = refusals.iter().flatten().collect();
        assert!(
            matches!(refusals[..], [Error::BadRequest { message, .. }] if message == "An App Connection with the name \"eu\" already exists"),
            "{refusals:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn input_is_checked_without_the_wire() {
    let world = World::new().await.unwrap();
    let input = |name: &str, key: &str| CreateConnection {
        app: "checkly".to_owned(),
        name: name.to_owned(),
        method: "api-key".to_owned(),
        description: None,
        project_id: None,
        api_key: SecretString::from(key.to_owned()),
    };
    for (name, key) in [("Bad Name", "k"), ("good", ""), ("", "k")] {
        let outcome = app_connections::create(&world.app, &world.admin, input(name, key)).await;
        assert!(matches!(outcome, Err(Error::Invalid(_))), "{name:?} {key:?}");
    }
    assert!(world.sim.state().log().is_empty());
    let listed = secret_syncs::list(&world.app, &world.admin, None, "nope").await;
    assert!(matches!(listed, Err(Error::NotFound { .. })));
}

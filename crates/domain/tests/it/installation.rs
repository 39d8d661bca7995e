//! The first start, the root key, and setting up once.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use keyferry_crypto::RootKey;
use keyferry_db::{Db, DbConfig};
use keyferry_domain::installation::{self, BootstrapInput, BootstrapOutput};
use keyferry_domain::{Actor, App, Origin, Result, SystemIds, authentication};
use keyferry_test_support::{TestBackend, World, on_each_backend};
use secrecy::{ExposeSecret as _, SecretString};

const NOW_MS: i64 = 1_772_452_800_000;

/// Takes back what the world did, so that it can be set up.
pub async fn unset(app: &App) {
    let mut settings = keyferry_db::server_settings::find(app.db.read()).await.unwrap().unwrap();
    settings.is_initialized = false;
    let tx = app.db.begin().await.unwrap();
    keyferry_db::update(&tx, settings).await.unwrap();
    tx.commit().await.unwrap();
}

/// Sets the world up as somebody at the machine does.
pub async fn set_up(app: &App, email: &str, password: &str) -> Result<BootstrapOutput> {
    let input = BootstrapInput {
        email: email.to_owned(),
        password: SecretString::from(password),
        organization: "Acme & Sons".to_owned(),
        setup_token: None,
        trusted_local: true,
    };
    installation::bootstrap(app, Origin::default(), input).await
}

#[tokio::test]
async fn d5_another_root_key_is_refused_and_the_needed_one_named() {
    let dir = tempfile::tempdir().unwrap();
    let url = TestBackend::Sqlite.fresh_url(&dir).await.unwrap();
    let db = Db::connect(&DbConfig { url, max_connections: 2 }).await.unwrap();
    assert_eq!(installation::root_key_fingerprint(&db).await.unwrap(), None);
    db.migrate().await.unwrap();
    let root = RootKey::generate();
    let text = root.to_base64();
    let needed = root.fingerprint();

    let first = installation::open(&db, root, NOW_MS, &SystemIds).await.unwrap();
    assert!(first.setup_token.is_some());
    let token = first.keys.jwt().sign(&serde_json::json!({"a": 1})).unwrap();

    let again = installation::open(&db, RootKey::parse(text.expose_secret()).unwrap(), NOW_MS, &SystemIds).await.unwrap();
    assert!(again.setup_token.is_none(), "the setup token is made at the first start only");
    assert_eq!(again.settings.instance_id, first.settings.instance_id);
    assert!(again.keys.jwt().verify::<serde_json::Value>(&token, 0).is_ok(), "tokens outlive a restart");

    let before = keyferry_db::server_settings::find(db.read()).await.unwrap();
    let other = RootKey::generate();
    let given = other.fingerprint();
    let refusal = installation::open(&db, other, NOW_MS, &SystemIds).await.err().unwrap().to_string();
    assert!(refusal.contains(&needed) && refusal.contains(&given), "{refusal}");
    assert_eq!(keyferry_db::server_settings::find(db.read()).await.unwrap(), before, "nothing is written");
}

#[tokio::test]
async fn setting_up_from_elsewhere_needs_the_printed_token() {
    let world = World::new().await.unwrap();
    unset(&world.app).await;
    let mut settings = keyferry_db::server_settings::find(world.app.db.read()).await.unwrap().unwrap();
    settings.setup_token_hash = Some(world.app.keys.tokens().hash("setup-token", "the-token").to_vec());
    let tx = world.app.db.begin().await.unwrap();
    keyferry_db::update(&tx, settings).await.unwrap();
    tx.commit().await.unwrap();
    let input = |token: Option<&str>| BootstrapInput {
        email: "Admin@Example.com".to_owned(),
        password: SecretString::from("p"),
        organization: "acme".to_owned(),
        setup_token: token.map(SecretString::from),
        trusted_local: false,
    };
    for token in [None, Some("another"), Some("")] {
        let error = installation::bootstrap(&world.app, Origin::default(), input(token)).await.err().unwrap();
        assert!(error.to_string().contains("needs the setup token"), "{error}");
    }
    let made = installation::bootstrap(&world.app, Origin::default(), input(Some("the-token\n"))).await.err();
    assert_eq!(made.unwrap().to_string(), "User already exists", "the world has such a user");
    let mut fresh = input(Some("the-token\n"));
    fresh.email = "First@Example.com".to_owned();
    let made = installation::bootstrap(&world.app, Origin::default(), fresh).await.unwrap();
    assert_eq!((made.user.username.as_str(), made.user.is_super_admin), ("first@example.com", true));
    let settings = keyferry_db::server_settings::find(world.app.db.read()).await.unwrap().unwrap();
    assert_eq!(settings.setup_token_hash, None, "the token is good once");
}

#[tokio::test]
async fn b7_of_twenty_at_once_one_sets_up() {
    on_each_backend(|world| async move {
        unset(&world.app).await;
        let tries = (0..20).map(|i| {
            let app = Arc::clone(&world.app);
            tokio::spawn(async move { set_up(&app, &format!("user{i}@example.com"), "p").await })
        });
        let tries: Vec<_> = tries.collect();
        let mut winners = Vec::new();
        for attempt in tries {
            match attempt.await.unwrap() {
                Ok(made) => winners.push(made),
                Err(error) => assert_eq!(error.to_string(), "Instance has already been set up"),
            }
        }
        assert_eq!(winners.len(), 1);
        let made = winners.remove(0);
        assert!(made.organization.slug.starts_with("acme-sons-"), "{}", made.organization.slug);
        world.clock.advance_ms(20 * 365 * 86_400_000);
        let caller = authentication::authenticate(&world.app, made.token.expose_secret(), Origin::default()).await.unwrap();
        assert_eq!(caller.org_id, Some(made.organization.id));
        assert!(matches!(caller.actor, Actor::Identity { is_instance_admin: true, .. }), "its token does not expire");
        let config = installation::config(&world.app).await.unwrap();
        assert!(config.is_initialized && !config.allow_sign_up);
    })
    .await;
}

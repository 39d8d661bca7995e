//! Machine identities signing in, and the tokens they get.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::net::IpAddr;
use std::sync::Arc;

use keyferry_domain::authentication::{self, IssuedToken, TrustedIps};
use keyferry_domain::identities::{self, UpdateIdentity};
use keyferry_domain::universal_auth::{self, CreateClientSecret, LoginInput, Settings, SettingsChange};
use keyferry_domain::{App, Caller, Error, Origin, Result, token_auth};
use keyferry_test_support::{World, on_each_backend};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// An identity with universal auth and one client secret.
struct Client {
    identity_id: Uuid,
    client_id: String,
    secret_id: Uuid,
    secret: SecretString,
}

async fn client(world: &World, settings: Settings, secret: CreateClientSecret) -> Client {
    let identity = world.identity(world.org_id, "ci", "member").await.unwrap();
    let identity_id = identity.actor.id().unwrap();
    let method = universal_auth::attach(&world.app, &world.admin, identity_id, settings).await.unwrap();
    let (secret, row) = universal_auth::create_client_secret(&world.app, &world.admin, identity_id, secret).await.unwrap();
    assert_eq!(secret.expose_secret().len(), 64);
    assert!(secret.expose_secret().starts_with(&row.secret_prefix));
    Client { identity_id, client_id: method.client_id.to_string(), secret_id: row.id, secret }
}

fn from(ip: &str) -> Origin {
    Origin { ip: Some(ip.parse::<IpAddr>().unwrap()), ..Origin::default() }
}

async fn login_as(app: &App, client_id: &str, secret: &str) -> Result<IssuedToken> {
    let input = LoginInput { client_id: client_id.to_owned(), client_secret: SecretString::from(secret) };
    universal_auth::login(app, from("10.0.0.1"), input).await
}

async fn login(app: &App, client: &Client) -> Result<IssuedToken> {
    login_as(app, &client.client_id, client.secret.expose_secret()).await
}

async fn prove(app: &App, token: &IssuedToken) -> Result<Caller> {
    authentication::authenticate(app, token.access_token.expose_secret(), from("10.0.0.1")).await
}

fn text<T>(result: Result<T>) -> String {
    result.err().unwrap().to_string()
}

const LOCKED: &str = "This identity auth method is temporarily locked, please try again later";

#[tokio::test]
async fn an_identity_signs_in_renews_and_revokes() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let client = client(&world, Settings::default(), CreateClientSecret::default()).await;
        let token = login(app, &client).await.unwrap();
        assert_eq!((token.expires_in_s, token.max_ttl_s()), (2_592_000, 2_592_000));
        let caller = prove(app, &token).await.unwrap();
        assert_eq!((caller.actor.id(), caller.org_id), (Some(client.identity_id), Some(world.org_id)));
        assert_eq!(identities::details(app, &caller).await.unwrap().id, world.org_id);

        world.clock.advance_ms(2_591_000_000);
        let renewed = universal_auth::renew_token(app, from("10.0.0.1"), &token.access_token).await.unwrap();
        assert_eq!(renewed.expires_in_s, 1_000, "never past the maximum");
        world.clock.advance_ms(1_000_000);
        assert_eq!(text(prove(app, &renewed).await), "Your token has expired. Please re-authenticate.");
        assert_eq!(
            text(universal_auth::renew_token(app, from("10.0.0.1"), &renewed.access_token).await),
            "Failed to renew MI access token due to TTL expiration"
        );

        let token = login(app, &client).await.unwrap();
        assert!(prove(app, &token).await.is_ok());
        for _ in 0..2 {
            universal_auth::revoke_token(app, from("10.0.0.1"), &token.access_token).await.unwrap();
            assert_eq!(text(prove(app, &token).await), "Failed to authorize: token has been revoked");
        }
        assert!(universal_auth::renew_token(app, from("10.0.0.1"), &token.access_token).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn c3_renewal_ends_at_the_maximum_and_a_clock_set_back_extends_nothing() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let settings = Settings { access_token_ttl_s: 2, access_token_max_ttl_s: 5, ..Settings::default() };
    let client = client(&world, settings, CreateClientSecret::default()).await;
    let mut token = login(app, &client).await.unwrap();
    let mut renewals = 0;
    while let Ok(next) = universal_auth::renew_token(app, from("10.0.0.1"), &token.access_token).await {
        token = next;
        renewals += 1;
        world.clock.advance_ms(1_000);
    }
    assert_eq!(renewals, 5);
    world.clock.advance_ms(-60_000);
    let back = universal_auth::renew_token(app, from("10.0.0.1"), &token.access_token).await.unwrap();
    assert!(back.expires_in_s <= 2, "one lifetime from the time shown, within the maximum");
    world.clock.advance_ms(60_000);
    assert!(prove(app, &back).await.is_err());
}

#[tokio::test]
async fn a_periodic_token_is_renewed_for_ever() {
    let world = World::new().await.unwrap();
    let settings = Settings { access_token_period_s: 60, ..Settings::default() };
    let client = client(&world, settings, CreateClientSecret::default()).await;
    let mut token = login(&world.app, &client).await.unwrap();
    assert_eq!((token.expires_in_s, token.max_ttl_s()), (60, 1_000_000_000));
    for _ in 0..50 {
        world.clock.advance_ms(59_000 * 1_000);
        assert!(prove(&world.app, &token).await.is_err());
        world.clock.advance_ms(-58_950 * 1_000);
        token = universal_auth::renew_token(&world.app, from("10.0.0.1"), &token.access_token).await.unwrap();
    }
    assert!(prove(&world.app, &token).await.is_ok());
}

#[tokio::test]
async fn a8_limits_hold_when_everybody_comes_at_once() {
    on_each_backend(|world| async move {
        let limit = CreateClientSecret { num_uses_limit: 5, ..CreateClientSecret::default() };
        let settings = Settings { access_token_num_uses_limit: 3, lockout_enabled: false, ..Settings::default() };
        let client = Arc::new(client(&world, settings, limit).await);
        let logins: Vec<_> = (0..40)
            .map(|_| {
                let (app, client) = (Arc::clone(&world.app), Arc::clone(&client));
                tokio::spawn(async move { login(&app, &client).await })
            })
            .collect();
        let mut tokens = Vec::new();
        for login in logins {
            match login.await.unwrap() {
                Ok(token) => tokens.push(token),
                Err(error) => assert!(
                    ["Access denied due to client secret usage limit reached", "Invalid credentials"]
                        .contains(&error.to_string().as_str()),
                    "{error}"
                ),
            }
        }
        assert_eq!(tokens.len(), 5);
        let token = Arc::new(tokens.remove(0));
        let uses: Vec<_> = (0..20)
            .map(|_| {
                let (app, token) = (Arc::clone(&world.app), Arc::clone(&token));
                tokio::spawn(async move { prove(&app, &token).await })
            })
            .collect();
        let mut proved = 0;
        for used in uses {
            match used.await.unwrap() {
                Ok(_) => proved += 1,
                Err(error) => assert_eq!(error.to_string(), "Failed to authorize: token usage limit reached"),
            }
        }
        assert_eq!(proved, 3);
        assert_eq!(
            text(universal_auth::renew_token(&world.app, from("10.0.0.1"), &token.access_token).await),
            "Unable to renew because access token number of uses limit reached"
        );
    })
    .await;
}

#[tokio::test]
async fn a8_a_secret_past_its_time_is_refused_and_stays_revoked() {
    let world = World::new().await.unwrap();
    let client = client(&world, Settings::default(), CreateClientSecret { ttl_s: 2, ..CreateClientSecret::default() }).await;
    world.clock.advance_ms(1_999);
    let token = login(&world.app, &client).await.unwrap();
    world.clock.advance_ms(1);
    assert_eq!(text(login(&world.app, &client).await), "Access denied due to expired client secret");
    world.clock.advance_ms(-1_000);
    assert_eq!(text(login(&world.app, &client).await), "Invalid credentials", "a clock set back does not revive it");
    assert!(prove(&world.app, &token).await.is_ok(), "what it gave lives on");
}

#[tokio::test]
async fn c2_a_revoked_secret_method_or_identity_takes_its_tokens_along() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let client = client(&world, Settings::default(), CreateClientSecret::default()).await;
        let token = login(app, &client).await.unwrap();
        assert!(prove(app, &token).await.is_ok());
        let gone = universal_auth::revoke_client_secret(app, &world.admin, client.identity_id, client.secret_id).await.unwrap();
        assert!(gone.is_client_secret_revoked());
        assert_eq!(text(prove(app, &token).await), "Failed to authorize: token has been revoked");
        assert_eq!(text(login(app, &client).await), "Invalid credentials");
        let missing = universal_auth::get_client_secret(app, &world.admin, client.identity_id, client.secret_id).await;
        assert!(matches!(missing, Err(Error::NotFound { .. })));
        assert!(universal_auth::list_client_secrets(app, &world.admin, client.identity_id).await.unwrap().is_empty());

        let (secret, _) =
            universal_auth::create_client_secret(app, &world.admin, client.identity_id, CreateClientSecret::default())
                .await
                .unwrap();
        let token = login_as(app, &client.client_id, secret.expose_secret()).await.unwrap();
        assert!(prove(app, &token).await.is_ok());
        universal_auth::revoke(app, &world.admin, client.identity_id).await.unwrap();
        assert_eq!(text(prove(app, &token).await), "No identity access token found");

        token_auth::attach(app, &world.admin, client.identity_id, token_auth::Settings::default()).await.unwrap();
        let token = token_auth::create_token(app, &world.admin, client.identity_id, None).await.unwrap();
        assert!(prove(app, &token).await.is_ok());
        let protect = UpdateIdentity { has_delete_protection: Some(true), ..UpdateIdentity::default() };
        identities::update(app, &world.admin, client.identity_id, protect).await.unwrap();
        assert_eq!(
            text(identities::delete(app, &world.admin, client.identity_id).await),
            "Cannot delete identity while delete protection is enabled"
        );
        let release = UpdateIdentity { has_delete_protection: Some(false), ..UpdateIdentity::default() };
        identities::update(app, &world.admin, client.identity_id, release).await.unwrap();
        identities::delete(app, &world.admin, client.identity_id).await.unwrap();
        assert_eq!(text(prove(app, &token).await), "No identity access token found");
    })
    .await;
}

trait Revoked {
    fn is_client_secret_revoked(&self) -> bool;
}

impl Revoked for keyferry_db::entities::universal_auth_client_secrets::Model {
    fn is_client_secret_revoked(&self) -> bool {
        self.is_revoked
    }
}

#[tokio::test]
async fn a3_a4_wrong_secrets_lock_whatever_the_spelling_of_the_id() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let client = client(&world, Settings::default(), CreateClientSecret::default()).await;
        let spellings =
            [client.client_id.to_uppercase(), client.client_id.replace('-', ""), format!(" {{{}}} ", client.client_id)];
        for spelling in &spellings {
            assert_eq!(text(login_as(app, spelling, "wrong").await), "Invalid credentials");
        }
        assert_eq!(text(login(app, &client).await), LOCKED, "the right secret is refused while locked");
        app.tokens.clear();
        assert_eq!(text(login_as(app, &spellings[0], client.secret.expose_secret()).await), LOCKED);
        let view = identities::get(app, &world.admin, client.identity_id).await.unwrap();
        assert_eq!(view.locked_auth_methods, ["universal-auth"]);
        world.clock.advance_ms(299_999);
        assert_eq!(text(login(app, &client).await), LOCKED);
        world.clock.advance_ms(1);
        assert!(login(app, &client).await.is_ok());

        for _ in 0..3 {
            login_as(app, &client.client_id, "wrong").await.err().unwrap();
        }
        assert_eq!(universal_auth::clear_lockouts(app, &world.admin, client.identity_id).await.unwrap(), 1);
        assert!(login(app, &client).await.is_ok());

        for _ in 0..10 {
            login_as(app, &client.client_id, "wrong").await.err().unwrap();
            world.clock.advance_ms(30_001);
        }
        assert!(login(app, &client).await.is_ok(), "failures far apart are forgotten");
    })
    .await;
}

#[tokio::test]
async fn a4_guesses_at_once_never_outnumber_the_threshold() {
    on_each_backend(|world| async move {
        let client = Arc::new(client(&world, Settings::default(), CreateClientSecret::default()).await);
        let guesses: Vec<_> = (0..40)
            .map(|_| {
                let (app, client) = (Arc::clone(&world.app), Arc::clone(&client));
                tokio::spawn(async move { text(login_as(&app, &client.client_id, "wrong").await) })
            })
            .collect();
        let mut looked_at = 0;
        for guess in guesses {
            match guess.await.unwrap().as_str() {
                "Invalid credentials" => looked_at += 1,
                other => assert_eq!(other, LOCKED),
            }
        }
        assert_eq!(looked_at, 3);
    })
    .await;
}

#[tokio::test]
async fn a1_an_unknown_client_answers_like_a_known_one() {
    let world = World::new().await.unwrap();
    let client = client(&world, Settings::default(), CreateClientSecret::default()).await;
    let disabled = self::client(&world, Settings::default(), CreateClientSecret::default()).await;
    let mut membership =
        keyferry_db::access::find_org_membership_of_identity(world.app.db.read(), world.org_id, disabled.identity_id)
            .await
            .unwrap()
            .unwrap();
    membership.is_active = false;
    let tx = world.app.db.begin().await.unwrap();
    keyferry_db::update(&tx, membership).await.unwrap();
    tx.commit().await.unwrap();

    let unknown = Uuid::from_u128(7).to_string();
    let attempts = [
        (unknown.as_str(), "wrong"),
        (client.client_id.as_str(), "wrong"),
        (disabled.client_id.as_str(), disabled.secret.expose_secret()),
        ("no uuid at all", "wrong"),
    ];
    for (client_id, secret) in attempts {
        let mut answers = Vec::new();
        for _ in 0..5 {
            answers.push(text(login_as(&world.app, client_id, secret).await));
        }
        assert_eq!(answers, ["Invalid credentials", "Invalid credentials", "Invalid credentials", LOCKED, LOCKED], "{client_id}");
    }
}

#[tokio::test]
async fn addresses_outside_the_lists_are_refused() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    const ELSEWHERE: &str = "You are not allowed to access this resource from the current IP address";
    let lists = |list: &[&str]| TrustedIps::parse(list).unwrap();
    let settings = Settings {
        client_secret_trusted_ips: lists(&["10.0.0.0/8"]),
        access_token_trusted_ips: lists(&["10.0.0.0/24", "2001:db8::1"]),
        ..Settings::default()
    };
    let client = client(&world, settings, CreateClientSecret::default()).await;
    let input = || LoginInput { client_id: client.client_id.clone(), client_secret: client.secret.clone() };
    assert_eq!(text(universal_auth::login(app, from("11.0.0.1"), input()).await), ELSEWHERE);
    let token = login(app, &client).await.unwrap();
    let prove_from = async |ip: &str| authentication::authenticate(app, token.access_token.expose_secret(), from(ip)).await;
    for (ip, is_trusted) in [("10.0.0.9", true), ("10.0.1.9", false), ("2001:db8::1", true), ("2001:db8::2", false)] {
        assert_eq!(prove_from(ip).await.is_ok(), is_trusted, "{ip}");
    }
    assert_eq!(text(prove_from("10.0.1.9").await), ELSEWHERE, "also while the token is remembered");
    let change = SettingsChange { access_token_trusted_ips: Some(lists(&["192.0.2.1"])), ..SettingsChange::default() };
    universal_auth::update(app, &world.admin, client.identity_id, change).await.unwrap();
    assert_eq!(text(prove_from("10.0.0.9").await), ELSEWHERE, "tokens issued before obey the new list");
    assert!(prove_from("192.0.2.1").await.is_ok());
    assert!(universal_auth::revoke_token(app, from("10.0.0.9"), &token.access_token).await.is_err());
}

#[tokio::test]
async fn contradicting_lifetimes_and_second_attachments_are_refused() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let identity_id = world.identity(world.org_id, "ci", "no-access").await.unwrap().actor.id().unwrap();
    let longer = Settings { access_token_ttl_s: 10, access_token_max_ttl_s: 5, ..Settings::default() };
    assert_eq!(
        text(universal_auth::attach(app, &world.admin, identity_id, longer).await),
        "Access token TTL cannot be greater than max TTL"
    );
    assert_eq!(
        text(universal_auth::get(app, &world.admin, identity_id).await),
        format!("Failed to find universal auth for identity with ID {identity_id}")
    );
    universal_auth::attach(app, &world.admin, identity_id, Settings::default()).await.unwrap();
    assert_eq!(
        text(universal_auth::attach(app, &world.admin, identity_id, Settings::default()).await),
        "Failed to add universal auth to already configured identity"
    );
    let shorter = SettingsChange { access_token_max_ttl_s: Some(60), ..SettingsChange::default() };
    assert!(universal_auth::update(app, &world.admin, identity_id, shorter).await.is_err());
    let nobody = Uuid::from_u128(9);
    assert_eq!(text(universal_auth::get(app, &world.admin, nobody).await), format!("Failed to find identity with ID {nobody}"));
}

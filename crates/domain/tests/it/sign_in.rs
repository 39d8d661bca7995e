//! People signing in, their sessions and their tokens.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use keyferry_domain::authentication::{self, LoginInput};
use keyferry_domain::organizations::{self, AcceptInvitation, UpdateMember};
use keyferry_domain::sessions::SignedIn;
use keyferry_domain::users::{self, ChangePassword};
use keyferry_domain::{Actor, App, Caller, Error, Origin, Result, sessions};
use keyferry_test_support::{World, on_each_backend};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::installation::{set_up, unset};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse";

async fn login(app: &App, email: &str, password: &str) -> Result<SignedIn> {
    let input = LoginInput { email: email.to_owned(), password: SecretString::from(password) };
    authentication::login(app, Origin::default(), input).await
}

async fn prove(app: &App, token: &SecretString) -> Result<Caller> {
    authentication::authenticate(app, token.expose_secret(), Origin::default()).await
}

/// Another process: it knows nothing that this one remembers.
async fn prove_afresh(app: &App, token: &SecretString) -> Result<Caller> {
    app.tokens.clear();
    prove(app, token).await
}

fn refusal<T>(result: Result<T>) -> (String, Option<String>) {
    match result.err().unwrap() {
        Error::Unauthorized { name, message } | Error::BadRequest { name, message, .. } | Error::NotFound { name, message } => {
            (message, name)
        }
        Error::Token { message } => (message, Some("TokenError".to_owned())),
        other => (other.to_string(), None),
    }
}

#[tokio::test]
async fn a_person_signs_in_chooses_an_organization_and_signs_out() {
    on_each_backend(|world| async move {
        let app = &world.app;
        unset(app).await;
        let made = set_up(app, EMAIL, PASSWORD).await.unwrap();
        let first = login(app, "  ADA@example.com ", PASSWORD).await.unwrap();
        let caller = prove(app, &first.access_token).await.unwrap();
        assert_eq!((caller.org_id, caller.actor.id()), (None, Some(made.user.id)));
        assert_eq!(organizations::list(app, &caller).await.unwrap().len(), 1);

        let chosen = authentication::select_organization(app, &caller, made.organization.id).await.unwrap();
        let caller = prove(app, &chosen.access_token).await.unwrap();
        assert_eq!(caller.org_id, Some(made.organization.id));
        let foreign = authentication::select_organization(app, &caller, world.org_id).await;
        assert_eq!(refusal(foreign).0, format!("User does not have access to the organization with ID {}", world.org_id));
        assert_eq!(sessions::list(app, &caller).await.unwrap().len(), 1);

        authentication::logout(app, &caller).await.unwrap();
        for token in [&first.access_token, &chosen.access_token] {
            let (message, name) = refusal(prove(app, token).await);
            assert_eq!(
                (message.as_str(), name.as_deref()),
                ("User session is stale, please re-authenticate", Some("StaleSession"))
            );
        }
        let (message, _) = refusal(authentication::refresh(app, Origin::default(), chosen.refresh_token.expose_secret()).await);
        assert_eq!(message, "Valid token version not found");
    })
    .await;
}

#[tokio::test]
async fn a1_every_failure_reads_alike() {
    let world = World::new().await.unwrap();
    unset(&world.app).await;
    set_up(&world.app, EMAIL, PASSWORD).await.unwrap();
    let mut texts = Vec::new();
    for (email, password) in [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD), ("admin@example.com", PASSWORD), ("", "")] {
        texts.push(refusal(login(&world.app, email, password).await));
    }
    assert!(texts.iter().all(|text| *text == ("Invalid username or email".to_owned(), None)), "{texts:?}");
}

#[tokio::test]
async fn a3_guesses_at_once_never_outnumber_the_threshold() {
    on_each_backend(|world| async move {
        let app = Arc::clone(&world.app);
        unset(&app).await;
        set_up(&app, EMAIL, PASSWORD).await.unwrap();
        let guesses: Vec<_> = (0..40)
            .map(|i| {
                let app = Arc::clone(&app);
                let spelling = if i % 2 == 0 { EMAIL.to_owned() } else { EMAIL.to_uppercase() };
                tokio::spawn(async move { login(&app, &spelling, "wrong").await.is_err() })
            })
            .collect();
        for guess in guesses {
            assert!(guess.await.unwrap());
        }
        assert!(login(&app, EMAIL, PASSWORD).await.is_err(), "the right password is refused while locked");
        world.clock.advance_ms(300_000 - 1);
        assert!(login(&app, EMAIL, PASSWORD).await.is_err());
        world.clock.advance_ms(1);
        assert!(login(&app, EMAIL, PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a7_tokens_of_another_kind_or_making_are_refused() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    unset(app).await;
    set_up(app, EMAIL, PASSWORD).await.unwrap();
    let signed_in = login(app, EMAIL, PASSWORD).await.unwrap();
    const MALFORMED: &str =
        "The provided access token is malformed. Please use a valid token or generate a new one and try again.";
    let authenticate = async |token: &str| refusal(authentication::authenticate(app, token, Origin::default()).await);

    let forged =
        keyferry_crypto::JwtKey::generate().sign(&json!({"authTokenType": "accessToken", "userId": world.org_id})).unwrap();
    let partial = app.keys.jwt().sign(&json!({"authTokenType": "accessToken", "userId": world.org_id})).unwrap();
    for token in ["", "x", "a.b.c", forged.as_str(), partial.as_str()] {
        assert_eq!(authenticate(token).await, (MALFORMED.to_owned(), Some("TokenError".to_owned())), "{token}");
    }
    let none = "eyJhbGciOiJub25lIn0.e30.";
    assert_eq!(
        authenticate(none).await.0,
        "The access token is signed with an invalid algorithm. Please provide a valid token and try again."
    );
    assert!(authenticate(signed_in.refresh_token.expose_secret()).await.0.contains("not allowed"));
    let old = app.keys.jwt().sign(&json!({"authTokenType": "apiKey"})).unwrap();
    assert_eq!(
        authenticate(&old).await.0,
        "API key authentication is not supported anymore. Please switch to identity authentication."
    );
    let id = world.org_id;
    assert_eq!(authenticate(&format!("st.{id}.secret")).await.0, format!("Service token with ID '{id}' not found"));
    let unknown = app
        .keys
        .jwt()
        .sign(&json!({"authTokenType": "accessToken", "userId": id, "tokenVersionId": id, "accessVersion": 1}))
        .unwrap();
    assert_eq!(authenticate(&unknown).await.0, "Session not found");

    let is_access = authentication::refresh(app, Origin::default(), signed_in.access_token.expose_secret()).await;
    assert_eq!(refusal(is_access).0, MALFORMED);
    world.clock.advance_ms(86_400_000);
    assert_eq!(
        authenticate(signed_in.access_token.expose_secret()).await,
        ("Your token has expired. Please re-authenticate.".to_owned(), Some("TokenError".to_owned()))
    );
}

#[tokio::test]
async fn c5_a_refresh_token_used_twice_ends_the_family() {
    on_each_backend(|world| async move {
        let app = &world.app;
        unset(app).await;
        set_up(app, EMAIL, PASSWORD).await.unwrap();
        let first = login(app, EMAIL, PASSWORD).await.unwrap();
        let refresh = async |token: &SecretString| authentication::refresh(app, Origin::default(), token.expose_secret()).await;
        let second = refresh(&first.refresh_token).await.unwrap();
        let third = refresh(&second.refresh_token).await.unwrap();
        assert!(prove(app, &third.access_token).await.is_ok());
        assert_eq!(refusal(refresh(&first.refresh_token).await).0, "Token version mismatch", "also one two generations old");
        assert!(refresh(&third.refresh_token).await.is_err());
        for token in [&first.access_token, &second.access_token, &third.access_token] {
            assert_eq!(refusal(prove(app, token).await).1.as_deref(), Some("StaleSession"));
        }
    })
    .await;
}

#[tokio::test]
async fn c2_a_changed_password_ends_every_other_session() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    unset(app).await;
    set_up(app, EMAIL, PASSWORD).await.unwrap();
    let other = login(app, EMAIL, PASSWORD).await.unwrap();
    let own = login(app, EMAIL, PASSWORD).await.unwrap();
    let caller = prove(app, &own.access_token).await.unwrap();
    let change = |current: &str| ChangePassword { current: SecretString::from(current), new: SecretString::from("next") };
    assert_eq!(refusal(users::change_password(app, &caller, change("wrong")).await).0, "The current password is wrong");
    let fresh = users::change_password(app, &caller, change(PASSWORD)).await.unwrap();
    for token in [&other.access_token, &own.access_token] {
        assert!(prove(app, token).await.is_err());
    }
    for token in [&other.refresh_token, &own.refresh_token] {
        assert!(authentication::refresh(app, Origin::default(), token.expose_secret()).await.is_err());
    }
    assert!(login(app, EMAIL, PASSWORD).await.is_err());
    assert!(login(app, EMAIL, "next").await.is_ok());
    // The reuse of the old refresh token above ended this family, too.
    assert!(prove(app, &fresh.access_token).await.is_err());
}

#[tokio::test]
async fn b4_invited_disabled_and_removed_members_are_refused() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let invitation = organizations::invite(app, &world.admin, "New@Example.com", "member").await.unwrap();
        assert!(!invitation.membership.is_active);
        assert!(login(app, "new@example.com", "").await.is_err(), "an invited person has no password");
        let accept = |password: &str| AcceptInvitation {
            token: invitation.token.clone(),
            password: SecretString::from(password),
            first_name: Some("New".to_owned()),
            last_name: None,
        };
        organizations::accept_invitation(app, Origin::default(), accept("pw")).await.unwrap();
        let again = organizations::accept_invitation(app, Origin::default(), accept("other")).await;
        assert_eq!(refusal(again).0, "This invitation was used already or has been withdrawn");

        let signed_in = login(app, "new@example.com", "pw").await.unwrap();
        let caller = prove(app, &signed_in.access_token).await.unwrap();
        let chosen = authentication::select_organization(app, &caller, world.org_id).await.unwrap();
        assert!(prove(app, &chosen.access_token).await.is_ok());

        let id = invitation.membership.id;
        let off = UpdateMember { is_active: Some(false), ..UpdateMember::default() };
        organizations::update_member(app, &world.admin, id, off).await.unwrap();
        assert_eq!(refusal(prove(app, &chosen.access_token).await).0, "User organization membership is inactive");
        let on = UpdateMember { is_active: Some(true), ..UpdateMember::default() };
        organizations::update_member(app, &world.admin, id, on).await.unwrap();
        assert!(prove(app, &chosen.access_token).await.is_ok());
        organizations::remove_member(app, &world.admin, id).await.unwrap();
        assert_eq!(refusal(prove(app, &chosen.access_token).await).0, "User not member of organization");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_opens_one_organization_and_takes_over_no_account() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let other_org = world.organization("globex").await.unwrap();
    let other_admin = world.user(other_org, "boss@globex.com", "admin").await.unwrap();
    let ours = organizations::invite(app, &world.admin, "eve@example.com", "member").await.unwrap();
    let theirs = organizations::invite(app, &other_admin, "eve@example.com", "admin").await.unwrap();
    let accept = |token: &SecretString, password: &str| AcceptInvitation {
        token: token.clone(),
        password: SecretString::from(password),
        first_name: None,
        last_name: None,
    };
    organizations::accept_invitation(app, Origin::default(), accept(&ours.token, "eve's")).await.unwrap();
    let signed_in = login(app, "eve@example.com", "eve's").await.unwrap();
    let caller = prove(app, &signed_in.access_token).await.unwrap();
    assert!(authentication::select_organization(app, &caller, other_org).await.is_err(), "the other invitation still waits");
    let wrong = organizations::accept_invitation(app, Origin::default(), accept(&theirs.token, "guess")).await;
    assert_eq!(refusal(wrong).0, "This address has an account already, and this is not its password");
    organizations::accept_invitation(app, Origin::default(), accept(&theirs.token, "eve's")).await.unwrap();
    assert!(authentication::select_organization(app, &caller, other_org).await.is_ok());
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let members = organizations::list_members(app, &world.admin).await.unwrap();
    let own = members[0].membership.id;
    const TEXT: &str = "The last administrator of an organization cannot be removed, disabled or given another role";
    let demote = UpdateMember { role: Some("member".to_owned()), is_active: None };
    assert_eq!(refusal(organizations::update_member(app, &world.admin, own, demote.clone()).await).0, TEXT);
    assert_eq!(refusal(organizations::remove_member(app, &world.admin, own).await).0, TEXT);
    world.user(world.org_id, "second@example.com", "admin").await.unwrap();
    assert!(organizations::update_member(app, &world.admin, own, demote).await.is_ok());
}

#[tokio::test]
async fn c1_a_revoked_session_is_refused_by_every_process() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    unset(app).await;
    set_up(app, EMAIL, PASSWORD).await.unwrap();
    let first = login(app, EMAIL, PASSWORD).await.unwrap();
    let second = login(app, EMAIL, PASSWORD).await.unwrap();
    let caller = prove(app, &first.access_token).await.unwrap();
    let Actor::User { session_id, .. } = prove(app, &second.access_token).await.unwrap().actor else { unreachable!() };
    sessions::revoke(app, &caller, session_id).await.unwrap();
    assert!(prove(app, &second.access_token).await.is_err());
    assert!(prove_afresh(app, &second.access_token).await.is_err());
    assert!(prove_afresh(app, &first.access_token).await.is_ok());
    login(app, EMAIL, PASSWORD).await.unwrap();
    assert_eq!(sessions::revoke_others(app, &caller).await.unwrap(), 1);
}

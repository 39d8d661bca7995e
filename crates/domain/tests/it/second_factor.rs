//! The second factor of people: taking it up, signing in with it, losing it, and forgotten passwords.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use keyferry_crypto::TotpSecret;
use keyferry_db::entities::sessions as session_rows;
use keyferry_domain::authentication::{self, LoginInput};
use keyferry_domain::second_factor::{self, Given, Status};
use keyferry_domain::sessions::web::{self, Opened};
use keyferry_domain::sessions::{self, SignedIn};
use keyferry_domain::users::{self, ChangePassword};
use keyferry_domain::{Actor, App, Caller, Error, Origin, Result, organizations};
use keyferry_test_support::{World, authenticator, on_each_backend};
use secrecy::{ExposeSecret as _, SecretString};

use crate::installation::{set_up, unset};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse";

async fn login(app: &App, password: &str) -> Result<SignedIn> {
    let input = LoginInput { email: EMAIL.to_owned(), password: SecretString::from(password) };
    authentication::login(app, Origin::default(), input).await
}

async fn prove(app: &App, token: &SecretString) -> Result<Caller> {
    app.tokens.clear();
    authentication::authenticate(app, token.expose_secret(), Origin::default()).await
}

fn text(error: &Error) -> String {
    error.to_string()
}

/// Somebody who is signed in to an organization.
struct Person<'a> {
    world: &'a World,
    caller: Caller,
    org_id: uuid::Uuid,
}

/// What an authenticator app shows.
fn shown(phone: &TotpSecret, world: &World) -> SecretString {
    SecretString::from(phone.code_at(world.app.now_ms() / 1000))
}

async fn ada(world: &World) -> Person<'_> {
    unset(&world.app).await;
    let made = set_up(&world.app, EMAIL, PASSWORD).await.unwrap();
    let signed_in = login(&world.app, PASSWORD).await.unwrap();
    let caller = prove(&world.app, &signed_in.access_token).await.unwrap();
    let chosen = authentication::select_organization(&world.app, &caller, made.organization.id).await.unwrap();
    let caller = prove(&world.app, &chosen.access_token).await.unwrap();
    Person { world, caller, org_id: made.organization.id }
}

impl Person<'_> {
    /// Switches the second factor on; the session goes on with the caller it has then.
    async fn enrol(&mut self) -> (TotpSecret, Vec<SecretString>) {
        let app = &self.world.app;
        let made = second_factor::start(app, &self.caller, &SecretString::from(PASSWORD)).await.unwrap();
        let phone = authenticator(made.secret.expose_secret());
        let done = second_factor::confirm(app, &self.caller, &shown(&phone, self.world)).await.unwrap();
        self.caller = prove(app, &done.signed_in.access_token).await.unwrap();
        self.world.clock.advance_ms(30_000);
        (phone, done.recovery_codes)
    }

    /// A new sign-in, by the password only; its caller and what the second step is asked with.
    async fn half_way(&self) -> (Caller, SecretString) {
        let signed_in = login(&self.world.app, PASSWORD).await.unwrap();
        let caller = prove(&self.world.app, &signed_in.access_token).await.unwrap();
        let token = second_factor::challenge(&self.world.app, &caller).await.unwrap().unwrap();
        (caller, token)
    }

    async fn try_code(&self, token: &SecretString, code: &str) -> Result<SignedIn> {
        let given = Given::Totp(SecretString::from(code));
        second_factor::verify(&self.world.app, Origin::default(), token.expose_secret(), given).await
    }
}

#[tokio::test]
async fn with_a_second_factor_the_password_alone_opens_nothing() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let mut ada = ada(&world).await;
        let other = login(app, PASSWORD).await.unwrap();
        let other = prove(app, &other.access_token).await.unwrap();
        let wrong = second_factor::start(app, &ada.caller, &SecretString::from("wrong")).await.err().unwrap();
        assert_eq!(text(&wrong), "The current password is wrong");
        assert_eq!(second_factor::status(app, &ada.caller).await.unwrap(), Status { is_enabled: false, recovery_codes: 0 });
        let (phone, codes) = ada.enrol().await;
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.expose_secret().len() == 8));
        assert_eq!(second_factor::status(app, &ada.caller).await.unwrap(), Status { is_enabled: true, recovery_codes: 10 });
        assert!(sessions::list(app, &other).await.is_err(), "every other sign-in ended");
        let rows = keyferry_db::testing::dump(&app.db).await.unwrap().join("\n");
        assert!(!codes.iter().any(|code| rows.contains(code.expose_secret())), "recovery codes are kept as hashes");

        // The password opens a session that may be asked for the code and no more.
        let (half, token) = ada.half_way().await;
        assert_eq!(organizations::list(app, &half).await.unwrap().len(), 1);
        assert_eq!(
            authentication::select_organization(app, &half, ada.org_id).await.err().map(|e| text(&e)).unwrap(),
            "Prove your second factor first, please"
        );
        let change = ChangePassword { current: SecretString::from(PASSWORD), new: SecretString::from("another horse") };
        assert!(users::change_password(app, &half, change).await.is_err());
        assert!(users::rename(app, &half, Some("Eve".to_owned()), None).await.is_err());
        assert!(sessions::list(app, &half).await.is_err() && sessions::revoke_others(app, &half).await.is_err());
        assert!(second_factor::disable(app, &half, &SecretString::from(PASSWORD)).await.is_err());
        assert!(second_factor::new_recovery_codes(app, &half, &SecretString::from(PASSWORD)).await.is_err());
        assert!(second_factor::start(app, &half, &SecretString::from(PASSWORD)).await.is_err());
        assert!(prove(app, &token).await.is_err(), "the token of the second step is none for anything else");

        let opened =
            web::open(app, Origin::default(), LoginInput { email: EMAIL.to_owned(), password: SecretString::from(PASSWORD) });
        assert!(matches!(opened.await.unwrap(), Opened::SecondFactor(_)));
        let cookie = login(app, PASSWORD).await.unwrap().refresh_token;
        assert!(web::authenticate(app, cookie.expose_secret(), Origin::default()).await.unwrap().is_none());
        let refreshed = authentication::refresh(app, Origin::default(), cookie.expose_secret()).await.unwrap();
        assert_eq!(refreshed.org_id, None);

        let done = ada.try_code(&token, shown(&phone, &world).expose_secret()).await.unwrap();
        let caller = prove(app, &done.access_token).await.unwrap();
        let chosen = authentication::select_organization(app, &caller, ada.org_id).await.unwrap();
        let caller = prove(app, &chosen.access_token).await.unwrap();
        assert_eq!(caller.org_id, Some(ada.org_id));
        assert_eq!(second_factor::challenge(app, &caller).await.unwrap().map(|_| ()), None, "it is asked for once a session");
        assert!(web::authenticate(app, chosen.refresh_token.expose_secret(), Origin::default()).await.unwrap().is_some());
        let program = web::open_for_program(app, &caller).await.unwrap();
        assert_eq!(prove(app, &program.access_token).await.unwrap().org_id, Some(ada.org_id));
    })
    .await;
}

#[tokio::test]
async fn a_code_opens_one_session_once() {
    on_each_backend(|world| async move {
        let mut ada = ada(&world).await;
        let (phone, _) = ada.enrol().await;
        let (_, first) = ada.half_way().await;
        let (_, second) = ada.half_way().await;
        let code = shown(&phone, &world);
        let code = code.expose_secret();
        // In two requests at once, with the blank that apps show: one of them wins.
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let (one, two) = tokio::join!(ada.try_code(&first, code), ada.try_code(&second, &spaced));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
        let open = if one.is_ok() { &second } else { &first };
        let used = if one.is_ok() { &first } else { &second };
        for given in [code, &spaced] {
            assert!(ada.try_code(open, given).await.is_err(), "the code is used up");
        }
        world.clock.advance_ms(30_000);
        let next = shown(&phone, &world);
        let again = ada.try_code(used, next.expose_secret()).await.err().unwrap();
        assert!(matches!(again, Error::Unauthorized { .. }), "{again}: so is the token of the one that won");
        assert!(ada.try_code(open, next.expose_secret()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn guessing_codes_ends_soon_whatever_the_session() {
    on_each_backend(|world| async move {
        let mut ada = ada(&world).await;
        let (phone, codes) = ada.enrol().await;
        for _ in 0..5 {
            let (_, token) = ada.half_way().await;
            let error = ada.try_code(&token, "０００００0").await.err().unwrap();
            assert_eq!(text(&error), "Invalid code");
        }
        let (_, token) = ada.half_way().await;
        let right = shown(&phone, &world);
        let locked = ada.try_code(&token, right.expose_secret()).await.err().unwrap();
        assert!(matches!(locked, Error::RateLimited { retry_after_s: 1..=900 }), "{locked}");
        let given = Given::Recovery(codes[0].clone());
        assert!(second_factor::verify(&world.app, Origin::default(), token.expose_secret(), given).await.is_err());
        world.clock.advance_ms(900_000);
        let (_, token) = ada.half_way().await;
        assert!(ada.try_code(&token, shown(&phone, &world).expose_secret()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_stand_in_once_each_until_replaced() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let mut ada = ada(&world).await;
        let (_, codes) = ada.enrol().await;
        let verify = async |code: &SecretString| {
            let (_, token) = ada.half_way().await;
            second_factor::verify(app, Origin::default(), token.expose_secret(), Given::Recovery(code.clone())).await
        };
        assert!(verify(&SecretString::from(format!(" {} ", codes[0].expose_secret().to_uppercase()))).await.is_ok());
        assert!(verify(&codes[0]).await.is_err());
        assert_eq!(second_factor::status(app, &ada.caller).await.unwrap().recovery_codes, 9);
        let fresh = second_factor::new_recovery_codes(app, &ada.caller, &SecretString::from(PASSWORD)).await.unwrap();
        assert!(verify(&codes[1]).await.is_err());
        assert!(verify(&fresh[0]).await.is_ok());
        assert!(second_factor::disable(app, &ada.caller, &SecretString::from("wrong")).await.is_err());
        second_factor::disable(app, &ada.caller, &SecretString::from(PASSWORD)).await.unwrap();
        let signed_in = login(app, PASSWORD).await.unwrap();
        let caller = prove(app, &signed_in.access_token).await.unwrap();
        assert!(authentication::select_organization(app, &caller, ada.org_id).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_enrolment_counts_from_its_first_code_and_waits_a_while() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let ada = ada(&world).await;
    let password = SecretString::from(PASSWORD);
    let stale = second_factor::start(app, &ada.caller, &password).await.unwrap();
    let made = second_factor::start(app, &ada.caller, &password).await.unwrap();
    assert!(made.url.expose_secret().starts_with("otpauth://totp/Keyferry:ada%40example%2Ecom?secret="));
    assert!(made.url.expose_secret().contains(made.secret.expose_secret()));
    let signed_in = login(app, PASSWORD).await.unwrap();
    let caller = prove(app, &signed_in.access_token).await.unwrap();
    assert!(second_factor::challenge(app, &caller).await.unwrap().is_none(), "it is not asked for yet");
    let old = shown(&authenticator(stale.secret.expose_secret()), &world);
    assert!(second_factor::confirm(app, &ada.caller, &old).await.is_err());
    let phone = authenticator(made.secret.expose_secret());
    world.clock.advance_ms(900_000);
    let late = second_factor::confirm(app, &ada.caller, &shown(&phone, &world)).await.err().unwrap();
    assert!(text(&late).contains("Set it up again"), "{late}");
}

#[tokio::test]
async fn a_session_from_before_the_second_factor_does_not_outlive_it() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let mut ada = ada(&world).await;
        let (_, _) = ada.enrol().await;
        // As if it had got its organization in the very moment.
        let signed_in = login(app, PASSWORD).await.unwrap();
        let tx = app.db.begin().await.unwrap();
        let row: session_rows::Model = keyferry_db::find_by_id(&tx, signed_in.session_id).await.unwrap().unwrap();
        keyferry_db::update(&tx, session_rows::Model { org_id: Some(ada.org_id), ..row }).await.unwrap();
        tx.commit().await.unwrap();
        let refreshed = authentication::refresh(app, Origin::default(), signed_in.refresh_token.expose_secret()).await.unwrap();
        assert_eq!(refreshed.org_id, None);
        assert!(web::authenticate(app, refreshed.refresh_token.expose_secret(), Origin::default()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_once() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let mut ada = ada(&world).await;
        let (phone, _) = ada.enrol().await;
        let Actor::User { id: user_id, is_super_admin: true, .. } = ada.caller.actor else {
            panic!("the first user is an administrator")
        };
        let member = world.user(ada.org_id, "bob@example.com", "admin").await.unwrap();
        assert!(matches!(users::make_reset_link(app, &member, user_id).await, Err(Error::Forbidden { .. })));
        assert!(matches!(second_factor::remove(app, &member, user_id).await, Err(Error::Forbidden { .. })));

        let made = users::make_reset_link(app, &ada.caller, user_id).await.unwrap();
        let unused = users::make_reset_link(app, &ada.caller, user_id).await.unwrap();
        assert!(made.link(app).expose_secret().contains("/reset-password?token="));
        let new = SecretString::from("battery staple");
        assert!(users::reset_password(app, Origin::default(), &made.token, &SecretString::from("  ")).await.is_err());
        assert!(prove(app, &made.token).await.is_err(), "it is no token for anything else");
        users::reset_password(app, Origin::default(), &made.token, &new).await.unwrap();
        for token in [&made.token, &unused.token] {
            let used = users::reset_password(app, Origin::default(), token, &new).await.err().unwrap();
            assert!(text(&used).contains("used already"), "{used}");
        }
        assert!(sessions::list(app, &ada.caller).await.is_err(), "every sign-in ended");
        assert!(login(app, PASSWORD).await.is_err());
        let signed_in = login(app, "battery staple").await.unwrap();
        let caller = prove(app, &signed_in.access_token).await.unwrap();
        let token = second_factor::challenge(app, &caller).await.unwrap().unwrap();
        assert!(ada.try_code(&token, shown(&phone, &world).expose_secret()).await.is_ok(), "the second factor is as it was");

        let late = users::make_reset_link(app, &ada.caller, user_id).await.unwrap();
        world.clock.advance_ms(86_400_001);
        let late = users::reset_password(app, Origin::default(), &late.token, &new).await.err().unwrap();
        assert!(matches!(late, Error::Token { .. }), "{late}");
        let foreign = login(app, "battery staple").await.unwrap().access_token;
        assert!(matches!(
            users::reset_password(app, Origin::default(), &foreign, &new).await,
            Err(Error::Forbidden { .. } | Error::Token { .. })
        ));

        second_factor::remove(app, &ada.caller, user_id).await.unwrap();
        let signed_in = login(app, "battery staple").await.unwrap();
        let caller = prove(app, &signed_in.access_token).await.unwrap();
        assert!(second_factor::challenge(app, &caller).await.unwrap().is_none());
    })
    .await;
}

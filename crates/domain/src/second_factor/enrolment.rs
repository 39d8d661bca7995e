//! Taking up an authenticator app: the password, then a first code.

use keyferry_crypto::TotpSecret;
use keyferry_db::entities::user_totps;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{attempts, codes, is_enabled, label, open_secret, own, require_proved};
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::sessions::{self, SignedIn};
use crate::users;

/// How long a first code is waited for.
const PENDING_MS: i64 = 900_000;

/// What the app is given; shown once.
pub struct Enrolment {
    /// The `otpauth:` address behind the QR code.
    pub url: SecretString,
    /// The secret, for typing.
    pub secret: SecretString,
}

/// The second factor is on.
pub struct Confirmed {
    /// The codes that stand in for the app; shown once.
    pub recovery_codes: Vec<SecretString>,
    /// The session's new tokens; every other session has ended.
    pub signed_in: SignedIn,
}

/// Makes a secret for an authenticator app. It counts from [`confirm`] on.
///
/// # Errors
/// 400 for a wrong password, and for somebody who has a second factor already.
pub async fn start(app: &App, caller: &Caller, password: &SecretString) -> Result<Enrolment> {
    require_proved(app.db.read(), caller).await?;
    let user = users::prove_own_password(app, caller, password).await?;
    let secret = TotpSecret::generate();
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let user = users::still(&tx, &user).await?;
    if is_enabled(&tx, user.id).await? {
        return Err(Error::bad_request("An authenticator app is set up already. Remove it first."));
    }
    authentication::forget_attempts(&tx, &user.username).await?;
    keyferry_db::second_factors::clear(&tx, user.id).await?;
    let row = user_totps::Model {
        user_id: user.id,
        secret: app.keys.seal_own(&label(user.id), secret.as_bytes()),
        confirmed_at_ms: None,
        last_step: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row).await?;
    audit::record(app, &tx, caller, Event::org(caller, "start-user-mfa", json!({"mfaMethod": "totp"}))).await?;
    tx.commit().await?;
    let text = secret.to_base32();
    let account = utf8_percent_encode(&user.email, NON_ALPHANUMERIC);
    let url = format!("otpauth://totp/Keyferry:{account}?secret={}&issuer=Keyferry&algorithm=SHA1&digits=6&period=30", *text);
    Ok(Enrolment { url: SecretString::from(url), secret: SecretString::from(text.as_str()) })
}

/// Switches the second factor on by a first code. Every other session of the person ends.
///
/// # Errors
/// 400 for a wrong code, and when nothing waits for one; 429 after too many wrong ones.
pub async fn confirm(app: &App, caller: &Caller, code: &SecretString) -> Result<Confirmed> {
    const NOTHING_WAITS: &str = "There is no authenticator app to confirm. Set it up again.";
    let (user_id, session_id) = own(caller)?;
    attempts::reserve(app, user_id).await?;
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    keyferry_db::users::lock(&tx, user_id).await?;
    let mut row = keyferry_db::second_factors::lock(&tx, user_id)
        .await?
        .filter(|row| row.confirmed_at_ms.is_none() && now_ms - row.created_at_ms < PENDING_MS)
        .ok_or_else(|| Error::bad_request(NOTHING_WAITS))?;
    let code: String = code.expose_secret().split_whitespace().collect();
    let step = open_secret(app, &row)?.matching_step(&code, now_ms.div_euclid(1000), None);
    row.last_step = Some(step.ok_or_else(|| Error::bad_request("The code is wrong. Enter the one your app shows now."))?);
    row.confirmed_at_ms = Some(now_ms);
    row.updated_at_ms = now_ms;
    keyferry_db::update(&tx, row).await?;
    attempts::forget(&tx, user_id).await?;
    let recovery_codes = codes::replace(app, &tx, user_id).await?;
    keyferry_db::sessions::revoke_all(&tx, user_id, Some(session_id), now_ms).await?;
    sessions::mark_proved(app, &tx, user_id, session_id).await?;
    let signed_in = sessions::renew(app, &tx, user_id, session_id, caller.org_id).await?;
    audit::record(app, &tx, caller, Event::org(caller, "enable-user-mfa", json!({"mfaMethod": "totp"}))).await?;
    tx.commit().await?;
    authentication::forget(app);
    Ok(Confirmed { recovery_codes, signed_in })
}

//! Recovery codes: shown once, kept as keyed hashes, good once each.

use keyferry_crypto::{constant_time_eq, random_hex};
use keyferry_db::WriteTx;
use keyferry_db::entities::user_recovery_codes::Model;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use crate::app::App;
use crate::error::Result;

/// How many there are.
const COUNT: usize = 10;
/// Bytes of chance in each: eight characters.
const BYTES: usize = 4;

/// Replaces a user's recovery codes.
pub(super) async fn replace(app: &App, tx: &WriteTx, user_id: Uuid) -> Result<Vec<SecretString>> {
    keyferry_db::second_factors::clear_codes(tx, user_id).await?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let code = random_hex(BYTES);
        let hash = hash(app, user_id, code.expose_secret()).to_vec();
        let row = Model { id: app.ids.v4(), user_id, hash, used_at_ms: None, created_at_ms: app.now_ms() };
        keyferry_db::insert(tx, row).await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Uses a recovery code up; whether it was one. The caller holds the user's authenticator row.
pub(super) async fn redeem(app: &App, tx: &WriteTx, user_id: Uuid, code: &SecretString) -> Result<bool> {
    let code = code.expose_secret().trim().to_ascii_lowercase();
    let given = hash(app, user_id, &code);
    let mut found = None;
    for row in keyferry_db::second_factors::list_unused(tx, user_id).await? {
        if constant_time_eq(&given, &row.hash) {
            found = Some(row);
        }
    }
    let Some(row) = found else { return Ok(false) };
    keyferry_db::update(tx, Model { used_at_ms: Some(app.now_ms()), ..row }).await?;
    Ok(true)
}

fn hash(app: &App, user_id: Uuid, code: &str) -> [u8; 32] {
    app.keys.tokens().hash("recovery-code", &format!("{user_id}:{code}"))
}

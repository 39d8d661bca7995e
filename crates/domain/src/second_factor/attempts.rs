//! Bounds on guessing codes: counted by user, whatever the session, the address or the kind of code.

use keyferry_db::WriteTx;
use uuid::Uuid;

use crate::app::App;
use crate::authentication::{Policy, after_failure, is_locked, subject};
use crate::error::{Error, Result};

/// Five wrong codes in a quarter of an hour end the guessing for another quarter.
const POLICY: Policy = Policy { enabled: true, threshold: 5, duration_ms: 900_000, reset_ms: 900_000 };

/// Counts the attempt as failed before the code is looked at: guesses made at once count like guesses made in turn. The success
/// takes it back.
pub(super) async fn reserve(app: &App, user_id: Uuid) -> Result<()> {
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let row = keyferry_db::lockouts::lock(&tx, &name(user_id), None).await?;
    if is_locked(&row, now_ms) {
        let wait_ms = row.locked_until_ms.unwrap_or(now_ms) - now_ms;
        return Err(Error::RateLimited { retry_after_s: u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000) });
    }
    keyferry_db::update(&tx, after_failure(row, POLICY, now_ms)).await?;
    Ok(tx.commit().await?)
}

/// Takes back what [`reserve`] counted.
pub(super) async fn forget(tx: &WriteTx, user_id: Uuid) -> Result<()> {
    Ok(keyferry_db::lockouts::clear(tx, &name(user_id)).await?)
}

fn name(user_id: Uuid) -> String {
    subject("mfa", &user_id.to_string())
}

//! A user's own account.

use keyferry_db::entities::users;

use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// The caller's account.
///
/// # Errors
/// 403 for anybody but a user.
pub async fn me(app: &App, caller: &Caller) -> Result<users::Model> {
    let Actor::User { id, .. } = &caller.actor else {
        return Err(Error::forbidden("Only users have an account"));
    };
    keyferry_db::find_by_id::<users::Model>(app.db.read(), *id).await?.ok_or_else(|| Error::not_found("User not found"))
}

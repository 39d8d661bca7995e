//! Proofs that acts on an account ask for.

use keyferry_db::WriteTx;
use keyferry_db::entities::users;
use secrecy::SecretString;

use crate::app::App;
use crate::authentication::{self, Proof};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// Asks for the caller's password once more, within the bounds on guessing.
pub(crate) async fn prove_own_password(app: &App, caller: &Caller, password: &SecretString) -> Result<users::Model> {
    let user = super::me(app, caller).await?;
    match authentication::prove_password(app, &user.username, password).await? {
        Proof::Right(user) => Ok(user),
        Proof::Wrong(_) => Err(Error::bad_request("The current password is wrong")),
    }
}

/// The user whose password was just proved, held until the transaction ends; somebody may have changed it meanwhile.
pub(crate) async fn still(tx: &WriteTx, proved: &users::Model) -> Result<users::Model> {
    keyferry_db::users::lock(tx, proved.id)
        .await?
        .filter(|now| now.is_active && now.password_hash == proved.password_hash)
        .ok_or_else(|| Error::bad_request("The password was changed meanwhile. Sign in again."))
}

/// Refuses everybody who does not administer the installation.
pub(crate) fn require_instance_admin(caller: &Caller) -> Result<()> {
    match caller.actor {
        Actor::User { is_super_admin: true, .. } | Actor::Identity { is_instance_admin: true, .. } => Ok(()),
        _ => Err(Error::forbidden("Only administrators of the installation may do this")),
    }
}

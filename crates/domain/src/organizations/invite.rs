//! Inviting people by mail address. There is no mail: the answer carries the link to hand over. It is good once, for a week.

use keyferry_db::Conn;
use keyferry_db::entities::{org_memberships, organizations, users};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::roles::find_role;
use crate::access::{self, Facts};
use crate::app::App;
use crate::audit::{self, Event};
use crate::authentication::{self, KIND_SIGNUP, Proof, SignupClaims, password_error};
use crate::caller::{Caller, Origin};
use crate::error::{Error, Result};
use crate::second_factor;
use crate::sessions;
use crate::users::canonical_username;

/// Status of a membership that waits.
const INVITED: &str = "invited";
/// How long an invitation is good.
const INVITATION_S: i64 = 7 * 86_400;

/// What an invitation gives.
pub struct Invitation {
    /// The membership; it counts only once accepted.
    pub membership: org_memberships::Model,
    /// The person.
    pub user: users::Model,
    /// What the person accepts with.
    pub token: SecretString,
}

/// A person accepts.
pub struct AcceptInvitation {
    /// The token of the invitation.
    pub token: SecretString,
    /// The password: a new one for somebody without an account, the present one for somebody with one.
    pub password: SecretString,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
}

/// What an invitation says to whoever holds it.
pub struct Invited {
    /// The organization's name.
    pub organization: String,
    /// The organization.
    pub org_id: Uuid,
    /// The person it is for.
    pub user_id: Uuid,
    /// Their mail address.
    pub email: String,
    /// Whether they have an account already, and so a password.
    pub has_account: bool,
}

/// Invites a person into the caller's organization. Who was invited and has not accepted gets a new token.
///
/// # Errors
/// 400 for a member, 403 without the permission or for a role stronger than the caller's, 404 for an unknown role.
pub async fn invite(app: &App, caller: &Caller, email: &str, role: &str) -> Result<Invitation> {
    let org_id = access::require_org(caller)?;
    let tx = app.db.begin().await?;
    let ability = access::org_ability(app, &tx, caller).await?;
    ability.require("create", "member", Facts::any())?;
    let role = find_role(&tx, org_id, role).await?;
    ability.require_all(&role.rules, "Failed to assign to a more privileged role")?;
    keyferry_db::organizations::lock(&tx, org_id).await?;
    let now_ms = app.now_ms();
    let user = find_or_make_user(app, &tx, email).await?;
    let existing = keyferry_db::access::find_org_membership_of_user(&tx, org_id, user.id).await?;
    if existing.as_ref().is_some_and(|membership| membership.status != INVITED) {
        return Err(Error::bad_request(format!("User with email {} is a member of the organization already", user.email)));
    }
    let membership = org_memberships::Model {
        id: existing.as_ref().map_or_else(|| app.ids.v4(), |membership| membership.id),
        org_id,
        user_id: Some(user.id),
        identity_id: None,
        role: role.stored,
        role_id: role.custom.map(|custom| custom.id),
        is_active: false,
        status: INVITED.to_owned(),
        last_login_auth_method: None,
        last_login_at_ms: None,
        created_at_ms: existing.as_ref().map_or(now_ms, |membership| membership.created_at_ms),
        updated_at_ms: now_ms,
    };
    if existing.is_some() {
        keyferry_db::update(&tx, membership.clone()).await?;
    } else {
        keyferry_db::insert(&tx, membership.clone()).await?;
    }
    let token = sign(app, membership.id)?;
    let metadata = json!({"userId": user.id, "email": user.email, "role": membership.role});
    audit::record(app, &tx, caller, Event::org(caller, "invite-org-member", metadata)).await?;
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    Ok(Invitation { membership, user, token })
}

/// Accepts an invitation. Only its own membership becomes active: a token from one organization opens no other, and an account that
/// exists is not taken over by whoever holds the link.
///
/// # Errors
/// [`Error::Token`] for a token that is no good, 400 for one that was used or a password that is not the account's.
pub async fn accept_invitation(app: &App, origin: Origin, input: AcceptInvitation) -> Result<users::Model> {
    let claims = claims(app, &input.token)?;
    if input.password.expose_secret().trim().is_empty() {
        return Err(Error::bad_request("The password must not be blank"));
    }
    let (_, user) = waiting(app.db.read(), claims.org_membership_id).await?;
    let hash = if user.password_hash.is_some() {
        let Proof::Right(_) = authentication::prove_password(app, &user.username, &input.password).await? else {
            return Err(Error::bad_request("This address has an account already, and this is not its password"));
        };
        None
    } else {
        Some(app.passwords.hash(&input.password).await.map_err(password_error)?)
    };
    let now_ms = app.now_ms();
    let tx = app.db.begin().await?;
    let locked = keyferry_db::users::lock(&tx, user.id).await?.ok_or_else(used)?;
    let (mut membership, _) = waiting(&tx, claims.org_membership_id).await?;
    if locked.password_hash != user.password_hash || !locked.is_active {
        return Err(used());
    }
    let mut user = locked;
    match hash {
        Some(hash) => {
            user.password_hash = Some(hash);
            user.first_name = input.first_name.or(user.first_name);
            user.last_name = input.last_name.or(user.last_name);
            user.updated_at_ms = now_ms;
            keyferry_db::update(&tx, user.clone()).await?;
        }
        None => authentication::forget_attempts(&tx, &user.username).await?,
    }
    membership.status = "accepted".to_owned();
    membership.is_active = true;
    membership.updated_at_ms = now_ms;
    let caller = Caller { actor: sessions::actor(&user, Uuid::nil()), org_id: Some(membership.org_id), origin };
    keyferry_db::update(&tx, membership).await?;
    audit::record(app, &tx, &caller, Event::org(&caller, "accept-org-invitation", json!({"userId": user.id}))).await?;
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    Ok(user)
}

/// Reads an invitation, for the page where it is accepted.
///
/// # Errors
/// [`Error::Token`] for a token that is no good, 400 for one that was used.
pub async fn read_invitation(app: &App, token: &SecretString) -> Result<Invited> {
    let claims = claims(app, token)?;
    let (membership, user) = waiting(app.db.read(), claims.org_membership_id).await?;
    let organization =
        keyferry_db::find_by_id::<organizations::Model>(app.db.read(), membership.org_id).await?.ok_or_else(used)?;
    Ok(Invited {
        organization: organization.name,
        org_id: membership.org_id,
        user_id: user.id,
        email: user.email,
        has_account: user.password_hash.is_some(),
    })
}

/// Accepts an invitation of the caller's own account, which has proved itself by its sign-in; answers the organization.
///
/// # Errors
/// As [`read_invitation`], and 403 for an invitation of somebody else.
pub async fn accept_own_invitation(app: &App, caller: &Caller, token: &SecretString) -> Result<Uuid> {
    let claims = claims(app, token)?;
    second_factor::require_proved(app.db.read(), caller).await?;
    let tx = app.db.begin().await?;
    let (mut membership, user) = waiting(&tx, claims.org_membership_id).await?;
    if caller.actor.id() != Some(user.id) || user.password_hash.is_none() || !user.is_active {
        return Err(Error::forbidden("This invitation is for another account"));
    }
    membership.status = "accepted".to_owned();
    membership.is_active = true;
    membership.updated_at_ms = app.now_ms();
    let org_id = membership.org_id;
    let caller = Caller { org_id: Some(org_id), ..caller.clone() };
    keyferry_db::update(&tx, membership).await?;
    audit::record(app, &tx, &caller, Event::org(&caller, "accept-org-invitation", json!({"userId": user.id}))).await?;
    tx.commit().await?;
    access::forget_project(app);
    authentication::forget(app);
    Ok(org_id)
}

fn claims(app: &App, token: &SecretString) -> Result<SignupClaims> {
    let claims: SignupClaims = authentication::verify(app, token.expose_secret())?;
    match claims.auth_token_type.as_str() {
        KIND_SIGNUP => Ok(claims),
        _ => Err(Error::forbidden("This token is no invitation")),
    }
}

/// The membership of an invitation that has not been accepted, and its person.
async fn waiting(conn: &impl Conn, membership_id: Uuid) -> Result<(org_memberships::Model, users::Model)> {
    let membership = keyferry_db::find_by_id::<org_memberships::Model>(conn, membership_id)
        .await?
        .filter(|membership| membership.status == INVITED)
        .ok_or_else(used)?;
    let user = match membership.user_id {
        Some(id) => keyferry_db::find_by_id::<users::Model>(conn, id).await?,
        None => None,
    };
    Ok((membership, user.ok_or_else(used)?))
}

fn used() -> Error {
    Error::bad_request("This invitation was used already or has been withdrawn")
}

async fn find_or_make_user(app: &App, tx: &keyferry_db::WriteTx, email: &str) -> Result<users::Model> {
    let username = canonical_username(email);
    if let Some(user) = keyferry_db::users::find_by_username(tx, &username).await? {
        return Ok(user);
    }
    let now_ms = app.now_ms();
    let user = users::Model {
        id: app.ids.v4(),
        email: username.clone(),
        username,
        first_name: None,
        last_name: None,
        password_hash: None,
        is_super_admin: false,
        is_active: true,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        theme: None,
    };
    keyferry_db::insert(tx, user.clone()).await?;
    Ok(user)
}

fn sign(app: &App, org_membership_id: Uuid) -> Result<SecretString> {
    let now_s = app.now_ms().div_euclid(1000);
    let claims =
        SignupClaims { auth_token_type: KIND_SIGNUP.to_owned(), org_membership_id, iat: now_s, exp: now_s + INVITATION_S };
    Ok(SecretString::from(app.keys.jwt().sign(&claims).map_err(Error::internal)?))
}

impl Invitation {
    /// The page where the invitation is accepted.
    #[must_use]
    pub fn link(&self, app: &App) -> SecretString {
        let token = self.token.expose_secret();
        SecretString::from(format!("{}/accept-invitation?token={token}", app.settings.public_url))
    }
}

//! Somebody follows an invitation.

use askama::Template;
use http::StatusCode;
use keyferry_domain::authentication::LoginInput;
use keyferry_domain::organizations::{AcceptInvitation, Invited, accept_invitation, accept_own_invitation, read_invitation};
use keyferry_domain::sessions::web as sessions;
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};

use crate::Registry;
use crate::form::{Fields, Form};
use crate::screens::login::{after_password, home, in_the_way};
use crate::screens::setup::password_problem;
use crate::ui::Page;
use crate::visit::{Answer, Guest, Visit, action, go, open_action, open_page};

const PATH: &str = "/accept-invitation";
const OWN: &str = "/accept-invitation/own";
const TITLE: &str = "Accept the invitation";
const STALE: &str = "This invitation is not good any more. Ask for a new one.";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(open_page(PATH, show));
    registry.add(open_action(PATH, submit));
    registry.add(action(OWN, accept_own).organization_optional());
}

/// What the page says of an invitation.
pub(super) struct Facts {
    pub(super) organization: String,
    pub(super) email: String,
    /// Whether the person has a password already.
    pub(super) has_account: bool,
    /// Whether the person is signed in, so that no password is asked for.
    pub(super) is_own: bool,
}

#[derive(Template)]
#[template(path = "screens/access_control/invitation.html")]
pub(super) struct InvitationPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    /// None for an invitation that is not good any more.
    pub(super) facts: Option<Facts>,
}

/// The invitation; none when it is not good any more.
async fn read(guest: &Guest, token: &SecretString) -> Result<Option<Invited>> {
    match read_invitation(&guest.app, token).await {
        Ok(invited) => Ok(Some(invited)),
        Err(Error::Token { .. } | Error::Forbidden { .. } | Error::BadRequest { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

async fn show(guest: Guest) -> Answer {
    let token = guest.query("token").unwrap_or_default();
    let mut fields = Fields::new().with("token", token);
    let invited = read(&guest, &SecretString::from(token)).await?;
    let Some(invited) = invited else {
        fields.fail("", STALE);
        return guest.show_anybody(TITLE, |page| InvitationPage { page, fields, facts: None }).await;
    };
    let Some(visit) = guest.visit().await? else {
        let facts = Some(facts(invited, false));
        return guest.show(&InvitationPage { page: guest.page(TITLE), fields, facts });
    };
    if visit.caller.actor.id() == Some(invited.user_id) {
        let facts = Some(facts(invited, true));
        return visit.show(&InvitationPage { page: Page::account(&visit, TITLE), fields, facts });
    }
    let why = format!("This invitation to {} is for {}. To accept it, log out first.", invited.organization, invited.email);
    in_the_way(&visit, TITLE, why)
}

fn facts(invited: Invited, is_own: bool) -> Facts {
    Facts { organization: invited.organization, email: invited.email, has_account: invited.has_account, is_own }
}

/// Somebody who is signed in joins another organization, and works in it from then on.
async fn accept_own(visit: Visit, form: Form) -> Answer {
    let org_id = accept_own_invitation(&visit.app, &visit.caller, &form.secret("token")).await?;
    let signed_in = sessions::choose_organization(&visit.app, &visit.caller, org_id).await?;
    let lifetime_s = (signed_in.expires_at_ms - visit.app.now_ms()).div_euclid(1000);
    let cookie = visit.web.cookies.keep_session(&signed_in.refresh_token, lifetime_s);
    visit.go(go(home(Some(org_id))).cookie(cookie).notice("You joined the organization"))
}

async fn submit(guest: Guest, form: Form) -> Answer {
    let mut fields = Fields::typed(&form).without("password");
    let password = form.secret("password");
    if let Some(message) = password_problem(password.expose_secret(), "") {
        fields.fail("password", message);
    }
    if fields.is_valid() {
        let input = AcceptInvitation {
            token: form.secret("token"),
            password: password.clone(),
            first_name: form.optional("first_name"),
            last_name: form.optional("last_name"),
        };
        match accept_invitation(&guest.app, guest.origin.clone(), input).await {
            Ok(user) => {
                let input = LoginInput { email: user.email, password };
                let opened = sessions::open(&guest.app, guest.origin.clone(), input).await?;
                return guest.go(after_password(&guest, opened, Some("/".to_owned())).notice("Welcome to Keyferry"));
            }
            Err(Error::Token { .. } | Error::Forbidden { .. }) => {
                fields.fail("", STALE);
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    let facts = read(&guest, &form.secret("token")).await?.map(|invited| facts(invited, false));
    let page = InvitationPage { page: guest.page(TITLE), fields, facts };
    guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

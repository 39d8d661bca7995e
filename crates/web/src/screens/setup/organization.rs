//! Step 2: the organization. Here the installation is set up and the administrator signed in.

use askama::Template;
use http::StatusCode;
use keyferry_domain::authentication::LoginInput;
use keyferry_domain::installation::{BootstrapInput, bootstrap};
use keyferry_domain::sessions::web as sessions;
use keyferry_domain::{Error, users};

use super::{ACCOUNT, KEYS, require_empty};
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Guest, go};

#[derive(Template)]
#[template(path = "screens/setup/organization.html")]
pub(super) struct OrganizationPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
}

const TITLE: &str = "Create your organization";

pub(super) async fn show(guest: Guest) -> Answer {
    require_empty(&guest).await?;
    if guest.web.setups.find(&guest.headers).is_none() {
        return guest.go(go(ACCOUNT));
    }
    guest.show(&OrganizationPage { page: guest.page(TITLE), fields: Fields::new() })
}

pub(super) async fn submit(guest: Guest, form: Form) -> Answer {
    require_empty(&guest).await?;
    let Some(pending) = guest.web.setups.find(&guest.headers) else {
        return guest.go(go(ACCOUNT).alert("That took a while, so the first step was forgotten. Please fill it in again."));
    };
    let mut fields = Fields::typed(&form);
    let organization = form.text("organization").to_owned();
    fields.require("organization", !organization.is_empty(), "Organization name is required");
    fields.require("organization", organization.chars().count() <= 64, "Organization name must be at most 64 characters");
    if !fields.is_valid() {
        return guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &OrganizationPage { page: guest.page(TITLE), fields });
    }
    let input = BootstrapInput {
        email: pending.email.clone(),
        password: pending.password.clone(),
        organization,
        setup_token: pending.setup_token.clone(),
        trusted_local: guest.is_local,
    };
    match bootstrap(&guest.app, guest.origin.clone(), input).await {
        Ok(_) => {}
        Err(Error::Forbidden { .. }) => {
            let said = "The setup token is not the one that the server printed at its first start.";
            return guest.go(go(ACCOUNT).alert(said));
        }
        Err(Error::BadRequest { message, .. }) => return guest.go(go("/login").alert(message)),
        Err(other) => return Err(other.into()),
    }
    let login = LoginInput { email: pending.email.clone(), password: pending.password.clone() };
    let sessions::Opened::SignedIn(signed_in) = sessions::open(&guest.app, guest.origin.clone(), login).await? else {
        return Err(Error::internal("a person who was just made has a second factor").into());
    };
    let lifetime_s = (signed_in.expires_at_ms - guest.app.now_ms()).div_euclid(1000);
    let token = &signed_in.refresh_token;
    if let Some(session) = authenticate(&guest, token).await? {
        users::rename(&guest.app, &session.caller, Some(pending.first_name.clone()), pending.last_name.clone()).await?;
    }
    let forgotten = guest.web.setups.forget(&guest.headers);
    guest.go(go(KEYS).cookie(guest.web.cookies.keep_session(token, lifetime_s)).cookie(forgotten))
}

async fn authenticate(guest: &Guest, token: &secrecy::SecretString) -> Result<Option<sessions::WebSession>, Error> {
    use secrecy::ExposeSecret as _;
    sessions::authenticate(&guest.app, token.expose_secret(), guest.origin.clone()).await
}

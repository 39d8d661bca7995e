//! A forgotten password: what to do, and choosing a new one with a link.

use askama::Template;
use http::StatusCode;
use keyferry_domain::{Error, users};
use secrecy::ExposeSecret as _;

use super::in_the_way;
use crate::Registry;
use crate::form::{Fields, Form};
use crate::screens::setup::password_problem;
use crate::ui::Page;
use crate::visit::{Answer, Guest, go, open_action, open_page};

const PATH: &str = "/reset-password";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(open_page("/recover-account", explain));
    registry.add(open_page(PATH, show));
    registry.add(open_action(PATH, submit));
}

#[derive(Template)]
#[template(path = "screens/login/recover.html")]
pub(super) struct RecoverPage {
    pub(super) page: Page,
}

#[derive(Template)]
#[template(path = "screens/login/reset_password.html")]
pub(super) struct ResetPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
}

/// The same for everybody: it asks for no address, so it tells nothing about one.
async fn explain(guest: Guest) -> Answer {
    guest.show_anybody("Recover your account", |page| RecoverPage { page }).await
}

async fn show(guest: Guest) -> Answer {
    if let Some(visit) = guest.visit().await? {
        let why =
            "This link chooses a new password for an account. To use it, log out first; every sign-in of that account ends.";
        return in_the_way(&visit, "Choose a new password", why);
    }
    let fields = Fields::new().with("token", guest.query("token").unwrap_or_default());
    guest.show(&ResetPage { page: guest.page("Choose a new password"), fields })
}

async fn submit(guest: Guest, form: Form) -> Answer {
    let mut fields = Fields::new().with("token", form.text("token"));
    let (password, again) = (form.secret("password"), form.secret("again"));
    if let Some(message) = password_problem(password.expose_secret(), "") {
        fields.fail("password", message);
    }
    fields.require("again", password.expose_secret() == again.expose_secret(), "Passwords do not match");
    if fields.is_valid() {
        match users::reset_password(&guest.app, guest.origin.clone(), &form.secret("token"), &password).await {
            Ok(_) => {
                let cookie = guest.web.cookies.drop_session();
                return guest.go(go("/login").cookie(cookie).notice("Your password is changed. Log in with it."));
            }
            Err(Error::Token { .. } | Error::Forbidden { .. }) => {
                fields.fail("", "This link is not good any more. Ask for another one.");
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &ResetPage { page: guest.page("Choose a new password"), fields })
}

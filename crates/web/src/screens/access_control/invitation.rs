//! Somebody follows an invitation.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Error;
use keyferry_domain::authentication::LoginInput;
use keyferry_domain::organizations::{AcceptInvitation, accept_invitation};
use keyferry_domain::sessions::web as sessions;
use secrecy::ExposeSecret as _;

use crate::Registry;
use crate::form::{Fields, Form};
use crate::screens::login::after_password;
use crate::screens::setup::password_problem;
use crate::ui::Page;
use crate::visit::{Answer, Guest, open_action, open_page};

const PATH: &str = "/accept-invitation";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(open_page(PATH, show));
    registry.add(open_action(PATH, submit));
}

#[derive(Template)]
#[template(path = "screens/access_control/invitation.html")]
pub(super) struct InvitationPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
}

async fn show(guest: Guest) -> Answer {
    let fields = Fields::new().with("token", guest.query("token").unwrap_or_default());
    guest.show(&InvitationPage { page: guest.page("Accept the invitation"), fields })
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
                fields.fail("", "This invitation is not good any more. Ask for a new one.");
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = InvitationPage { page: guest.page("Accept the invitation"), fields };
    guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

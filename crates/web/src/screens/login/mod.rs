//! Signing in, choosing an organization, signing out, and handing a sign-in to the command line.

mod cli;
mod in_the_way;
mod organization;
mod password;
mod second_factor;
#[cfg(test)]
mod tests;

use askama::Template;
use http::StatusCode;
use keyferry_domain::authentication::LoginInput;
use keyferry_domain::sessions::web::{self as sessions, Opened};
use keyferry_domain::{Error, installation};

use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Guest, Visit, action, go, open_action, open_page};

pub(crate) use in_the_way::in_the_way;
pub(crate) use organization::home;
pub(crate) use second_factor::after_password;

/// Registers the screens.
pub(crate) fn routes(registry: &mut Registry) {
    registry.add(open_page("/", start));
    registry.add(open_page("/login", show));
    registry.add(open_action("/login", submit));
    registry.add(action("/logout", log_out).organization_optional());
    organization::routes(registry);
    cli::routes(registry);
    password::routes(registry);
    second_factor::routes(registry);
}

#[derive(Template)]
#[template(path = "screens/login/login.html")]
struct LoginPage {
    page: Page,
    fields: Fields,
    next: String,
}

/// Leads to where this visitor can go on.
async fn start(guest: Guest) -> Answer {
    if !installation::config(&guest.app).await?.is_initialized {
        return guest.go(go("/admin/signup"));
    }
    match guest.session().await? {
        Some(session) => guest.go(go(home(session.caller.org_id))),
        None => guest.go(go("/login")),
    }
}

/// Where to go after signing in: an address of this server, nothing else.
pub(super) fn safe_next(next: Option<&str>) -> Option<String> {
    let next = next?;
    let is_ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    is_ours.then(|| next.to_owned())
}

async fn show(guest: Guest) -> Answer {
    if !installation::config(&guest.app).await?.is_initialized {
        return guest.go(go("/admin/signup"));
    }
    let next = match guest.query("callback_port") {
        Some(port) => Some(cli::address(cli::port(port)?)),
        None => safe_next(guest.query("next")),
    };
    if let Some(session) = guest.session().await? {
        let home = home(session.caller.org_id);
        return guest.go(go(next.unwrap_or(home)));
    }
    guest.show(&LoginPage { page: guest.page("Log in"), fields: Fields::new(), next: next.unwrap_or_default() })
}

async fn submit(guest: Guest, form: Form) -> Answer {
    let mut fields = Fields::typed(&form).without("password");
    let email = form.text("email").to_owned();
    fields.require("email", !email.is_empty(), "Email is required");
    fields.require("password", form.value("password").is_some_and(|password| !password.is_empty()), "Password is required");
    let next = safe_next(form.value("next"));
    if fields.is_valid() {
        let input = LoginInput { email, password: form.secret("password") };
        match sessions::open(&guest.app, guest.origin.clone(), input).await {
            Ok(opened @ Opened::SignedIn(_)) => {
                return guest.go(after_password(&guest, opened, next).notice("Successfully logged in"));
            }
            Ok(opened) => return guest.go(after_password(&guest, opened, next)),
            Err(Error::BadRequest { .. }) => {
                fields.fail("password", "This email and password do not match an account that can sign in now.");
            }
            Err(other) => return Err(other.into()),
        }
    }
    let page = LoginPage { page: guest.page("Log in"), fields, next: next.unwrap_or_default() };
    guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn log_out(visit: Visit, form: Form) -> Answer {
    sessions::close(&visit.app, &visit.caller).await?;
    let cookies = visit.web.cookies;
    let to = safe_next(form.value("next")).unwrap_or_else(|| "/login".to_owned());
    visit.go(go(to).cookie(cookies.drop_session()).cookie(cookies.drop_recent()).notice("You are logged out"))
}

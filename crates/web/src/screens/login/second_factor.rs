//! The second step of signing in: the code of an authenticator app, or a recovery code.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Error;
use keyferry_domain::second_factor::Given;
use keyferry_domain::sessions::web::{self as sessions, Opened};

use super::{organization, safe_next};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Go, Guest, go, open_action, open_page};

const PATH: &str = "/login/second-factor";
/// How long the browser keeps the proof of the password; the token in it lasts as long.
const LIFETIME_S: i64 = 600;

pub(super) fn routes(registry: &mut Registry) {
    registry.add(open_page(PATH, show));
    registry.add(open_action(PATH, submit));
}

#[derive(Template)]
#[template(path = "screens/login/second_factor.html")]
pub(super) struct SecondFactorPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) next: String,
    /// Whether a recovery code is asked for instead.
    pub(super) is_recovery: bool,
}

/// Where somebody goes on who gave the right password.
pub(crate) fn after_password(guest: &Guest, opened: Opened, next: Option<String>) -> Go {
    match opened {
        Opened::SignedIn(signed_in) => {
            let lifetime_s = (signed_in.expires_at_ms - guest.app.now_ms()).div_euclid(1000);
            let cookie = guest.web.cookies.keep_session(&signed_in.refresh_token, lifetime_s);
            let to = match (signed_in.org_id, next) {
                (None, next) => organization::chooser(next.as_deref()),
                (Some(_), Some(next)) => next,
                (org_id, None) => organization::home(org_id),
            };
            go(to).cookie(cookie)
        }
        Opened::SecondFactor(token) => {
            go(address(next.as_deref(), false)).cookie(guest.web.cookies.keep_challenge(&token, LIFETIME_S))
        }
    }
}

fn address(next: Option<&str>, is_recovery: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if is_recovery {
        query.append_pair("method", "recovery");
    }
    if let Some(next) = next {
        query.append_pair("next", next);
    }
    let query = query.finish();
    if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
}

impl SecondFactorPage {
    fn new(guest: &Guest, fields: Fields, next: Option<String>, is_recovery: bool) -> Self {
        Self { page: guest.page("Second step"), fields, next: next.unwrap_or_default(), is_recovery }
    }

    /// The same page for the other kind of code.
    fn other(&self) -> String {
        address(Some(self.next.as_str()).filter(|next| !next.is_empty()), !self.is_recovery)
    }
}

async fn show(guest: Guest) -> Answer {
    let next = safe_next(guest.query("next"));
    if guest.web.cookies.challenge(&guest.headers).is_none() {
        return match guest.session().await? {
            Some(session) => guest.go(go(next.unwrap_or_else(|| organization::home(session.caller.org_id)))),
            None => guest.go(again(&guest)),
        };
    }
    let is_recovery = guest.query("method") == Some("recovery");
    guest.show(&SecondFactorPage::new(&guest, Fields::new(), next, is_recovery))
}

fn again(guest: &Guest) -> Go {
    go("/login").cookie(guest.web.cookies.drop_challenge()).alert("Log in again: the second step was not finished in time.")
}

async fn submit(guest: Guest, form: Form) -> Answer {
    let next = safe_next(form.value("next"));
    let Some(token) = guest.web.cookies.challenge(&guest.headers) else { return guest.go(again(&guest)) };
    let is_recovery = form.text("method") == "recovery";
    let mut fields = Fields::new();
    fields.require("code", !form.text("code").is_empty(), "Code is required");
    if fields.is_valid() {
        let code = form.secret("code");
        let given = if is_recovery { Given::Recovery(code) } else { Given::Totp(code) };
        match sessions::prove(&guest.app, guest.origin.clone(), &token, given).await {
            Ok(signed_in) => {
                let to = after_password(&guest, Opened::SignedIn(signed_in), next).cookie(guest.web.cookies.drop_challenge());
                return guest.go(to.notice("Successfully logged in"));
            }
            Err(Error::BadRequest { .. }) => fields.fail("code", wrong(is_recovery)),
            Err(Error::RateLimited { retry_after_s }) => {
                let minutes = retry_after_s.div_ceil(60);
                fields.fail("code", format!("Too many wrong codes. Try again in {minutes} minutes."));
            }
            Err(Error::Token { .. } | Error::Unauthorized { .. }) => return guest.go(again(&guest)),
            Err(other) => return Err(other.into()),
        }
    }
    guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &SecondFactorPage::new(&guest, fields, next, is_recovery))
}

fn wrong(is_recovery: bool) -> &'static str {
    if is_recovery {
        "This is none of your unused recovery codes."
    } else {
        "This code is wrong or was used already. Enter the one your app shows now."
    }
}

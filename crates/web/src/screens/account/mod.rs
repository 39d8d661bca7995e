//! The account: name, password, sign-ins, colour scheme.

mod client;
mod qr_code;
mod second_factor;

use askama::Template;
use http::StatusCode;
use keyferry_domain::users::{self, ChangePassword};
use keyferry_domain::{Actor, sessions};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::login::safe_next;
use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::{Page, Theme};
use crate::visit::{Answer, Guest, Visit, action, go, open_action, page};

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(open_action("/preferences/theme", set_theme));
    registry.add(page("/account", show).organization_optional());
    registry.add(action("/account/name", rename).organization_optional());
    registry.add(action("/account/password", change_password).organization_optional());
    registry.add(action("/account/sessions/revoke", revoke_session).organization_optional());
    second_factor::routes(registry);
}

struct Session {
    id: Uuid,
    client: String,
    ip: String,
    last_used: Moment,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "screens/account/account.html")]
struct AccountPage {
    page: Page,
    email: String,
    name: Fields,
    password: Fields,
    sessions: Vec<Session>,
    has_second_factor: bool,
    appearance: Fields,
}

async fn set_theme(guest: Guest, form: Form) -> Answer {
    let theme = Theme::from_word(form.text("theme"));
    if let Some(visit) = guest.visit().await? {
        if !visit.is_own_form(&form) {
            return Ok(super::errors::stale_form(&visit));
        }
        users::set_theme(&visit.app, &visit.caller, theme.word()).await?;
    }
    // This browser keeps it too, for the pages before a sign-in.
    let cookie = guest.web.cookies.keep_theme(theme);
    let to = safe_next(form.value("next")).unwrap_or_else(|| "/".to_owned());
    guest.go(go(to).cookie(cookie))
}

async fn show(visit: Visit) -> Answer {
    let page = account(&visit, None, Fields::new()).await?;
    visit.show(&page)
}

async fn account(visit: &Visit, name: Option<Fields>, password: Fields) -> Result<AccountPage, keyferry_domain::Error> {
    let user = users::me(&visit.app, &visit.caller).await?;
    let now_ms = visit.app.now_ms();
    let own = match &visit.caller.actor {
        Actor::User { session_id, .. } => Some(*session_id),
        _ => None,
    };
    let sessions = sessions::list(&visit.app, &visit.caller)
        .await?
        .into_iter()
        .map(|row| Session {
            id: row.id,
            client: client::client_name(&row.user_agent),
            ip: row.ip,
            last_used: moment(row.last_used_at_ms, now_ms),
            is_own: Some(row.id) == own,
        })
        .collect();
    let stored = || {
        Fields::new()
            .with("first_name", user.first_name.clone().unwrap_or_default())
            .with("last_name", user.last_name.clone().unwrap_or_default())
    };
    let name = name.unwrap_or_else(stored);
    let has_second_factor = keyferry_domain::second_factor::status(&visit.app, &visit.caller).await?.is_enabled;
    let page = visit.page_anywhere("Account");
    let appearance = Fields::new().with("theme", page.theme.word());
    Ok(AccountPage { page, appearance, email: user.email.clone(), name, password, sessions, has_second_factor })
}

async fn rename(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    fields.require("first_name", !form.text("first_name").is_empty(), "First name is required");
    if !fields.is_valid() {
        let page = account(&visit, Some(fields), Fields::new()).await?;
        return visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    users::rename(&visit.app, &visit.caller, form.optional("first_name"), form.optional("last_name")).await?;
    visit.go(go("/account").notice("Your name is changed"))
}

async fn change_password(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::new();
    let (current, new, again) = (form.secret("current"), form.secret("new"), form.secret("again"));
    fields.require("current", !current.expose_secret().is_empty(), "Password is required");
    if let Some(message) = super::setup::password_problem(new.expose_secret(), "") {
        fields.fail("new", message);
    }
    fields.require("again", new.expose_secret() == again.expose_secret(), "Passwords do not match");
    if fields.is_valid() {
        match users::change_password(&visit.app, &visit.caller, ChangePassword { current, new }).await {
            Ok(signed_in) => {
                let lifetime_s = (signed_in.expires_at_ms - visit.app.now_ms()).div_euclid(1000);
                let cookie = visit.web.cookies.keep_session(&signed_in.refresh_token, lifetime_s);
                let said = "Your password is changed; every other sign-in has ended";
                return visit.go(go("/account").cookie(cookie).notice(said));
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = account(&visit, None, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn revoke_session(visit: Visit, form: Form) -> Answer {
    let said = match form.text("session").parse::<Uuid>() {
        Ok(id) => {
            sessions::revoke(&visit.app, &visit.caller, id).await?;
            "The sign-in has ended".to_owned()
        }
        Err(_) => {
            let ended = sessions::revoke_others(&visit.app, &visit.caller).await?;
            format!("{} ended", crate::text::plural(usize::try_from(ended).unwrap_or_default(), "sign-in", "sign-ins"))
        }
    };
    visit.go(go("/account").notice(said))
}

//! Step 1: the administrator's account.

use askama::Template;
use http::StatusCode;

use super::pending::PendingSetup;
use super::{ORGANIZATION, password_problem, require_empty};
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Guest, go};

#[derive(Template)]
#[template(path = "screens/setup/account.html")]
pub(super) struct AccountPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    /// Whether the request comes from elsewhere, so that the token of the first start is asked for.
    pub(super) needs_token: bool,
}

const TITLE: &str = "Create your Super Admin account";

pub(super) async fn show(guest: Guest) -> Answer {
    require_empty(&guest).await?;
    let fields = match guest.web.setups.find(&guest.headers) {
        Some(pending) => Fields::new()
            .with("first_name", pending.first_name.clone())
            .with("last_name", pending.last_name.clone().unwrap_or_default())
            .with("email", pending.email.clone()),
        None => Fields::new(),
    };
    guest.show(&AccountPage { page: guest.page(TITLE), fields, needs_token: !guest.is_local })
}

pub(super) async fn submit(guest: Guest, form: Form) -> Answer {
    require_empty(&guest).await?;
    let mut fields = Fields::typed(&form).without("password").without("confirm_password").without("setup_token");
    let (first_name, email) = (form.text("first_name"), form.text("email"));
    let (password, again) = (form.value("password").unwrap_or_default(), form.value("confirm_password").unwrap_or_default());
    fields.require("first_name", !first_name.is_empty(), "First name is required");
    if email.is_empty() {
        fields.fail("email", "Email is required");
    } else if !is_mail_address(email) {
        fields.fail("email", "Enter a valid email address");
    }
    if let Some(message) = password_problem(password, email) {
        fields.fail("password", message);
    }
    if again.is_empty() {
        fields.fail("confirm_password", "Please confirm your password");
    } else if again != password {
        fields.fail("confirm_password", "Passwords do not match");
    }
    if !guest.is_local {
        fields.require("setup_token", !form.text("setup_token").is_empty(), "Setup token is required");
    }
    if !fields.is_valid() {
        let page = AccountPage { page: guest.page(TITLE), fields, needs_token: !guest.is_local };
        return guest.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let pending = PendingSetup {
        first_name: first_name.to_owned(),
        last_name: form.optional("last_name"),
        email: email.to_owned(),
        password: form.secret("password"),
        setup_token: form.optional("setup_token").map(Into::into),
    };
    let cookie = guest.web.setups.keep(guest.app.ids.v4(), pending);
    guest.go(go(ORGANIZATION).cookie(cookie))
}

/// Something before an `@`, and a domain behind it.
fn is_mail_address(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.contains('@') && domain.split('.').all(|part| !part.is_empty()) && domain.contains('.')
        })
}

#[cfg(test)]
mod tests {
    use super::is_mail_address;

    #[test]
    fn mail_addresses_have_a_domain() {
        for good in ["a@b.co", "first.last+tag@mail.example.com"] {
            assert!(is_mail_address(good), "{good}");
        }
        for bad in ["a", "a@", "@b.co", "a@b", "a b@c.de", "a@b@c.de", "a@b..co"] {
            assert!(!is_mail_address(bad), "{bad}");
        }
    }
}

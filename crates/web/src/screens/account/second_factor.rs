//! The second step of signing in, set up by the person: an authenticator app and recovery codes.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Error;
use keyferry_domain::second_factor::{self, Enrolment, Status};
use secrecy::{ExposeSecret as _, SecretString};

use super::qr_code;
use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Visit, action, go, page};

const PATH: &str = "/account/second-factor";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(PATH, show).organization_optional());
    registry.add(action("/account/second-factor/set-up", set_up).organization_optional());
    registry.add(action("/account/second-factor/confirm", confirm).organization_optional());
    registry.add(action("/account/second-factor/recovery-codes", new_codes).organization_optional());
    registry.add(action("/account/second-factor/remove", remove).organization_optional());
}

#[derive(Template)]
#[template(path = "screens/account/second_factor.html")]
pub(super) struct StatePage {
    pub(super) page: Page,
    pub(super) status: Status,
    pub(super) set_up: Fields,
    pub(super) codes: Fields,
    pub(super) remove: Fields,
}

/// What an app is to scan.
pub(super) struct Scan {
    pub(super) qr: qr_code::QrCode,
    pub(super) secret: String,
}

#[derive(Template)]
#[template(path = "screens/account/second_factor_confirm.html")]
pub(super) struct ConfirmPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    /// Shown once; not again after a wrong code.
    pub(super) scan: Option<Scan>,
}

#[derive(Template)]
#[template(path = "screens/account/recovery_codes.html")]
pub(super) struct CodesPage {
    pub(super) page: Page,
    pub(super) codes: Vec<String>,
}

const TITLE: &str = "Second step at log-in";

async fn state(visit: &Visit) -> Result<StatePage, Error> {
    let status = second_factor::status(&visit.app, &visit.caller).await?;
    let page = Page::account(visit, TITLE);
    Ok(StatePage { page, status, set_up: Fields::new(), codes: Fields::new(), remove: Fields::new() })
}

async fn show(visit: Visit) -> Answer {
    let page = state(&visit).await?;
    visit.show(&page)
}

fn password(form: &Form, field: &str) -> (Fields, SecretString) {
    let mut fields = Fields::new();
    fields.require(field, form.value(field).is_some_and(|text| !text.is_empty()), "Password is required");
    (fields, form.secret(field))
}

async fn set_up(visit: Visit, form: Form) -> Answer {
    let (mut fields, password) = password(&form, "password");
    if fields.is_valid() {
        match second_factor::start(&visit.app, &visit.caller, &password).await {
            Ok(Enrolment { url, secret }) => {
                let qr = qr_code::draw(url.expose_secret()).map_err(Error::internal)?;
                let scan = Some(Scan { qr, secret: in_fours(secret.expose_secret()) });
                return visit.show(&ConfirmPage { page: Page::account(&visit, TITLE), fields: Fields::new(), scan });
            }
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = StatePage { set_up: fields, ..state(&visit).await? };
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn confirm(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::new();
    fields.require("code", !form.text("code").is_empty(), "Code is required");
    if fields.is_valid() {
        match second_factor::confirm(&visit.app, &visit.caller, &form.secret("code")).await {
            Ok(done) => {
                let lifetime_s = (done.signed_in.expires_at_ms - visit.app.now_ms()).div_euclid(1000);
                let cookie = visit.web.cookies.keep_session(&done.signed_in.refresh_token, lifetime_s);
                let mut response = visit.show(&codes_page(&visit, &done.recovery_codes))?;
                response.headers_mut().extend(cookie.map(|cookie| (http::header::SET_COOKIE, cookie)));
                return Ok(response);
            }
            Err(Error::BadRequest { message, .. }) => fields.fail("code", message),
            Err(Error::RateLimited { retry_after_s }) => {
                fields.fail("code", format!("Too many wrong codes. Try again in {} minutes.", retry_after_s.div_ceil(60)));
            }
            Err(other) => return Err(other.into()),
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &ConfirmPage { page: Page::account(&visit, TITLE), fields, scan: None })
}

async fn new_codes(visit: Visit, form: Form) -> Answer {
    let (mut fields, password) = password(&form, "password");
    if fields.is_valid() {
        match second_factor::new_recovery_codes(&visit.app, &visit.caller, &password).await {
            Ok(codes) => return visit.show(&codes_page(&visit, &codes)),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = StatePage { codes: fields, ..state(&visit).await? };
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn remove(visit: Visit, form: Form) -> Answer {
    let (mut fields, password) = password(&form, "current");
    if fields.is_valid() {
        match second_factor::disable(&visit.app, &visit.caller, &password).await {
            Ok(()) => return visit.go(go(PATH).notice("Logging in takes your password alone now")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = StatePage { remove: fields, ..state(&visit).await? };
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn codes_page(visit: &Visit, codes: &[SecretString]) -> CodesPage {
    let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    CodesPage { page: Page::account(visit, "Your recovery codes"), codes }
}

/// In groups of four, for reading and typing.
fn in_fours(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::sample_request;

    fn page() -> Page {
        Page::plain(&sample_request(PATH), TITLE)
    }

    #[test]
    fn the_pages_render() {
        let fields = Fields::new;
        let off = Status { is_enabled: false, recovery_codes: 0 };
        let html = StatePage { page: page(), status: off, set_up: fields(), codes: fields(), remove: fields() }.render();
        assert!(html.expect("a page").contains("Set up an authenticator app"));
        let on = Status { is_enabled: true, recovery_codes: 2 };
        let html = StatePage { page: page(), status: on, set_up: fields(), codes: fields(), remove: fields() }.render();
        let html = html.expect("a page");
        assert!(html.contains("2 recovery codes are left") && html.contains("Remove the authenticator app"), "{html}");
        let qr = qr_code::draw("otpauth://totp/Keyferry:ada?secret=ABC").expect("a code");
        let scan = Some(Scan { qr, secret: in_fours("ABCDEFGHIJ") });
        let html = ConfirmPage { page: page(), fields: fields(), scan }.render().expect("a page");
        assert!(html.contains("ABCD EFGH IJ") && html.contains("<svg") && html.contains("one-time-code"), "{html}");
        assert!(!html.contains("style="), "the policy allows no style of its own");
        let html = CodesPage { page: page(), codes: vec!["3f9a01bc".to_owned()] }.render().expect("a page");
        assert!(html.contains("3f9a01bc"));
    }
}

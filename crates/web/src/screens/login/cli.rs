//! Handing a sign-in to the command-line program that opened the page (user interface contract, section 2.3).

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};
use keyferry_domain::Error;
use keyferry_domain::sessions::web as sessions;
use secrecy::ExposeSecret as _;

use crate::Registry;
use crate::form::Form;
use crate::ui::Page;
use crate::visit::{Answer, Guest, Visit, action, open_page, page};

/// This page alone may speak to a program on the visitor's own computer, and only to the one that waits at the port.
fn policy(port: u16) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' \
         http://127.0.0.1:{port}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page("/login/cli", ask));
    registry.add(action("/login/cli", hand_over));
    registry.add(open_page("/cli-redirect", finished));
}

/// The port a program waits at: digits only, no privileged one.
pub(super) fn port(text: &str) -> Result<u16, Error> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|port| is_number && *port >= 1024)
        .ok_or_else(|| Error::bad_request("The callback port must be a number from 1024 to 65535. Nothing was sent."))
}

/// The address of the page for a port.
pub(super) fn address(port: u16) -> String {
    format!("/login/cli?callback_port={port}")
}

#[derive(Template)]
#[template(path = "screens/login/cli.html")]
struct CliPage {
    page: Page,
    port: u16,
    email: String,
    /// Base64 of what the program waits for; none before the person agreed.
    handed: Option<String>,
}

#[derive(Template)]
#[template(path = "screens/login/cli_finished.html")]
struct FinishedPage {
    page: Page,
}

async fn ask(visit: Visit) -> Answer {
    let port = port(visit.query("callback_port").unwrap_or_default())?;
    let email = visit.caller.actor.name().unwrap_or_default().to_owned();
    visit.show(&CliPage { page: Page::account(&visit, "Command-line sign-in"), port, email, handed: None })
}

async fn hand_over(visit: Visit, form: Form) -> Answer {
    let port = port(form.text("callback_port"))?;
    let email = visit.caller.actor.name().unwrap_or_default().to_owned();
    let signed_in = sessions::open_for_program(&visit.app, &visit.caller).await?;
    let body = serde_json::json!({
        "email": email,
        "privateKey": "",
        "JTWToken": signed_in.access_token.expose_secret(),
        "RefreshToken": signed_in.refresh_token.expose_secret(),
    });
    let handed = Some(STANDARD.encode(body.to_string()));
    let page = CliPage { page: Page::account(&visit, "Command-line sign-in"), port, email, handed };
    let mut response = visit.show(&page)?;
    let policy = HeaderValue::from_str(&policy(port)).map_err(Error::internal)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

async fn finished(guest: Guest) -> Answer {
    guest.show_anybody("You are logged in", |page| FinishedPage { page }).await
}

//! Signing a person in: mail address and password, second factor, organization (core API contract, section 4.1).

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::{hidden, is_said, login_of};
use crate::api::{Api, ApiError};
use crate::failure::usage;
use crate::output::text;
use crate::server::Server;
use crate::session::{claims, secret_variable, token_in, variable};
use crate::store::{Kind, Login};
use crate::terminal;

/// How often a code may be mistyped.
const CODES: usize = 3;

/// Signs in.
pub async fn sign_in(api: &Api, server: &Server, email: Option<String>, organization: Option<&str>) -> anyhow::Result<Login> {
    let email = match email.or_else(|| variable(&["INFISICAL_EMAIL"])) {
        Some(email) => email,
        None if terminal::is_interactive() => terminal::ask(&format!("Email for {}: ", server.as_str()))?,
        None => return Err(usage("give --email; the password is read from standard input")),
    };
    let password = match secret_variable(&["INFISICAL_PASSWORD"]).filter(|_| is_said(server)) {
        Some(password) => password,
        None => hidden(server, "Password")?,
    };
    let body = json!({ "email": email, "password": password.expose_secret() });
    let answer = api.post("/api/v3/auth/login", &body).await?;
    let first = token_in(&answer, "accessToken")?;
    let chosen = choose_organization(&api.with_token(first.clone()), organization).await?;
    let token = select(api, first, &email, &text(&chosen, "id")).await?;
    let told = claims(&token);
    Ok(login_of(Kind::User, email, Some(text(&chosen, "name")), token, &told))
}

/// The organization wanted, or the only one, or the one chosen at the prompt.
async fn choose_organization(api: &Api, wanted: Option<&str>) -> anyhow::Result<Value> {
    let wanted = wanted.map(str::to_owned).or_else(|| variable(&["INFISICAL_ORGANIZATION_ID"]));
    let answer = api.get("/api/v1/organization", &[]).await?;
    let mut all = answer["organizations"].as_array().cloned().unwrap_or_default();
    if let Some(wanted) = wanted {
        let is_it = |one: &Value| ["id", "slug", "name"].iter().any(|field| one[*field] == *wanted);
        return all.into_iter().find(is_it).with_context(|| format!("you are in no organization {wanted}"));
    }
    let names: Vec<String> = all.iter().map(|one| text(one, "name")).collect();
    match all.len() {
        0 => bail!("you are in no organization yet"),
        1 => Ok(all.remove(0)),
        _ if terminal::is_interactive() => {
            let index = terminal::choose("Organization", &names)?;
            Ok(all.swap_remove(index))
        }
        _ => Err(usage(format!("you are in several organizations; give --organization with one of: {}", names.join(", ")))),
    }
}

/// A token that acts in the organization.
async fn select(api: &Api, first: SecretString, email: &str, organization: &str) -> anyhow::Result<SecretString> {
    let body = json!({ "organizationId": organization, "userAgent": "cli" });
    let answer = api.with_token(first).post("/api/v3/auth/select-organization", &body).await?;
    let token = token_in(&answer, "token")?;
    if answer["isMfaEnabled"].as_bool() != Some(true) {
        return Ok(token);
    }
    let method = answer["mfaMethod"].as_str().unwrap_or("email").to_owned();
    let verified = second_factor(&api.with_token(token), email, &method).await?;
    let answer = api.with_token(verified).post("/api/v3/auth/select-organization", &body).await?;
    token_in(&answer, "token")
}

async fn second_factor(api: &Api, email: &str, method: &str) -> anyhow::Result<SecretString> {
    if method == "webauthn" {
        bail!("this account signs in with a passkey; use keyferry login --method browser");
    }
    if !terminal::is_interactive() {
        bail!("this account has a second factor, and there is no terminal to ask for its code; use a machine identity instead");
    }
    let question = if method == "totp" { "Code of your authenticator: " } else { "Code from the mail: " };
    for attempt in 1.. {
        let code = terminal::ask(question)?;
        let body = json!({ "email": email, "mfaToken": code, "mfaMethod": method });
        match api.post("/api/v2/auth/mfa/verify", &body).await {
            Ok(answer) => return token_in(&answer, "token"),
            Err(ApiError::Refused { message, .. }) if attempt < CODES => terminal::tell(message),
            Err(error) => return Err(error.into()),
        }
    }
    bail!("the code was not accepted")
}

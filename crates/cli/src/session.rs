//! A token for the server: from the environment, by a machine's credentials, or from the last login.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::api::Api;
use crate::failure::usage;
use crate::server::{Origin, Server, ServerArgs};
use crate::store::Store;

/// Variable with a token.
pub const TOKEN: &str = "KEYFERRY_TOKEN";
/// Variable with a machine identity's client id.
pub const CLIENT_ID: &str = "KEYFERRY_CLIENT_ID";
/// Variable with its secret.
pub const CLIENT_SECRET: &str = "KEYFERRY_CLIENT_SECRET";

/// Variables with a token, the first one found counts.
const TOKENS: &[&str] = &[TOKEN, "INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN", "INFISICAL_TOKEN"];
/// Variables with a client id.
pub const CLIENT_IDS: &[&str] = &[CLIENT_ID, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"];
/// Variables with a client secret.
pub const CLIENT_SECRETS: &[&str] = &[CLIENT_SECRET, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"];
/// Variables that sign in, which a command that is run has no use for.
pub const CREDENTIALS: &[&str] = &[
    TOKEN,
    CLIENT_SECRET,
    "INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN",
    "INFISICAL_TOKEN",
    "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET",
    "INFISICAL_PASSWORD",
];

/// A token that ends sooner than this, in seconds, counts as ended.
const EXPIRY_MARGIN_S: i64 = 30;

/// The first of these variables that is set and not empty.
pub fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
}

/// Like [`variable`], for what must not be shown.
pub fn secret_variable(names: &[&str]) -> Option<SecretString> {
    variable(names).map(SecretString::from)
}

/// A client that is signed in.
///
/// # Errors
/// When there is no token, or the server cannot be found.
pub async fn open(args: &ServerArgs) -> anyhow::Result<Api> {
    let store = Store::open()?;
    let server = Server::find(args, &store)?;
    let api = Api::new(&server)?;
    if let Some(token) = secret_variable(TOKENS) {
        refuse_unsaid(&server)?;
        return Ok(api.with_token(as_bearer(token)));
    }
    if let (Some(id), Some(secret)) = (variable(CLIENT_IDS), secret_variable(CLIENT_SECRETS)) {
        refuse_unsaid(&server)?;
        let token = universal_auth(&api, &id, &secret).await?;
        return Ok(api.with_token(token));
    }
    let Some(login) = store.find(server.as_str()).await? else {
        return Err(usage(format!("not signed in at {server}; run keyferry login --server {server}", server = server.as_str())));
    };
    if login.expires_at_s.is_some_and(|at_s| at_s - EXPIRY_MARGIN_S <= now_s()) {
        anyhow::bail!("the sign-in of {} at {} has ended; run keyferry login", login.name, server.as_str());
    }
    Ok(api.with_token(login.token))
}

/// Signs a machine identity in.
///
/// # Errors
/// When the server refuses.
pub async fn universal_auth(api: &Api, client_id: &str, client_secret: &SecretString) -> anyhow::Result<SecretString> {
    let body = json!({ "clientId": client_id, "clientSecret": client_secret.expose_secret() });
    let answer = api.post("/api/v1/auth/universal-auth/login", &body).await?;
    token_in(&answer, "accessToken")
}

/// A token of an answer.
///
/// # Errors
/// When there is none.
pub fn token_in(answer: &Value, field: &str) -> anyhow::Result<SecretString> {
    let token = answer[field].as_str().filter(|token| !token.is_empty());
    token.map(SecretString::from).ok_or_else(|| anyhow::anyhow!("the server's answer holds no {field}"))
}

/// A file that came with somebody's repository must not decide who receives a token from the environment.
///
/// # Errors
/// When it would.
pub fn refuse_unsaid(server: &Server) -> anyhow::Result<()> {
    if server.origin() == Origin::ProjectFile {
        return Err(usage(format!(
            "the address {} comes from a .infisical.json, and credentials from the environment are sent only to a server that you \
             name: give --server or set KEYFERRY_URL",
            server.as_str()
        )));
    }
    Ok(())
}

/// Service tokens may carry a fourth part, a key that the server must not see.
fn as_bearer(token: SecretString) -> SecretString {
    let text = token.expose_secret().trim();
    if !text.starts_with("st.") {
        return SecretString::from(text);
    }
    let parts: Vec<&str> = text.split('.').take(3).collect();
    SecretString::from(parts.join("."))
}

/// What a JWT says about itself; `Null` for other tokens. Nothing here is proven, so nothing is decided by it but words.
pub fn claims(token: &SecretString) -> Value {
    let payload =
        token.expose_secret().split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok());
    payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Value::Null)
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a token's end is compared with this machine's clock, at the edge of the program")]
fn now_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_inside_a_service_token_stays_here() {
        let bearer = |text: &str| as_bearer(SecretString::from(text)).expose_secret().to_owned();
        assert_eq!(bearer("st.id.secret.key"), "st.id.secret");
        assert_eq!(bearer(" a.b.c\n"), "a.b.c");
    }

    #[test]
    fn claims_are_read_and_rubbish_is_none() {
        let payload = URL_SAFE_NO_PAD.encode("{\"exp\":12}");
        assert_eq!(claims(&SecretString::from(format!("h.{payload}.s")))["exp"], 12);
        for rubbish in ["", "a", "a.b.c", "st.id.secret"] {
            assert!(claims(&SecretString::from(rubbish)).is_null(), "{rubbish}");
        }
    }
}

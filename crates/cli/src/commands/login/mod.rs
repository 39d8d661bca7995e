//! `keyferry login`.

mod browser;
mod password;

use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::api::Api;
use crate::failure::usage;
use crate::server::{Origin, Server, ServerArgs};
use crate::session::{self, CLIENT_IDS, CLIENT_SECRETS, claims, secret_variable, variable};
use crate::store::{Kept, Kind, Login, Store};
use crate::terminal::{self, say, tell};

/// How to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Mail address and password.
    #[value(alias = "user")]
    Password,
    /// In the browser, where you may be signed in already.
    Browser,
    /// As a machine identity, by client id and secret.
    UniversalAuth,
}

/// Arguments of `login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// How to sign in [env: INFISICAL_AUTH_METHOD; otherwise password].
    #[arg(long, value_enum)]
    method: Option<Method>,
    /// Your mail address [env: INFISICAL_EMAIL]. The password is asked for, or read from a pipe or INFISICAL_PASSWORD.
    #[arg(long)]
    email: Option<String>,
    /// The organization's id, slug or name, when you are in several [env: INFISICAL_ORGANIZATION_ID].
    #[arg(long, visible_alias = "organization-id")]
    organization: Option<String>,
    /// A machine identity's client id [env: KEYFERRY_CLIENT_ID, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID].
    #[arg(long)]
    client_id: Option<String>,
    /// Its client secret. Others on this machine can see arguments: prefer the environment, a pipe or the prompt
    /// [env: KEYFERRY_CLIENT_SECRET, INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET].
    #[arg(long)]
    client_secret: Option<SecretText>,
    /// Print the token and nothing else, and keep nothing.
    #[arg(long)]
    plain: bool,
}

/// An argument that no debug output shows.
#[derive(Clone, Debug)]
struct SecretText(SecretString);

impl std::str::FromStr for SecretText {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(SecretString::from(text)))
    }
}

/// Signs in.
pub async fn run(args: LoginArgs) -> anyhow::Result<()> {
    let store = Store::open()?;
    let server = Server::find(&args.server, &store)?;
    let api = Api::new(&server)?;
    let login = match method(&args)? {
        Method::Password => password::sign_in(&api, &server, args.email, args.organization.as_deref()).await?,
        Method::Browser => browser::sign_in(&api).await?,
        Method::UniversalAuth => machine(&api, &server, args.client_id, args.client_secret).await?,
    };
    if args.plain {
        say(login.token.expose_secret());
        return Ok(());
    }
    let kept = store.save(server.as_str(), &login).await?;
    let place = match kept {
        Kept::Keyring => "the keyring".to_owned(),
        Kept::File(path) => path.display().to_string(),
    };
    let organization = login.organization.as_ref().map(|name| format!(", organization {name}")).unwrap_or_default();
    tell(format_args!("Signed in at {} as {}{organization}. The token is in {place}.", server.as_str(), login.name));
    Ok(())
}

fn method(args: &LoginArgs) -> anyhow::Result<Method> {
    if let Some(method) = args.method {
        return Ok(method);
    }
    match variable(&["INFISICAL_AUTH_METHOD"]) {
        Some(word) => Method::from_str(&word, true).map_err(|_| usage(format!("INFISICAL_AUTH_METHOD={word} is not supported"))),
        None if args.client_id.is_some() => Ok(Method::UniversalAuth),
        None => Ok(Method::Password),
    }
}

async fn machine(api: &Api, server: &Server, id: Option<String>, secret: Option<SecretText>) -> anyhow::Result<Login> {
    let client_id = id.or_else(|| variable(CLIENT_IDS)).ok_or_else(|| usage("give --client-id or set KEYFERRY_CLIENT_ID"))?;
    let client_secret = match secret.map(|text| text.0).or_else(|| secret_variable(CLIENT_SECRETS)) {
        Some(secret) => {
            session::refuse_unsaid(server)?;
            secret
        }
        None => hidden(server, "Client secret")?,
    };
    let token = session::universal_auth(api, &client_id, &client_secret).await?;
    let told = claims(&token);
    let name = told["identityName"].as_str().unwrap_or(&client_id).to_owned();
    Ok(login_of(Kind::Identity, name, None, token, &told))
}

fn login_of(kind: Kind, name: String, organization: Option<String>, token: SecretString, claims: &Value) -> Login {
    Login { kind, name, organization, expires_at_s: claims["exp"].as_i64(), token }
}

/// A password: from the pipe, or typed at a prompt that names the server.
fn hidden(server: &Server, what: &str) -> anyhow::Result<SecretString> {
    let secret = if terminal::is_interactive() {
        terminal::ask_hidden(&format!("{what} for {}: ", server.as_str()))?
    } else {
        session::refuse_unsaid(server)?;
        terminal::secret_line_of_stdin()?
    };
    if secret.expose_secret().is_empty() {
        return Err(usage(format!("no {} was given", what.to_lowercase())));
    }
    Ok(secret)
}

/// Whether the server was named by whoever calls.
fn is_said(server: &Server) -> bool {
    server.origin() != Origin::ProjectFile
}

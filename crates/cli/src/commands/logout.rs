//! `keyferry logout`.

use clap::Args;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::api::Api;
use crate::server::{Server, ServerArgs};
use crate::store::{Kind, Store};
use crate::terminal::tell;

/// Arguments of `logout`.
#[derive(Debug, Args)]
pub struct LogoutArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Sign out at every server.
    #[arg(long, conflicts_with = "server")]
    all: bool,
}

/// Signs out. The token is forgotten here even when the server cannot be told.
pub async fn run(args: LogoutArgs) -> anyhow::Result<()> {
    let store = Store::open()?;
    let servers = if args.all { store.servers()? } else { vec![Server::find(&args.server, &store)?.as_str().to_owned()] };
    for server in servers {
        match end(&store, &server).await {
            Ok(()) => {}
            Err(error) => tell(format_args!("{server} was not told: {error:#}. Its token may be good until it ends by itself.")),
        }
        if store.forget(&server).await? {
            tell(format_args!("Signed out at {server}."));
        } else {
            tell(format_args!("Not signed in at {server}."));
        }
    }
    Ok(())
}

async fn end(store: &Store, server: &str) -> anyhow::Result<()> {
    let Some(login) = store.find(server).await? else { return Ok(()) };
    // Where the token once went it may go again.
    let api = Api::new(&Server::parse(server, true)?)?.with_token(login.token.clone());
    match login.kind {
        Kind::User => api.post("/api/v1/auth/logout", &json!({})).await?,
        Kind::Identity => api.post("/api/v1/auth/token/revoke", &json!({ "accessToken": login.token.expose_secret() })).await?,
    };
    Ok(())
}

//! The same through Keyferry's public API, in a process of its own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::{CHANGES, Checkly, Passes, VARIABLES, variable};
use crate::client::Client;
use crate::process::Server;

/// How long one pass may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The three passes, then single changes one after another: the times of these in ms, sorted.
pub async fn run(checkly: &Checkly, server: &Server) -> anyhow::Result<(Passes, Vec<u64>)> {
    let (client, project) = set_up(server).await?;
    let connection = json!({"name": "bench", "method": "api-key", "projectId": project, "credentials": {"apiKey": checkly.key}});
    let connection = client.post("/api/v1/app-connections/checkly", &connection).await?["appConnection"]["id"].clone();
    let body = json!({
        "name": "bench", "projectId": project, "connectionId": connection, "environment": "prod", "secretPath": "/",
        "isAutoSyncEnabled": false, "syncOptions": {"initialSyncBehavior": "overwrite-destination"},
        "destinationConfig": {"accountId": checkly.account},
    });
    let sync = client.post("/api/v1/secret-syncs/checkly", &body).await?;
    let path = format!("/api/v1/secret-syncs/checkly/{}", sync["secretSync"]["id"].as_str().context("no sync id")?);

    let first_load = pass(checkly, &client, &path).await?;
    let no_change = pass(checkly, &client, &path).await?;
    change(&client, &project, 7, 1).await?;
    let one_change = pass(checkly, &client, &path).await?;
    let held = checkly.sim.state().variables(&checkly.account);
    let right = held.len() == VARIABLES && held.iter().all(|v| v.secret && v.locked);
    ensure!(right, "the account is not right: {} variables", held.len());

    client.patch(&path, &json!({"isAutoSyncEnabled": true})).await?;
    wait(&client, &path).await?;
    let mut changes = Vec::new();
    for round in 2..2 + CHANGES {
        let key = round % VARIABLES;
        let (name, value) = change(&client, &project, key, round).await?;
        let answered = Instant::now();
        while checkly.sim.state().variable(&checkly.account, &name).is_none_or(|held| held.value != value) {
            ensure!(answered.elapsed() < DEADLINE, "a change did not arrive");
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        changes.push(u64::try_from(answered.elapsed().as_millis())?);
    }
    changes.sort_unstable();
    Ok((Passes { first_load, no_change, one_change }, changes))
}

async fn set_up(server: &Server) -> anyhow::Result<(Client, String)> {
    let client = Client::new(server.url.clone())?;
    let (email, password) = ("bench@example.com", "a-password-for-loopback-only");
    let body = json!({"email": email, "password": password, "organization": "Bench"});
    let organization = client.post("/api/v1/admin/bootstrap", &body).await?["organization"]["id"].clone();
    let login = client.post("/api/v3/auth/login", &json!({"email": email, "password": password})).await?;
    let client = client.token(login["accessToken"].as_str().context("no token")?);
    let chosen = client.post("/api/v3/auth/select-organization", &json!({"organizationId": organization})).await?;
    let client = client.token(chosen["token"].as_str().context("no token")?);
    let project = client.post("/api/v1/projects", &json!({"projectName": "Bench"})).await?;
    let project = project["project"]["id"].as_str().context("no project id")?.to_owned();
    let secrets: Vec<Value> = (0..VARIABLES)
        .map(|i| {
            let (key, value) = variable(i, 0);
            json!({"secretKey": key, "secretValue": value})
        })
        .collect();
    client.post("/api/v4/secrets/batch", &json!({"projectId": project, "environment": "prod", "secrets": secrets})).await?;
    Ok((client, project))
}

async fn pass(checkly: &Checkly, client: &Client, path: &str) -> anyhow::Result<super::Pass> {
    checkly.sim.state().clear_log();
    client.post(&format!("{path}/sync-secrets"), &json!({})).await?;
    wait(client, path).await?;
    Ok(checkly.pass())
}

async fn wait(client: &Client, path: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let answer = client.get(path).await?;
        match answer["secretSync"]["syncStatus"].as_str() {
            Some("succeeded") => return Ok(()),
            Some("failed") => bail!("the sync failed: {}", answer["secretSync"]["lastSyncMessage"]),
            _ if start.elapsed() > DEADLINE => bail!("the sync did not end within {DEADLINE:?}"),
            _ => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

async fn change(client: &Client, project: &str, i: usize, round: usize) -> anyhow::Result<(String, String)> {
    let (key, value) = variable(i, round);
    let body = json!({"workspaceId": project, "environment": "prod", "secretValue": value});
    client.patch(&format!("/api/v3/secrets/raw/{key}"), &body).await?;
    Ok((key, value))
}

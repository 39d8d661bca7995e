//! The steps of the seed page, one after the other, each a call of the public REST API.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use keyferry_checkly_sim::Sim;
use keyferry_domain::env_file;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::api::{Api, text};
use super::output::Output;
use super::report::{Ids, Report, Variable};
use crate::server::Server;

/// The file that is imported.
const ENV_FILE: &str = include_str!("shop.env");
/// Who signs in.
const EMAIL: &str = "demo@example.com";
/// How long a run or a change may take before the demo gives up.
const DEADLINE: Duration = Duration::from_secs(30);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Runs them all.
///
/// # Errors
/// One line that names the step that failed.
pub async fn run(server: &Server, sim: &Sim, api_key: &SecretString, dir: &TempDir, output: &Output) -> anyhow::Result<Report> {
    let start = Instant::now();
    let url = format!("http://{}", server.addr());
    let mut api = Api::new(url.clone())?;
    let mut checkly = Api::new(sim.url())?;
    checkly.authenticate(api_key.expose_secret());

    let password = keyferry_crypto::random_hex(12);
    let organization = set_up(&mut api, &password).await.context("first start")?;
    let password_file = write_private(dir.path(), "password", password.expose_secret())?;
    output.step("Set the new server up: an organization, a user signed in.");

    let created = api.post("/api/v1/projects", &json!({"projectName": "Shop"})).await.context("creating a project")?;
    let project = text(&created, "/project/id")?;
    let secrets = import(&api, &project).await.context("importing the .env file")?;
    output.step(format_args!("Imported {secrets} secrets from shop.env into the project Shop, environment prod."));

    let connection = json!({
        "name": "my-checkly-connection",
        "method": "api-key",
        "projectId": project,
        "credentials": {"apiKey": api_key.expose_secret()},
    });
    let created = api.post("/api/v1/app-connections/checkly", &connection).await.context("creating the Checkly connection")?;
    let connection = text(&created, "/appConnection/id")?;
    output.step("Created the app connection my-checkly-connection; its API key was checked and is stored encrypted.");

    let accounts =
        api.get(&format!("/api/v1/app-connections/checkly/{connection}/accounts")).await.context("listing accounts")?;
    let account = text(&accounts, "/accounts/0/id")?;
    let account_name = text(&accounts, "/accounts/0/name")?;
    let variables_before = checkly_variables(&checkly, &account).await?;
    output.step(format_args!("The key can see {} accounts; this demo syncs to {account_name}.", list_len(&accounts["accounts"])));
    output.variables("Before:", &variables_before);

    let body = json!({
        "name": "shop-prod",
        "projectId": project,
        "connectionId": connection,
        "environment": "prod",
        "secretPath": "/",
        "isAutoSyncEnabled": false,
        "syncOptions": {"initialSyncBehavior": "overwrite-destination", "unmanagedSecrets": "keep"},
        "destinationConfig": {"accountId": account, "accountName": account_name},
    });
    let created = api.post("/api/v1/secret-syncs/checkly", &body).await.context("creating the sync")?;
    let sync = text(&created, "/secretSync/id")?;
    let sync_path = format!("/api/v1/secret-syncs/checkly/{sync}");
    let planned = api.post(&format!("{sync_path}/plan"), &json!({})).await.context("planning the sync")?;
    let plan = planned["plan"].clone();
    output.step("Created the sync shop-prod with auto-sync off. Its plan:");
    output.plan(&plan);

    let apply = format!("{sync_path}/plans/{}/apply", text(&plan, "/id")?);
    let applied = api.post(&apply, &json!({"digest": plan["digest"], "approve": "all"})).await.context("applying the plan")?;
    let run = wait_for_run(&api, &sync_path, &text(&applied, "/run/id")?, &plan, output).await?;
    let total_ms = start.elapsed().as_millis();
    let variables_after = checkly_variables(&checkly, &account).await?;
    output.step("Applied it.");
    output.variables("After:", &variables_after);

    api.patch(&sync_path, &json!({"isAutoSyncEnabled": true})).await.context("turning auto-sync on")?;
    wait_until_settled(&api, &sync_path).await?;
    output.step("Turned auto-sync on.");
    let propagation_ms = change_and_wait(&api, sim, &project, &account).await?;
    output.step(format_args!("Changed SHOP_API_TOKEN; Checkly held the new value {propagation_ms} ms after the answer."));

    let header_file = write_private(dir.path(), "header", &format!("Authorization: Bearer {}\n", api.token()?))?;
    Ok(Report {
        url,
        checkly_url: sim.url(),
        data_dir: dir.path().display().to_string(),
        email: EMAIL.to_owned(),
        password_file: password_file.display().to_string(),
        header_file: header_file.display().to_string(),
        ids: Ids { organization, project, connection, account, sync },
        plan,
        run,
        secrets,
        variables_before,
        variables_after,
        calls: sim.state().log().len() as u64,
        propagation_ms,
        total_ms,
    })
}

async fn set_up(api: &mut Api, password: &SecretString) -> anyhow::Result<String> {
    let password = password.expose_secret();
    let body = json!({"email": EMAIL, "password": password, "organization": "Demo"});
    let done = api.post("/api/v1/admin/bootstrap", &body).await?;
    let organization = text(&done, "/organization/id")?;
    let login = api.post("/api/v3/auth/login", &json!({"email": EMAIL, "password": password})).await?;
    api.authenticate(&text(&login, "/accessToken")?);
    let chosen = api.post("/api/v3/auth/select-organization", &json!({"organizationId": organization})).await?;
    api.authenticate(&text(&chosen, "/token")?);
    Ok(organization)
}

/// Imports the file's entries in one batch; answers how many.
async fn import(api: &Api, project: &str) -> anyhow::Result<usize> {
    let file = env_file::parse(ENV_FILE);
    if let Some(issue) = file.issues.first() {
        bail!("shop.env line {}: {}", issue.line, issue.message());
    }
    let secrets: Vec<Value> = file
        .entries
        .iter()
        .map(|entry| {
            json!({
                "secretKey": entry.key,
                "secretValue": entry.value.expose_secret(),
                "secretComment": entry.comment.clone().unwrap_or_default(),
            })
        })
        .collect();
    let body = json!({"projectId": project, "environment": "prod", "secretPath": "/", "secrets": secrets});
    let created = api.post("/api/v4/secrets/batch", &body).await?;
    Ok(list_len(&created["secrets"]))
}

async fn checkly_variables(api: &Api, account: &str) -> anyhow::Result<Vec<Variable>> {
    let listed =
        api.get_with("/v1/variables?limit=100&page=1", ("X-Checkly-Account", account)).await.context("reading Checkly")?;
    let variables = listed.as_array().context("Checkly's list is not a list")?.iter().map(|v| Variable {
        key: v["key"].as_str().unwrap_or_default().to_owned(),
        secret: v["secret"].as_bool().unwrap_or_default(),
        locked: v["locked"].as_bool().unwrap_or_default(),
    });
    Ok(variables.collect())
}

async fn wait_for_run(api: &Api, sync_path: &str, run_id: &str, plan: &Value, output: &Output) -> anyhow::Result<Value> {
    let bar = output.progress(list_len(&plan["items"]) as u64);
    let start = Instant::now();
    loop {
        let answer = api.get(&format!("{sync_path}/runs/{run_id}")).await.context("reading the run")?;
        let run = &answer["run"];
        bar.set_position(list_len(&run["items"]) as u64);
        match run["status"].as_str() {
            Some("succeeded") => {
                bar.finish_and_clear();
                return Ok(run.clone());
            }
            Some("failed") => bail!("the first sync failed: {}", run["message"]),
            _ if start.elapsed() > DEADLINE => bail!("the first sync did not end within {DEADLINE:?}"),
            _ => tokio::time::sleep(LOOK_AGAIN * 10).await,
        }
    }
}

async fn wait_until_settled(api: &Api, sync_path: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let answer = api.get(sync_path).await.context("reading the sync")?;
        match answer["secretSync"]["syncStatus"].as_str() {
            Some("succeeded") => return Ok(()),
            Some("failed") => bail!("the sync failed: {}", answer["secretSync"]["lastSyncMessage"]),
            _ if start.elapsed() > DEADLINE => bail!("the sync did not end within {DEADLINE:?}"),
            _ => tokio::time::sleep(LOOK_AGAIN * 10).await,
        }
    }
}

/// Changes a secret and measures from the answer until Checkly holds the new value.
async fn change_and_wait(api: &Api, sim: &Sim, project: &str, account: &str) -> anyhow::Result<u128> {
    let value = format!("tok_live_{}", keyferry_crypto::random_alphanumeric(16));
    let body = json!({"workspaceId": project, "environment": "prod", "secretValue": value});
    api.patch("/api/v3/secrets/raw/SHOP_API_TOKEN", &body).await.context("changing a secret")?;
    let answered = Instant::now();
    while sim.state().variable(account, "SHOP_API_TOKEN").is_none_or(|held| held.value != value) {
        if answered.elapsed() > DEADLINE {
            bail!("the change did not reach Checkly within {DEADLINE:?}");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(answered.elapsed().as_millis())
}

/// Writes a file that only this user can read.
fn write_private(dir: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = dir.join(name);
    let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

fn list_len(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len)
}

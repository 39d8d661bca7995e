//! A folder of secrets, and an identity that may read and change them by one custom role.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::load::Request;
use crate::client::Client;
use crate::process::Server;

/// Secrets created by one call.
const BATCH: usize = 100;

/// A filled installation.
pub struct World {
    client: Client,
    project: String,
    token: String,
    login: Value,
    secrets: usize,
}

impl World {
    /// Fills a new server through its API.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn fill(server: &Server, secrets: usize) -> anyhow::Result<Self> {
        let client = Client::new(server.url.clone())?;
        let body = json!({"email": "bench@example.com", "password": "bench-password", "organization": "Bench"});
        let done = client.post("/api/v1/admin/bootstrap", &body).await?;
        let organization = text(&done, "/organization/id")?;
        let admin = client.clone().token(&text(&done, "/identity/credentials/token")?);
        let project = text(&admin.post("/api/v2/workspace", &json!({"projectName": "Bench"})).await?, "/project/id")?;
        let permissions = json!([
            {"subject": "secrets", "action": ["describeSecret", "readValue", "create", "edit"]},
            {"subject": "secret-folders", "action": ["read"]}
        ]);
        let role = json!({"slug": "bench", "name": "Bench", "permissions": permissions});
        admin.post(&format!("/api/v1/projects/{project}/roles"), &role).await?;
        let body = json!({"name": "bench", "organizationId": organization, "role": "no-access"});
        let identity = text(&admin.post("/api/v1/identities", &body).await?, "/identity/id")?;
        admin.post(&format!("/api/v1/projects/{project}/memberships/identities/{identity}"), &json!({"role": "bench"})).await?;
        let method = format!("/api/v1/auth/universal-auth/identities/{identity}");
        let id = text(&admin.post(&method, &json!({})).await?, "/identityUniversalAuth/clientId")?;
        let secret = text(&admin.post(&format!("{method}/client-secrets"), &json!({})).await?, "/clientSecret")?;
        let login = json!({"clientId": id, "clientSecret": secret});
        let token = text(&client.post("/api/v1/auth/universal-auth/login", &login).await?, "/accessToken")?;
        let world = Self { client: client.token(&token), project, token, login, secrets };
        for start in (0..secrets).step_by(BATCH) {
            world.create("/api/v4/secrets/batch", "prod", start..(start + BATCH).min(secrets)).await?;
        }
        Ok(world)
    }

    /// One request a secret.
    pub fn reads(&self) -> Vec<Request> {
        let get = |number| {
            let query = format!("workspaceId={}&environment=prod&secretPath=/", self.project);
            let path = format!("/api/v3/secrets/raw/{}?{query}", key(number));
            Request::get(&path, Some(&self.token)).expecting(&format!("\"value {number}\""))
        };
        (0..self.secrets).map(get).collect()
    }

    /// All secrets at once.
    pub fn list(&self) -> Request {
        let path = format!("/api/v3/secrets/raw?workspaceId={}&environment=prod&secretPath=/", self.project);
        Request::get(&path, Some(&self.token)).expecting(&key(0))
    }

    /// A change of each secret, to a value it has already, so that reads stay right.
    pub fn writes(&self) -> Vec<Request> {
        let write = |number: usize| {
            let body = json!({
                "workspaceId": self.project, "environment": "prod", "secretPath": "/", "secretValue": format!("value {number}")
            });
            Request::new("PATCH", &format!("/api/v3/secrets/raw/{}", key(number)), Some(&self.token), Some(&body))
                .expecting(&key(number))
        };
        (0..self.secrets).map(write).collect()
    }

    /// A login with a client secret.
    pub fn login(&self) -> Request {
        Request::new("POST", "/api/v1/auth/universal-auth/login", None, Some(&self.login)).expecting("accessToken")
    }

    /// Creates so many secrets in another environment by one call.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn create_batch(&self, count: usize) -> anyhow::Result<()> {
        self.create("/api/v4/secrets/batch", "dev", 0..count).await
    }

    async fn create(&self, path: &str, environment: &str, numbers: std::ops::Range<usize>) -> anyhow::Result<()> {
        let secrets: Vec<Value> =
            numbers.map(|number| json!({"secretKey": key(number), "secretValue": format!("value {number}")})).collect();
        let body = json!({"projectId": self.project, "environment": environment, "secretPath": "/", "secrets": secrets});
        self.client.post(path, &body).await.map(drop)
    }
}

fn key(number: usize) -> String {
    format!("KEY_{number:05}")
}

fn text(body: &Value, pointer: &str) -> anyhow::Result<String> {
    Ok(body.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no {pointer}"))?.to_owned())
}

//! What the pages show: six environments, one of them large.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::client::Client;
use crate::process::Server;

/// Secrets created by one call.
const BATCH: usize = 100;

/// A filled installation.
pub struct World {
    pub email: &'static str,
    pub password: &'static str,
    organization: String,
    project: String,
}

impl World {
    /// Fills a new server through its API.
    ///
    /// # Errors
    /// When the API refuses.
    pub async fn fill(server: &Server, secrets: usize) -> anyhow::Result<Self> {
        let (email, password) = ("bench@example.com", "bench-password");
        let client = Client::new(server.url.clone())?;
        let body = json!({"email": email, "password": password, "organization": "Bench"});
        let organization = text(&client.post("/api/v1/admin/bootstrap", &body).await?, "/organization/id")?;
        let login = client.post("/api/v3/auth/login", &json!({"email": email, "password": password})).await?;
        let client = client.token(&text(&login, "/accessToken")?);
        let chosen = client.post("/api/v3/auth/select-organization", &json!({"organizationId": organization})).await?;
        let client = client.token(&text(&chosen, "/token")?);
        let project = text(&client.post("/api/v1/projects", &json!({"projectName": "Bench"})).await?, "/project/id")?;
        for slug in ["qa", "demo", "canary"] {
            let body = json!({"name": slug, "slug": slug});
            client.post(&format!("/api/v1/projects/{project}/environments"), &body).await?;
        }
        for start in (0..secrets).step_by(BATCH) {
            let batch: Vec<Value> = (start..(start + BATCH).min(secrets))
                .map(|number| json!({"secretKey": format!("KEY_{number:05}"), "secretValue": format!("value {number}")}))
                .collect();
            let body = json!({"projectId": project, "environment": "prod", "secretPath": "/", "secrets": batch});
            client.post("/api/v4/secrets/batch", &body).await?;
        }
        Ok(Self { email, password, organization, project })
    }

    /// Names and addresses of the pages.
    pub fn pages(&self) -> Vec<(&'static str, String)> {
        let organization = format!("/organizations/{}", self.organization);
        let project = format!("{organization}/projects/secret-management/{}", self.project);
        vec![
            ("projects", format!("{organization}/projects")),
            ("overview", format!("{project}/overview")),
            ("one environment", format!("{project}/secrets/prod")),
            ("search in it", format!("{project}/secrets/prod?search=KEY_09")),
            ("integrations", format!("{project}/integrations?selectedTab=secret-syncs")),
            ("app connections", format!("{project}/app-connections")),
            ("access control", format!("{project}/access-control")),
            ("audit logs", format!("{project}/audit-logs?range=1d")),
            ("project settings", format!("{project}/settings")),
            ("account", "/account".to_owned()),
        ]
    }
}

fn text(body: &Value, pointer: &str) -> anyhow::Result<String> {
    Ok(body.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no {pointer}"))?.to_owned())
}

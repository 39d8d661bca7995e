//! The way every user goes: set up, sign in, project, secrets, connection, sync.

use std::collections::BTreeMap;

use keyferry_test_support::{canary, eventually};
use serde_json::{Value, json};

use super::{Checkly, Client, Server};

/// A user who has signed in and made a project.
pub struct Journey {
    pub client: Client,
    pub organization: String,
    pub project: String,
    pub password: String,
}

impl Journey {
    /// Sets a new server up.
    pub async fn begin(server: &Server) -> Self {
        let client = server.client();
        let password = canary("password");
        let body = json!({"email": "ann@example.com", "password": password, "organization": "Acme"});
        let done = client.post("/api/v1/admin/bootstrap", body).await;
        let organization = text(&done, "/organization/id");
        let mut journey = Self { client, organization, project: String::new(), password };
        journey.sign_in(server).await;
        let created = journey.client.post("/api/v1/projects", json!({"projectName": "Shop"})).await;
        journey.project = text(&created, "/project/id");
        journey
    }

    /// Signs in, at a server that was started again too.
    pub async fn sign_in(&mut self, server: &Server) {
        let client = server.client();
        let body = json!({"email": "ann@example.com", "password": self.password});
        let login = client.post("/api/v3/auth/login", body).await;
        let client = client.with_token(&text(&login, "/accessToken"));
        let body = json!({"organizationId": self.organization});
        let chosen = client.post("/api/v3/auth/select-organization", body).await;
        self.client = client.with_token(&text(&chosen, "/token"));
    }

    /// Goes on with a server that was started again; the session is still good.
    pub fn go_on(&mut self, server: &Server) {
        self.client = server.client().with_token(self.client.token());
    }

    /// Creates or changes secrets in the root of `prod`, in one call.
    pub async fn put(&self, pairs: &[(String, String)]) {
        self.client.patch("/api/v4/secrets/batch", self.put_body(pairs)).await;
    }

    /// The body of such a call.
    pub fn put_body(&self, pairs: &[(String, String)]) -> Value {
        let secrets: Vec<Value> = pairs.iter().map(|(key, value)| json!({"secretKey": key, "secretValue": value})).collect();
        json!({
            "projectId": self.project, "environment": "prod", "secretPath": "/", "mode": "upsert", "secrets": secrets,
        })
    }

    /// Keys and values in the root of `prod`.
    pub async fn secrets(&self) -> BTreeMap<String, String> {
        let query = format!("projectId={}&environment=prod&secretPath=/&expandSecretReferences=false", self.project);
        let listed = self.client.get(&format!("/api/v4/secrets?{query}")).await;
        let pair = |secret: &Value| (text(secret, "/secretKey"), text(secret, "/secretValue"));
        listed["secrets"].as_array().unwrap().iter().map(pair).collect()
    }

    /// Creates secrets in `prod`, in one call.
    pub async fn create_secrets(&self, secrets: Vec<Value>) {
        let body = json!({"projectId": self.project, "environment": "prod", "secretPath": "/", "secrets": secrets});
        self.client.post("/api/v4/secrets/batch", body).await;
    }

    /// Creates the app connection; answers its id.
    pub async fn connect(&self, checkly: &Checkly) -> String {
        let body = self.connection_body(checkly);
        text(&self.client.post("/api/v1/app-connections/checkly", body).await, "/appConnection/id")
    }

    pub fn connection_body(&self, checkly: &Checkly) -> Value {
        json!({
            "name": "my-checkly-connection",
            "method": "api-key",
            "projectId": self.project,
            "credentials": {"apiKey": checkly.api_key()},
        })
    }

    /// Creates a sync of `prod`; answers the path of its routes.
    pub async fn create_sync(&self, checkly: &Checkly, connection: &str) -> String {
        self.create_sync_as(self.sync_body(checkly, connection)).await
    }

    /// The body behind [`Journey::create_sync`].
    pub fn sync_body(&self, checkly: &Checkly, connection: &str) -> Value {
        sync_body(&self.project, connection, checkly.account())
    }

    /// Creates a sync by this body; answers the path of its routes.
    pub async fn create_sync_as(&self, body: Value) -> String {
        let created = self.client.post("/api/v1/secret-syncs/checkly", body).await;
        format!("/api/v1/secret-syncs/checkly/{}", text(&created, "/secretSync/id"))
    }

    /// The runs of a sync, the newest first.
    pub async fn runs(&self, sync: &str) -> Vec<Value> {
        self.client.get(&format!("{sync}/runs")).await["runs"].as_array().unwrap().clone()
    }

    /// Waits until the sync has ended well.
    pub async fn wait_until_synced(&self, sync: &str) {
        eventually("the sync succeeds", async || {
            let answer = self.client.get(sync).await;
            let status = answer["secretSync"]["syncStatus"].as_str().unwrap_or_default().to_owned();
            assert_ne!(status, "failed", "{}", answer["secretSync"]["lastSyncMessage"]);
            (status == "succeeded").then_some(())
        })
        .await;
    }
}

/// The body that creates an auto-sync of `prod` that touches nothing it did not write.
fn sync_body(project: &str, connection: &str, account: &str) -> Value {
    json!({
        "name": "shop-prod",
        "projectId": project,
        "connectionId": connection,
        "environment": "prod",
        "secretPath": "/",
        "isAutoSyncEnabled": true,
        "syncOptions": {"initialSyncBehavior": "overwrite-destination", "unmanagedSecrets": "keep"},
        "destinationConfig": {"accountId": account, "accountName": "Acme"},
    })
}

fn text(body: &Value, pointer: &str) -> String {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {body}")).to_owned()
}

//! What a client finds: a project with a tag and an import, an identity that may do everything and one that may do nothing.

use std::process::Command;

use keyferry_test_support::{TestBackend, canary};
use serde_json::{Value, json};

use crate::harness::{Client, Installation, Server};

/// A server for one client alone.
pub struct World {
    /// What the script is told, without the prefix `KEYFERRY_CLIENTS_`.
    told: Vec<(&'static str, String)>,
    _server: Server,
    _installation: Installation,
}

impl World {
    pub async fn new(backend: TestBackend) -> Self {
        let installation = Installation::new(backend, "http://127.0.0.1:1".to_owned()).await;
        let server = installation.start().await;
        let told = set_up(&server).await;
        Self { told, _server: server, _installation: installation }
    }

    /// Puts all of it into a command's environment.
    pub fn tell(&self, command: &mut Command) {
        command.envs(self.told.iter().map(|(name, value)| (format!("KEYFERRY_CLIENTS_{name}"), value)));
    }
}

async fn set_up(server: &Server) -> Vec<(&'static str, String)> {
    let body = json!({"email": "ann@example.com", "password": canary("password"), "organization": "Acme"});
    let done = server.client().post("/api/v1/admin/bootstrap", body).await;
    let token = text(&done, "/identity/credentials/token");
    let client = server.client().with_token(&token);
    let organization = text(&done, "/organization/id");
    let project = client.post("/api/v2/workspace", json!({"projectName": "Shop", "slug": "client-shop"})).await;
    let id = text(&project, "/project/id");
    let all = identity(&client, &organization, "admin").await;
    client.post(&format!("/api/v2/workspace/{id}/identity-memberships/{}", all.id), json!({"role": "admin"})).await;
    let stranger = identity(&client, &organization, "no-access").await;
    let tag = client.post(&format!("/api/v1/workspace/{id}/tags"), json!({"slug": "client", "color": ""})).await;
    let import = json!({"workspaceId": id, "environment": "staging", "path": "/", "import": {"environment": "dev", "path": "/"}});
    client.post("/api/v1/secret-imports", import).await;
    vec![
        ("URL", server.url()),
        ("TOKEN", token),
        ("PROJECT_ID", id),
        ("PROJECT_SLUG", text(&project, "/project/slug")),
        ("TAG_ID", text(&tag, "/tag/id")),
        ("IDENTITY_ID", all.id),
        ("CLIENT_ID", all.client_id),
        ("CLIENT_SECRET", all.client_secret),
        ("STRANGER_ID", stranger.client_id),
        ("STRANGER_SECRET", stranger.client_secret),
        ("MEMBER", text(&done, "/user/username")),
        ("MEMBER_ID", text(&done, "/user/id")),
        ("KMS", "no".to_owned()),
    ]
}

struct Identity {
    id: String,
    client_id: String,
    client_secret: String,
}

/// An identity with universal auth and this role in the organization.
async fn identity(client: &Client, organization: &str, role: &str) -> Identity {
    let body = json!({"name": format!("{role} client"), "organizationId": organization, "role": role});
    let id = text(&client.post("/api/v1/identities", body).await, "/identity/id");
    let method = format!("/api/v1/auth/universal-auth/identities/{id}");
    let client_id = text(&client.post(&method, json!({})).await, "/identityUniversalAuth/clientId");
    let client_secret = text(&client.post(&format!("{method}/client-secrets"), json!({})).await, "/clientSecret");
    Identity { id, client_id, client_secret }
}

fn text(body: &Value, pointer: &str) -> String {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {body}")).to_owned()
}

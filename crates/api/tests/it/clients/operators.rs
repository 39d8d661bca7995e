//! The Kubernetes operator's own end-to-end order, and External Secrets.

use http::Method;
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::{Client, EMAIL, PASSWORD, pairs, set_up, text};

/// From bootstrap to taking everything down (core API contract, section 15).
#[tokio::test]
async fn the_operators_acceptance_walk() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let organization = text(&done, "/organization/id").to_owned();
        let operator = Client::new(&server, "k8-operator");
        let proved = operator.post("/api/v3/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await;
        let chosen = operator
            .with_token(text(&proved, "/accessToken"))
            .post("/api/v3/auth/select-organization", json!({"organizationId": organization}))
            .await;
        let user = operator.with_token(text(&chosen, "/token"));

        let made = user.post("/api/v1/projects", json!({"projectName": "Operator", "shouldCreateDefaultEnvs": true})).await;
        let (project, slug) = (text(&made, "/project/id").to_owned(), text(&made, "/project/slug").to_owned());
        let invite = json!({"email": "bob@example.com", "inviteeEmails": ["bob@example.com"], "organizationId": organization});
        user.post("/api/v1/invite-org/signup", invite).await;
        let members = format!("/api/v1/projects/{project}/memberships");
        let joined = user.post(&members, json!({"usernames": ["bob@example.com"], "roleSlugs": ["member"]})).await;
        assert_eq!(joined["memberships"].as_array().map(Vec::len), Some(1), "{joined}");

        let made =
            user.post("/api/v1/identities", json!({"name": "op", "organizationId": organization, "role": "no-access"})).await;
        let identity = text(&made, "/identity/id").to_owned();
        let membership = format!("/api/v1/projects/{project}/memberships/identities/{identity}");
        user.post(&membership, json!({"roles": [{"role": "admin"}]})).await;
        let method = format!("/api/v1/auth/universal-auth/identities/{identity}");
        let attached = user.post(&method, json!({"accessTokenTTL": 3600, "accessTokenMaxTTL": 7200})).await;
        let secret = user.post(&format!("{method}/client-secrets"), json!({"description": "operator"})).await;
        let credentials =
            json!({"clientId": attached["identityUniversalAuth"]["clientId"], "clientSecret": secret["clientSecret"]});
        let login = operator.post("/api/v1/auth/universal-auth/login", credentials).await;
        assert_eq!((&login["expiresIn"], &login["accessTokenMaxTTL"]), (&json!(3600), &json!(7200)));
        let machine = operator.with_token(text(&login, "/accessToken"));

        let body = json!({"projectId": project, "environment": "dev", "secretPath": "/", "secretValue": "v", "type": "shared"});
        assert_eq!(machine.post("/api/v4/secrets/KEY", body).await["secret"]["version"], 1);
        let body = json!({"projectId": project, "environment": "staging", "name": "app", "path": "/"});
        assert_eq!(machine.post("/api/v2/folders", body).await["folder"]["path"], "/app");
        let import = json!({"environment": "dev", "path": "/"});
        let body = json!({"projectId": project, "environment": "staging", "path": "/app", "import": import});
        assert_eq!(machine.post("/api/v2/secret-imports", body).await["secretImport"]["importEnv"]["slug"], "dev");
        let body = json!({"name": "QA", "slug": "qa"});
        let environment = machine.post(&format!("/api/v1/projects/{project}/environments"), body).await;
        assert_eq!((&environment["projectId"], &environment["environment"]["slug"]), (&json!(project), &json!("qa")));
        let tag = machine.post(&format!("/api/v1/projects/{project}/tags"), json!({"slug": "team", "color": "#fff"})).await;
        assert_eq!(tag["tag"]["name"], "team");
        assert_eq!(machine.get(&format!("/api/v1/projects/slug/{slug}")).await["id"], project, "bare, by slug");

        // What the operator then does every minute.
        let status = operator.get("/api/status").await;
        assert_eq!(status["message"], "Ok");
        let reading = format!(
            "/api/v4/secrets?projectId={project}&environment=staging&secretPath=%2Fapp&includeImports=true&recursive=false\
             &expandSecretReferences=true"
        );
        let read = machine.get(&reading).await;
        assert_eq!(pairs(&read["imports"][0]["secrets"]), [("KEY", "v")]);

        let revoked = machine.post("/api/v1/auth/token/revoke", json!({"accessToken": machine.token})).await;
        assert!(revoked["message"].is_string());
        machine.refused(Method::GET, &reading, Value::Null, 401).await;
        assert_eq!(user.delete(&format!("/api/v1/projects/{project}"), Value::Null).await["project"]["id"], project);
        user.gone(&format!("/api/v1/projects/{project}")).await;
        user.delete(&format!("/api/v1/identities/{identity}"), Value::Null).await;
        user.gone(&format!("/api/v1/identities/{identity}")).await;
    })
    .await;
}

/// A read with a slug beside an empty id, a push, and the end of the session.
#[tokio::test]
async fn external_secrets_reads_pushes_and_closes() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let admin = Client::new(&server, "infisical-go-sdk").with_token(text(&done, "/identity/credentials/token"));
        let made = admin.post("/api/v2/workspace", json!({"projectName": "Shop", "slug": "eso-shop"})).await;
        let project = text(&made, "/project/id").to_owned();
        let method = format!("/api/v1/auth/universal-auth/identities/{}", text(&done, "/identity/id"));
        let attached = admin.post(&method, json!({})).await;
        let secret = admin.post(&format!("{method}/client-secrets"), json!({})).await;
        let credentials = json!({
            "clientId": attached["identityUniversalAuth"]["clientId"], "clientSecret": secret["clientSecret"], "organizationSlug": "",
        });
        let login = admin.with_token("").post("/api/v1/auth/universal-auth/login", credentials).await;
        let eso = admin.with_token(text(&login, "/accessToken"));

        let list = "/api/v3/secrets/raw?environment=dev&expandSecretReferences=true&include_imports=true&recursive=false\
                    &secretPath=%2F&tagSlugs=&workspaceId=&workspaceSlug=eso-shop";
        assert_eq!(eso.get(list).await, json!({"secrets": [], "imports": []}));
        let one = "/api/v3/secrets/raw/TOKEN?environment=dev&expandSecretReferences=true&include_imports=true&secretPath=%2F&type=shared\
                   &workspaceSlug=eso-shop";
        eso.gone(one).await;
        assert_eq!(eso.get("/api/v1/projects/slug/eso-shop").await["id"], project);
        eso.gone("/api/v1/projects/slug/nobody").await;
        eso.gone("/api/v1/workspace/slug/nobody").await;
        let mut body = json!({
            "workspaceId": project, "environment": "dev", "secretPath": "/", "secretValue": "a\nb", "type": "shared",
            "secretComment": "", "skipMultilineEncoding": true, "secretMetadata": null, "tagIds": null,
        });
        eso.post("/api/v3/secrets/raw/TOKEN", body.clone()).await;
        body["secretValue"] = json!("c");
        assert_eq!(eso.patch("/api/v3/secrets/raw/TOKEN", body.clone()).await["secret"]["version"], 2);
        assert_eq!(text(&eso.get(one).await, "/secret/secretValue"), "c");
        assert_eq!(text(&eso.get(&format!("{one}&version=1")).await, "/secret/secretValue"), "a\nb");
        body["workspaceId"] = json!("00000000-0000-4000-8000-000000000000");
        eso.refused(Method::PATCH, "/api/v3/secrets/raw/TOKEN", body, 404).await;
        let body = json!({"workspaceId": project, "environment": "dev", "secretPath": "/", "type": "shared"});
        eso.delete("/api/v3/secrets/raw/TOKEN", body).await;
        eso.gone(one).await;
        eso.post("/api/v1/auth/token/revoke", json!({"accessToken": eso.token})).await;
        eso.refused(Method::GET, list, Value::Null, 401).await;
    })
    .await;
}

//! The command line `infisical`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, Request, StatusCode, header};
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::{Client, EMAIL, PASSWORD, pairs, set_up, text};

/// What the CLI decodes from a token; it does not verify it.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// `infisical login --email --password --organization-id`.
async fn login<'a>(client: &Client<'a>) -> Client<'a> {
    let body = json!({"email": EMAIL, "password": PASSWORD, "providerAuthToken": "", "captchaToken": ""});
    let proved = client.post("/api/v3/auth/login", body).await;
    let client = client.with_token(text(&proved, "/accessToken"));
    let listed = client.get("/api/v1/organization").await;
    let organization = text(&listed, "/organizations/0/id").to_owned();
    assert_eq!(listed["organizations"][0]["name"], "Acme");
    let chosen =
        client.post("/api/v3/auth/select-organization", json!({"organizationId": organization, "userAgent": "cli"})).await;
    assert_eq!(chosen["isMfaEnabled"], false);
    client.with_token(text(&chosen, "/token"))
}

/// A project of the signed-in user; answers its id.
async fn project(client: &Client<'_>) -> String {
    let made = client.post("/api/v2/workspace", json!({"projectName": "Shop", "type": "secret-manager"})).await;
    text(&made, "/project/id").to_owned()
}

/// The read behind `secrets`, `run` and `export`, with every key explicit.
fn listing(project: &str, path: &str) -> String {
    format!(
        "/api/v4/secrets?projectId={project}&environment=dev&secretPath={path}&includeImports=true&recursive=false\
         &expandSecretReferences=true&includePersonalOverrides=true"
    )
}

#[tokio::test]
async fn bootstrap_prints_what_it_decodes() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        for pointer in [
            "/message",
            "/user/id",
            "/user/email",
            "/user/firstName",
            "/user/lastName",
            "/user/username",
            "/organization/id",
            "/organization/name",
            "/organization/slug",
            "/identity/id",
            "/identity/name",
            "/identity/credentials/token",
        ] {
            assert!(!text(&done, pointer).is_empty(), "{pointer}");
        }
        assert_eq!(done["user"]["superAdmin"], true);
        let client = Client::new(&server, "cli");
        let body = json!({"email": EMAIL, "password": PASSWORD, "organization": "Acme", "domain": ""});
        let again = client.refused(Method::POST, "/api/v1/admin/bootstrap", body, 400).await;
        assert_eq!(again["message"], "Instance has already been set up");
        let token = text(&done, "/identity/credentials/token");
        assert_eq!(claims(token).get("exp"), None, "the token of an installation does not end");
        let details = client.with_token(token).get("/api/v1/identities/details").await;
        assert_eq!(details["identityDetails"]["organization"]["name"], "Acme");
    })
    .await;
}

#[tokio::test]
async fn login_and_init() {
    on_each_backend(|world| async {
        let (server, _) = set_up(world).await;
        let client = Client::new(&server, "cli");
        client.get("/api/status").await;
        let wrong = json!({"email": EMAIL, "password": "wrong", "providerAuthToken": "", "captchaToken": ""});
        client.refused(Method::POST, "/api/v3/auth/login", wrong, 400).await;
        // After a refusal the CLI falls back to the older exchange, and must be refused there too.
        let srp = json!({"email": EMAIL, "clientPublicKey": "00", "providerAuthToken": ""});
        client.refused(Method::POST, "/api/v3/auth/login1", srp, 400).await;

        let client = login(&client).await;
        let claims = claims(&client.token);
        assert!(claims["exp"].is_i64(), "a user's token without an end counts as ended: {claims}");
        assert!(claims["organizationId"].is_string() && claims["userId"].is_string(), "{claims}");
        assert_eq!(claims["authTokenType"], "accessToken");
        assert_eq!(client.post("/api/v1/auth/checkAuth", Value::Null).await["message"], "Authenticated");

        let id = project(&client).await;
        let with_sub = client.get("/api/v1/organization/accessible-with-sub-orgs").await;
        assert_eq!(with_sub["organizations"][0]["subOrganizations"], json!([]));
        let organization = text(&with_sub, "/organizations/0/id").to_owned();
        let chosen = client.post("/api/v3/auth/select-organization", json!({"organizationId": organization})).await;
        let listed = client.with_token(text(&chosen, "/token")).get("/api/v1/workspace").await;
        let found = &listed["workspaces"][0];
        assert_eq!((&found["_id"], &found["name"], &found["orgId"]), (&json!(id), &json!("Shop"), &json!(organization)));

        for (token, status) in [("", 401), ("made-up", 403)] {
            client.with_token(token).refused(Method::POST, "/api/v1/auth/checkAuth", Value::Null, status).await;
            client.with_token(token).refused(Method::GET, "/api/v1/identities/details", Value::Null, status).await;
        }
    })
    .await;
}

#[tokio::test]
async fn secrets_are_set_run_exported_and_deleted() {
    on_each_backend(|world| async {
        let (server, _) = set_up(world).await;
        let client = login(&Client::new(&server, "cli")).await;
        let project = project(&client).await;
        assert_eq!(client.get(&listing(&project, "/")).await, json!({"secrets": [], "imports": []}));

        // `secrets set HOST=… URL=… --tags=web`
        let tags = format!("/api/v1/projects/{project}/tags");
        client.gone(&format!("{tags}/slug/web")).await;
        let tag = client.post(&tags, json!({"slug": "web", "color": "", "name": "web"})).await;
        let tag = text(&tag, "/tag/id").to_owned();
        for (key, value) in [("HOST", "example.com"), ("URL", "https://${HOST}/")] {
            let body = json!({
                "secretName": key, "workspaceId": project, "type": "shared", "environment": "dev", "secretPath": "/",
                "secretValue": value, "secretComment": "", "skipMultilineEncoding": false, "tagIds": [tag],
            });
            let made = client.post(&format!("/api/v3/secrets/raw/{key}"), body).await;
            assert_eq!(text(&made, "/secret/secretValue"), value);
        }
        let answer = client.send(Method::GET, &listing(&project, "/"), Value::Null).await;
        assert_eq!(pairs(&answer.body["secrets"]), [("HOST", "example.com"), ("URL", "https://example.com/")]);
        let first = &answer.body["secrets"][0];
        assert_eq!(
            (&first["version"], &first["skipMultilineEncoding"], &first["type"]),
            (&json!(1), &json!(false), &json!("shared"))
        );
        assert_eq!((&first["tags"][0]["slug"], &first["tags"][0]["id"]), (&json!("web"), &json!(tag)));
        let etag = answer.headers[header::ETAG].clone();
        assert!(etag.to_str().unwrap().starts_with('"'), "{etag:?}");

        let body = json!({
            "secretName": "HOST", "workspaceId": project, "type": "shared", "environment": "dev", "secretPath": "/",
            "secretValue": "example.org",
        });
        client.patch("/api/v3/secrets/raw/HOST", body).await;
        let tagged = client.get(&format!("{}&tagSlugs=web", listing(&project, "/"))).await;
        assert_eq!(tagged["secrets"].as_array().unwrap().len(), 2);
        // `secrets set --type=personal`, over the shared one, for its owner alone.
        let mut personal = json!({
            "secretName": "HOST", "workspaceId": project, "type": "personal", "environment": "dev", "secretPath": "/",
            "secretValue": "localhost",
        });
        client.post("/api/v3/secrets/raw/HOST", personal.clone()).await;
        personal["secretValue"] = json!("127.0.0.1");
        client.patch("/api/v3/secrets/raw/HOST", personal).await;
        let answer = client.send(Method::GET, &listing(&project, "/"), Value::Null).await;
        assert_eq!(pairs(&answer.body["secrets"])[0], ("HOST", "127.0.0.1"), "an override takes the place");
        assert_ne!(answer.headers[header::ETAG], etag, "what changed has another tag");

        // `secrets delete HOST URL`
        for (key, kind) in [("HOST", "personal"), ("HOST", "shared"), ("URL", "shared")] {
            let body = json!({"secretName": key, "workspaceId": project, "environment": "dev", "type": kind, "secretPath": "/"});
            let gone = client.delete(&format!("/api/v3/secrets/raw/{key}"), body).await;
            assert_eq!((text(&gone, "/secret/secretKey"), text(&gone, "/secret/type")), (key, kind));
        }
        let body =
            json!({"secretName": "URL", "workspaceId": project, "environment": "dev", "type": "shared", "secretPath": "/"});
        client.refused(Method::DELETE, "/api/v3/secrets/raw/URL", body, 404).await;
        assert_eq!(client.get(&listing(&project, "/")).await["secrets"], json!([]));
        client.refused(Method::GET, &listing(&project, "/nowhere"), Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn folders_go_by_directory() {
    on_each_backend(|world| async {
        let (server, _) = set_up(world).await;
        let client = login(&Client::new(&server, "cli")).await;
        let project = project(&client).await;
        let listing = |directory: &str| format!("/api/v1/folders?environment=dev&workspaceId={project}&directory={directory}");
        assert_eq!(client.get(&listing("/")).await["folders"], json!([]));
        let body = json!({"name": "app", "workspaceId": project, "environment": "dev", "path": "/", "directory": ""});
        let made = client.post("/api/v1/folders", body).await;
        let body = json!({"name": "inner", "workspaceId": project, "environment": "dev", "path": "/app"});
        client.post("/api/v1/folders", body).await;
        let listed = client.get(&listing("/")).await;
        assert_eq!((&listed["folders"][0]["id"], &listed["folders"][0]["name"]), (&made["folder"]["id"], &json!("app")));
        assert_eq!(client.get(&listing("%2Fapp")).await["folders"][0]["name"], "inner");
        for (name, directory) in [("inner", "/app"), ("app", "/")] {
            let body = json!({
                "folderName": name, "workspaceId": project, "environment": "dev", "directory": directory, "foldersPath": directory,
            });
            let gone = client.delete(&format!("/api/v1/folders/{name}"), body).await;
            assert_eq!(gone["folder"]["name"], name);
        }
        assert_eq!(client.get(&listing("/")).await["folders"], json!([]));
    })
    .await;
}

/// `login --method=universal-auth`, `token renew`, and what the agent asks.
#[tokio::test]
async fn a_machine_signs_in_renews_and_watches() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let admin = Client::new(&server, "cli").with_token(text(&done, "/identity/credentials/token"));
        let project = project(&admin).await;
        let id = text(&done, "/identity/id").to_owned();
        let method = format!("/api/v1/auth/universal-auth/identities/{id}");
        let client_id = text(&admin.post(&method, json!({})).await, "/identityUniversalAuth/clientId").to_owned();
        let made = admin.post(&format!("{method}/client-secrets"), json!({})).await;
        let body = json!({"clientId": client_id, "clientSecret": text(&made, "/clientSecret"), "organizationSlug": ""});
        let client = Client::new(&server, "cli");
        let proved = client.post("/api/v1/auth/universal-auth/login/", body).await;
        for field in ["expiresIn", "accessTokenMaxTTL"] {
            assert!(proved[field].is_u64(), "{proved}");
        }
        let renewed = client.post("/api/v1/auth/token/renew", json!({"accessToken": proved["accessToken"]})).await;
        let agent = client.with_token(text(&renewed, "/accessToken"));
        let body = json!({"workspaceId": project, "environment": "dev", "secretPath": "/", "secretValue": "1", "type": "shared"});
        agent.post("/api/v3/secrets/raw/ONE", body).await;
        let one =
            format!("/api/v4/secrets/ONE?projectId={project}&environment=dev&secretPath=%2F&type=shared&includeImports=true");
        let answer = agent.send(Method::GET, &one, Value::Null).await;
        assert_eq!(text(&answer.body, "/secret/secretValue"), "1");
        let asked = Request::get(&one)
            .header(header::AUTHORIZATION, format!("Bearer {}", agent.token))
            .header(header::IF_NONE_MATCH, &answer.headers[header::ETAG]);
        let unchanged = agent.exchange(asked.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
        let slug = agent.get(&format!("/api/v1/workspace/{project}")).await;
        let slug = text(&slug, "/workspace/slug").to_owned();
        assert_eq!(agent.get(&format!("/api/v1/projects/slug/{slug}")).await["id"], project);
    })
    .await;
}

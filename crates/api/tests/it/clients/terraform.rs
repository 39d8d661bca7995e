//! The Terraform provider: each resource is created, read back as it was written (an empty plan), changed, read, and destroyed;
//! a read after that is 404, which the provider takes for "gone".

use http::Method;
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::{Client, set_up, text};
use crate::sign_in_walk::Server;

/// What a run of the provider works in.
struct Run<'a> {
    terraform: Client<'a>,
    organization: String,
    project: String,
    slug: String,
}

impl<'a> Run<'a> {
    async fn start(server: &'a Server, done: &Value) -> Self {
        let terraform = Client::new(server, "terraform").with_token(text(done, "/identity/credentials/token"));
        let body = json!({"projectName": "Shop", "slug": "tf-shop", "projectDescription": "", "type": "secret-manager"});
        let made = terraform.post("/api/v2/workspace", body).await;
        Self {
            terraform,
            organization: text(done, "/organization/id").to_owned(),
            project: text(&made, "/project/id").to_owned(),
            slug: text(&made, "/project/slug").to_owned(),
        }
    }

    async fn identity(&self, name: &str) -> String {
        let body = json!({"name": name, "organizationId": self.organization, "role": "member", "metadata": [], "hasDeleteProtection": false});
        text(&self.terraform.post("/api/v1/identities", body).await, "/identity/id").to_owned()
    }
}

#[tokio::test]
async fn projects_and_environments() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let run = Run::start(&server, &done).await;
        let (terraform, project) = (&run.terraform, &run.project);
        let by_id = terraform.get(&format!("/api/v1/projects/{project}")).await;
        assert_eq!((&by_id["project"]["name"], &by_id["project"]["slug"]), (&json!("Shop"), &json!("tf-shop")));
        assert!(by_id["project"]["version"].is_i64(), "{by_id}");
        let read = terraform.get(&format!("/api/v2/workspace/{}", run.slug)).await;
        assert_eq!((&read["id"], &read["name"]), (&json!(project), &json!("Shop")));
        let body = json!({"name": "Store", "description": "all of it", "hasDeleteProtection": false});
        terraform.patch(&format!("/api/v2/workspace/{}", run.slug), body).await;
        let read = terraform.get(&format!("/api/v1/workspace/{project}")).await;
        let read = &read["workspace"];
        assert_eq!(
            (&read["name"], &read["description"], &read["slug"]),
            (&json!("Store"), &json!("all of it"), &json!("tf-shop"))
        );
        assert_eq!(read["environments"].as_array().map(Vec::len), Some(3));
        let retention = format!("/api/v1/workspace/{}/audit-logs-retention", run.slug);
        terraform.ok(Method::PUT, &retention, json!({"auditLogsRetentionDays": 30})).await;
        assert_eq!(terraform.get(&format!("/api/v1/projects/{project}")).await["project"]["auditLogsRetentionDays"], 30);

        let body = json!({"name": "Canary", "slug": "canary", "position": 2, "projectId": project, "workspaceId": project});
        let made = terraform.post(&format!("/api/v1/workspace/{project}/environments"), body).await;
        let id = text(&made, "/environment/id").to_owned();
        let read = terraform.get(&format!("/api/v1/workspace/environments/{id}")).await;
        let read = &read["environment"];
        assert_eq!((&read["name"], &read["slug"], &read["position"]), (&json!("Canary"), &json!("canary"), &json!(2)));
        let path = format!("/api/v1/workspace/{project}/environments/{id}");
        terraform.patch(&path, json!({"name": "Bird", "slug": "bird", "position": 4})).await;
        let read = terraform.get(&format!("/api/v1/projects/{project}/environments/slug/bird")).await;
        assert_eq!((&read["environment"]["id"], &read["environment"]["position"]), (&json!(id), &json!(4)));
        terraform.delete(&path, Value::Null).await;
        terraform.gone(&format!("/api/v1/workspace/environments/{id}")).await;
        terraform.gone(&format!("/api/v1/projects/{project}/environments/slug/bird")).await;

        terraform.delete(&format!("/api/v2/workspace/{}", run.slug), Value::Null).await;
        terraform.gone(&format!("/api/v2/workspace/{}", run.slug)).await;
        terraform.gone(&format!("/api/v1/projects/{project}")).await;
    })
    .await;
}

#[tokio::test]
async fn folders_secrets_tags_and_imports() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let run = Run::start(&server, &done).await;
        let (terraform, project) = (&run.terraform, &run.project);

        let body = json!({"workspaceId": project, "environment": "dev", "name": "app", "path": "/"});
        let folder = text(&terraform.post("/api/v1/folders", body).await, "/folder/id").to_owned();
        let read = terraform.get(&format!("/api/v1/folders/{folder}")).await;
        let read = &read["folder"];
        assert_eq!((&read["name"], &read["path"], &read["environment"]["envSlug"]), (&json!("app"), &json!("/app"), &json!("dev")));
        let body = json!({"workspaceId": project, "environment": "dev", "name": "web", "path": "/"});
        terraform.patch(&format!("/api/v1/folders/{folder}"), body).await;
        let by_path = terraform.get(&format!("/api/v1/folders/{project}/dev/%2Fweb")).await;
        assert_eq!((&by_path["folder"]["id"], &by_path["folder"]["path"]), (&json!(folder), &json!("/web")));
        let listed = terraform.get(&format!("/api/v1/folders?workspaceId={project}&environment=dev&path=%2F")).await;
        assert_eq!(listed["folders"][0]["id"], json!(folder));

        let tags = format!("/api/v1/workspace/{project}/tags");
        let made = terraform.post(&tags, json!({"name": "blue", "slug": "blue", "color": "#0000ff"})).await;
        let tag = text(&made, "/tag/id").to_owned();
        terraform.patch(&format!("{tags}/{tag}"), json!({"slug": "navy", "color": "#000080"})).await;
        let read = terraform.get(&format!("{tags}/slug/navy")).await;
        assert_eq!((&read["tag"]["id"], &read["tag"]["color"]), (&json!(tag), &json!("#000080")));

        // Reminders are always sent, empty ones too; lists that nobody set are `null`.
        let body = |value: &str, tags: Value| {
            json!({
                "workspaceId": project, "environment": "dev", "type": "shared", "secretPath": "/web", "secretValue": value,
                "secretComment": "", "secretReminderNote": "", "secretReminderRepeatDays": 0, "tagIds": tags, "secretMetadata": null,
            })
        };
        let made = terraform.post("/api/v3/secrets/raw/TOKEN", body("${OTHER}", Value::Null)).await;
        let id = text(&made, "/secret/id").to_owned();
        let by_name =
            format!("/api/v3/secrets/raw/TOKEN?environment=dev&secretPath=%2Fweb&type=shared&workspaceId={project}");
        let read = terraform.get(&by_name).await;
        assert_eq!((text(&read, "/secret/id"), text(&read, "/secret/secretValue")), (id.as_str(), "${OTHER}"), "as written: no drift");
        let mut change = body("v2", json!([tag]));
        change["newSecretName"] = json!("TOKEN_2");
        change["secretReminderNote"] = json!("rotate");
        change["secretReminderRepeatDays"] = json!(30);
        terraform.patch("/api/v3/secrets/raw/TOKEN", change).await;
        let read = terraform.get(&format!("/api/v3/secrets/raw/id/{id}")).await;
        let read = &read["secret"];
        assert_eq!((&read["secretKey"], &read["secretValue"], &read["secretPath"]), (&json!("TOKEN_2"), &json!("v2"), &json!("/web")));
        assert_eq!((&read["secretReminderNote"], &read["secretReminderRepeatDays"]), (&json!("rotate"), &json!(30)));
        assert_eq!((&read["tags"][0]["id"], &read["environment"]), (&json!(tag), &json!("dev")));
        let mut plain = body("v3", Value::Null);
        plain["secretReminderNote"] = json!("");
        terraform.patch("/api/v3/secrets/raw/TOKEN_2", plain).await;
        let read = terraform.get(&format!("/api/v3/secrets/raw/id/{id}")).await;
        assert_eq!(read["secret"]["tags"][0]["id"], json!(tag), "no list leaves the tags");

        let import = json!({"environment": "dev", "path": "/web"});
        let asked = json!({"workspaceId": project, "environment": "prod", "path": "/", "import": import, "isReplication": false});
        let made = terraform.post("/api/v1/secret-imports", asked).await;
        let import = text(&made, "/secretImport/id").to_owned();
        let path = format!("/api/v1/secret-imports/{import}");
        let read = terraform.get(&path).await;
        let read = &read["secretImport"];
        assert_eq!((&read["importPath"], &read["importEnv"]["slug"], &read["isReplication"]), (&json!("/web"), &json!("dev"), &json!(false)));
        assert_eq!((&read["environment"]["slug"], &read["secretPath"], &read["projectId"]), (&json!("prod"), &json!("/"), &json!(project)));
        let change = json!({"environment": "staging", "path": "/"});
        terraform.patch(&path, json!({"workspaceId": project, "environment": "prod", "path": "/", "import": change})).await;
        assert_eq!(terraform.get(&path).await["secretImport"]["importEnv"]["slug"], "staging");

        terraform.delete(&path, json!({"workspaceId": project, "environment": "prod", "path": "/"})).await;
        terraform.gone(&path).await;
        let place = json!({"workspaceId": project, "environment": "dev", "type": "shared", "secretPath": "/web"});
        terraform.delete("/api/v3/secrets/raw/TOKEN_2", place).await;
        terraform.gone(&format!("/api/v3/secrets/raw/id/{id}")).await;
        terraform.delete(&format!("{tags}/{tag}"), Value::Null).await;
        terraform.gone(&format!("{tags}/{tag}")).await;
        terraform.gone(&format!("{tags}/slug/navy")).await;
        terraform.delete(&format!("/api/v2/folders/{folder}"), json!({"projectId": project, "environment": "dev", "path": "/"})).await;
        terraform.gone(&format!("/api/v1/folders/{folder}")).await;
    })
    .await;
}

#[tokio::test]
async fn identities_and_how_they_sign_in() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let run = Run::start(&server, &done).await;
        let terraform = &run.terraform;
        let metadata = json!([{"key": "team", "value": "a"}, {"key": "cost", "value": "b"}]);
        let body = json!({
            "name": "ci", "organizationId": run.organization, "role": "member", "metadata": metadata, "hasDeleteProtection": false,
        });
        let id = text(&terraform.post("/api/v1/identities", body).await, "/identity/id").to_owned();
        let path = format!("/api/v1/identities/{id}");
        let read = terraform.get(&path).await;
        let read = &read["identity"];
        assert_eq!((&read["identity"]["name"], &read["role"], &read["identityId"]), (&json!("ci"), &json!("member"), &json!(id)));
        let keys: Vec<&str> = read["metadata"].as_array().unwrap().iter().map(|pair| text(pair, "/key")).collect();
        assert_eq!(keys, ["team", "cost"], "in the order given");
        terraform.patch(&path, json!({"name": "cd", "role": "no-access", "metadata": [], "hasDeleteProtection": true})).await;
        let read = terraform.get(&path).await;
        assert_eq!((&read["identity"]["identity"]["name"], &read["identity"]["metadata"]), (&json!("cd"), &json!([])));
        terraform.refused(Method::DELETE, &path, Value::Null, 400).await;
        terraform.patch(&path, json!({"name": "cd", "role": "no-access", "metadata": [], "hasDeleteProtection": false})).await;

        let method = format!("/api/v1/auth/universal-auth/identities/{id}");
        let anywhere = json!([{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}]);
        let body = json!({
            "clientSecretTrustedIps": anywhere, "accessTokenTrustedIps": [{"ipAddress": "10.0.0.0/8"}], "accessTokenTTL": 60,
            "accessTokenMaxTTL": 120, "accessTokenNumUsesLimit": 5, "accessTokenPeriod": 0,
        });
        terraform.post(&method, body.clone()).await;
        let read = terraform.get(&method).await;
        let read = &read["identityUniversalAuth"];
        assert_eq!((&read["accessTokenTTL"], &read["accessTokenMaxTTL"]), (&json!(60), &json!(120)));
        assert_eq!((&read["accessTokenNumUsesLimit"], &read["clientSecretTrustedIps"][1]["ipAddress"]), (&json!(5), &json!("::")));
        assert_eq!(
            (&read["accessTokenTrustedIps"][0]["ipAddress"], &read["accessTokenTrustedIps"][0]["prefix"]),
            (&json!("10.0.0.0"), &json!(8))
        );
        let mut change = body;
        change["accessTokenTTL"] = json!(90);
        terraform.patch(&method, change).await;
        assert_eq!(terraform.get(&method).await["identityUniversalAuth"]["accessTokenTTL"], 90);
        assert_eq!(terraform.get(&path).await["identity"]["identity"]["authMethods"], json!(["universal-auth"]));

        let secrets = format!("{method}/client-secrets");
        let made = terraform.post(&secrets, json!({"description": "tf", "numUsesLimit": 3, "ttl": 86400})).await;
        assert_eq!(text(&made, "/clientSecret").len(), 64);
        let secret = text(&made, "/clientSecretData/id").to_owned();
        let read = terraform.get(&format!("{secrets}/{secret}")).await;
        let read = &read["clientSecretData"];
        assert_eq!((&read["description"], &read["clientSecretNumUsesLimit"]), (&json!("tf"), &json!(3)));
        assert_eq!((&read["clientSecretTTL"], &read["isClientSecretRevoked"]), (&json!(86400), &json!(false)));
        let revoked = terraform.post(&format!("{secrets}/{secret}/revoke"), Value::Null).await;
        assert_eq!(revoked["clientSecretData"]["isClientSecretRevoked"], true);
        terraform.gone(&format!("{secrets}/{secret}")).await;
        terraform.delete(&method, Value::Null).await;
        terraform.gone(&method).await;

        let method = format!("/api/v1/auth/token-auth/identities/{id}");
        let body = json!({"accessTokenTTL": 0, "accessTokenMaxTTL": 0, "accessTokenNumUsesLimit": 0, "accessTokenTrustedIps": anywhere});
        terraform.post(&method, body).await;
        let made = terraform.post(&format!("{method}/tokens"), json!({"name": "deploy"})).await;
        let token = text(&made, "/tokenData/id").to_owned();
        assert_eq!(terraform.get(&format!("/api/v1/auth/token-auth/tokens/{token}")).await["token"]["name"], "deploy");
        terraform.post(&format!("/api/v1/auth/token-auth/tokens/{token}/revoke"), json!({})).await;
        terraform.delete(&method, Value::Null).await;
        terraform.gone(&method).await;
        terraform.delete(&path, Value::Null).await;
        terraform.gone(&path).await;
    })
    .await;
}

#[tokio::test]
async fn project_identities_and_roles() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let run = Run::start(&server, &done).await;
        let (terraform, project) = (&run.terraform, &run.project);

        let rules = json!([{
            "subject": "secrets", "action": ["describeSecret", "readValue"], "inverted": false,
            "conditions": {"environment": {"$in": ["dev"]}, "secretPath": {"$glob": "/app/**"}},
        }]);
        // What does not forbid need not say so.
        let mut written = rules.clone();
        written[0].as_object_mut().unwrap().remove("inverted");
        let roles = format!("/api/v2/workspace/{project}/roles");
        let body = json!({"slug": "reader", "name": "Reader", "description": "", "permissions": rules});
        let role = text(&terraform.post(&roles, body).await, "/role/id").to_owned();
        let read = terraform.get(&format!("{roles}/slug/reader")).await;
        assert_eq!((&read["role"]["id"], &read["role"]["permissions"]), (&json!(role), &written), "rules as written");
        let body = json!({"slug": "reader", "name": "Readers", "description": "all", "permissions": rules});
        terraform.patch(&format!("{roles}/{role}"), body).await;
        assert_eq!(terraform.get(&format!("/api/v1/projects/roles/{role}")).await["role"]["name"], "Readers");
        // The older resource goes by the project's slug and has one action a rule.
        let old = format!("/api/v1/workspace/{}/roles", run.slug);
        let rule = json!({"action": "read", "subject": "secrets", "conditions": {"environment": "dev", "secretPath": {"$glob": "/**"}}});
        let body = json!({"slug": "old-reader", "name": "Old", "description": "", "permissions": [rule]});
        let made = terraform.post(&old, body).await;
        assert_eq!(terraform.get(&format!("{old}/slug/old-reader")).await["role"]["permissions"][0]["subject"], "secrets");
        terraform.delete(&format!("{old}/{}", text(&made, "/role/id")), Value::Null).await;
        terraform.gone(&format!("{old}/slug/old-reader")).await;

        let identity = run.identity("worker").await;
        let path = format!("/api/v2/workspace/{project}/identity-memberships/{identity}");
        // Every key is there, with the zero values of the provider's language.
        let permanent = |role: &str| {
            json!({
                "role": role, "isTemporary": false, "temporaryMode": "", "temporaryRange": "",
                "temporaryAccessStartTime": "0001-01-01T00:00:00Z",
            })
        };
        terraform.post(&path, json!({"roles": [permanent("member")]})).await;
        let read = terraform.get(&path).await;
        let read = &read["identityMembership"];
        assert_eq!((&read["identityId"], &read["roles"][0]["role"]), (&json!(identity), &json!("member")));
        assert_eq!(read["roles"][0]["isTemporary"], false);
        let temporary = json!({
            "role": "viewer", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h",
            "temporaryAccessStartTime": "2026-01-31T10:20:30.000Z",
        });
        terraform.patch(&path, json!({"roles": [permanent("reader"), temporary]})).await;
        let read = terraform.get(&path).await;
        let granted = read["identityMembership"]["roles"].as_array().unwrap();
        let custom = granted.iter().find(|grant| grant["role"] == "custom").unwrap();
        assert_eq!((&custom["customRoleSlug"], &custom["customRoleId"]), (&json!("reader"), &json!(role)));
        let timed = granted.iter().find(|grant| grant["role"] == "viewer").unwrap();
        assert_eq!((&timed["temporaryRange"], &timed["temporaryMode"]), (&json!("1h"), &json!("relative")));
        assert_eq!(timed["temporaryAccessEndTime"], "2026-01-31T11:20:30.000Z");
        terraform.delete(&path, Value::Null).await;
        terraform.gone(&path).await;
        terraform.delete(&format!("{roles}/{role}"), Value::Null).await;
        terraform.gone(&format!("{roles}/slug/reader")).await;

        let body = json!({"slug": "auditor", "name": "Auditor", "description": "", "permissions": [{"subject": "audit-logs", "action": "read"}]});
        let made = terraform.post("/api/v1/organization/roles", body).await;
        let path = format!("/api/v1/organization/roles/{}", text(&made, "/role/id"));
        assert_eq!(terraform.get("/api/v1/organization/roles/slug/auditor").await["role"]["name"], "Auditor");
        terraform.delete(&path, Value::Null).await;
        terraform.gone(&path).await;
    })
    .await;
}

#[tokio::test]
async fn app_connections_and_secret_syncs() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let run = Run::start(&server, &done).await;
        let (terraform, project) = (&run.terraform, &run.project);
        let body = json!({
            "name": "checkly", "description": "", "method": "api-key", "credentials": {"apiKey": server.world.api_key},
            "projectId": project, "gatewayId": null,
        });
        let made = terraform.post("/api/v1/app-connections/checkly", body).await;
        let (id, hash) = (text(&made, "/appConnection/id").to_owned(), made["appConnection"]["credentialsHash"].clone());
        let connection = format!("/api/v1/app-connections/checkly/{id}");
        let read = terraform.get(&connection).await;
        let read = &read["appConnection"];
        assert_eq!((&read["credentialsHash"], &read["description"], &read["method"]), (&hash, &json!(""), &json!("api-key")));
        terraform.patch(&connection, json!({"name": "checkly-2", "description": "of the shop"})).await;
        let read = terraform.get(&connection).await;
        assert_eq!((&read["appConnection"]["name"], &read["appConnection"]["credentialsHash"]), (&json!("checkly-2"), &hash));

        let target = json!({"accountId": server.world.account_id, "accountName": "Acme EU"});
        let options = json!({"initialSyncBehavior": "overwrite-destination", "disableSecretDeletion": false, "keySchema": ""});
        let body = json!({
            "name": "prod", "description": "", "projectId": project, "connectionId": id, "environment": "prod", "secretPath": "/",
            "isAutoSyncEnabled": true, "syncOptions": options, "destinationConfig": target,
        });
        let made = terraform.post("/api/v1/secret-syncs/checkly", body.clone()).await;
        let sync = format!("/api/v1/secret-syncs/checkly/{}", text(&made, "/secretSync/id"));
        let read = terraform.get(&sync).await;
        let read = &read["secretSync"];
        assert_eq!(
            (&read["connection"]["id"], &read["environment"]["slug"], &read["folder"]["path"]),
            (&json!(id), &json!("prod"), &json!("/"))
        );
        assert_eq!((&read["syncOptions"]["keySchema"], &read["description"]), (&json!(""), &json!("")), "empty stays empty");
        assert_eq!((&read["destinationConfig"]["accountId"], &read["isAutoSyncEnabled"]), (&target["accountId"], &json!(true)));
        let mut change = body;
        change["name"] = json!("prod-2");
        change["isAutoSyncEnabled"] = json!(false);
        change["syncOptions"]["keySchema"] = json!("SHOP_{{secretKey}}");
        terraform.patch(&sync, change).await;
        let read = terraform.get(&sync).await;
        assert_eq!((&read["secretSync"]["name"], &read["secretSync"]["isAutoSyncEnabled"]), (&json!("prod-2"), &json!(false)));
        assert_eq!(read["secretSync"]["syncOptions"]["keySchema"], "SHOP_{{secretKey}}");

        terraform.delete(&format!("{sync}?removeSecrets=false"), Value::Null).await;
        terraform.gone(&sync).await;
        terraform.delete(&connection, Value::Null).await;
        terraform.gone(&connection).await;
    })
    .await;
}

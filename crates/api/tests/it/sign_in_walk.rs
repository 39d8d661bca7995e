//! The way from an empty installation to a machine that reads, over the wire and with real tokens (core API contract, section 15).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode, header};
use keyferry_http::{AppState, HttpConfig, Readiness, TokenAuthenticator};
use keyferry_test_support::World;
use serde_json::{Value, json};

use crate::support::{Answer, answer};

struct AlwaysReady;

#[async_trait::async_trait]
impl Readiness for AlwaysReady {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// The API of a world that has not been set up, with the installation's own proof of callers.
pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) router: Router,
}

impl Server {
    async fn new() -> Self {
        Self::over(World::new().await.unwrap()).await
    }

    pub(crate) async fn over(world: World) -> Self {
        let mut settings = keyferry_db::server_settings::find(world.app.db.read()).await.unwrap().unwrap();
        settings.is_initialized = false;
        let tx = world.app.db.begin().await.unwrap();
        keyferry_db::update(&tx, settings).await.unwrap();
        tx.commit().await.unwrap();
        let state = AppState {
            app: Arc::clone(&world.app),
            authenticator: Arc::new(TokenAuthenticator::new(Arc::clone(&world.app))),
            readiness: Arc::new(AlwaysReady),
        };
        let router = keyferry_http::app(keyferry_api::router::router(state), HttpConfig::default());
        Self { world, router }
    }

    async fn send(&self, peer: &str, headers: &[(&str, &str)], method: Method, path: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        let peer: SocketAddr = format!("{peer}:50000").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(&self.router, request).await
    }

    /// As the holder of a token; every answer must be a success.
    async fn ok(&self, token: &str, method: Method, path: &str, body: Value) -> Value {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("user-agent", "cli"), ("host", "localhost:8080")];
        let answer = self.send("127.0.0.1", &headers, method.clone(), path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.body);
        answer.body
    }

    async fn bootstrap(&self) -> Value {
        let body = json!({ "email": "Ada@Example.com", "password": " pass word ", "organization": "Acme", "domain": "ignored" });
        self.ok("", Method::POST, "/api/v1/admin/bootstrap", body).await
    }
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer} in {body}"))
}

#[tokio::test]
async fn only_a_request_from_this_machine_sets_up_without_the_token() {
    let server = Server::new().await;
    let body = || json!({ "email": "ada@example.com", "password": "p", "organization": "Acme" });
    let path = "/api/v1/admin/bootstrap";
    for (peer, headers) in [
        ("10.0.0.9", vec![("host", "localhost:8080")]),
        ("127.0.0.1", vec![("host", "keyferry.example.com")]),
        ("127.0.0.1", vec![]),
        ("127.0.0.1", vec![("host", "localhost"), ("x-forwarded-for", "127.0.0.1")]),
        ("127.0.0.1", vec![("host", "localhost"), ("forwarded", "for=127.0.0.1")]),
    ] {
        let refused = server.send(peer, &headers, Method::POST, path, body()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{peer} {headers:?}: {}", refused.body);
        assert!(text(&refused.body, "/message").contains("setup token"));
    }
    let made = server.bootstrap().await;
    assert_eq!(text(&made, "/user/email"), "ada@example.com");
    let again = server.send("127.0.0.1", &[("host", "localhost")], Method::POST, path, body()).await;
    assert_eq!((again.status, text(&again.body, "/message")), (StatusCode::BAD_REQUEST, "Instance has already been set up"));
    let config = server.ok("", Method::GET, "/api/v1/admin/config", Value::Null).await;
    assert_eq!(config["config"]["initialized"], true);
}

#[tokio::test]
async fn a_person_signs_in_refreshes_and_signs_out() {
    let server = Server::new().await;
    let made = server.bootstrap().await;
    let credentials = json!({ "email": "ADA@example.com ", "password": " pass word " });
    let login =
        |agent: &'static [(&str, &str)]| server.send("127.0.0.1", agent, Method::POST, "/api/v3/auth/login", credentials.clone());
    assert_eq!(login(&[]).await.body["error"], "User-Agent header is required");
    let signed_in = login(&[("user-agent", "cli")]).await;
    assert_eq!(signed_in.status, StatusCode::OK, "{}", signed_in.body);
    let token = text(&signed_in.body, "/accessToken");
    let listed = server.ok(token, Method::GET, "/api/v1/organization", Value::Null).await;
    assert_eq!(listed["organizations"][0]["name"], "Acme");
    let org = json!({ "organizationId": made["organization"]["id"], "userAgent": "cli" });
    let bearer = format!("Bearer {token}");
    let chosen = server
        .send(
            "127.0.0.1",
            &[("authorization", &bearer), ("user-agent", "cli")],
            Method::POST,
            "/api/v3/auth/select-organization",
            org,
        )
        .await;
    assert_eq!(chosen.body["isMfaEnabled"], false);
    let cookie = chosen.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("jid=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let token = text(&chosen.body, "/token").to_owned();
    let proved = server.ok(&token, Method::POST, "/api/v1/auth/checkAuth", json!({})).await;
    assert_eq!(proved["message"], "Authenticated");

    let jid = cookie.split(';').next().unwrap().to_owned();
    let refresh =
        async |jid: &str| server.send("127.0.0.1", &[("cookie", jid)], Method::POST, "/api/v1/auth/token", json!({})).await;
    let refreshed = refresh(&format!("a=b; {jid}")).await;
    assert_eq!(refreshed.body["organizationId"], made["organization"]["id"], "{}", refreshed.body);
    let reused = refresh(&jid).await;
    assert_eq!((reused.status, text(&reused.body, "/error")), (StatusCode::UNAUTHORIZED, "InvalidToken"));
    let missing = refresh("other=1").await;
    assert_eq!((missing.status, text(&missing.body, "/error")), (StatusCode::NOT_FOUND, "AuthTokenNotFound"));
    let bearer = format!("Bearer {token}");
    let stale = server.send("127.0.0.1", &[("authorization", &bearer)], Method::POST, "/api/v1/auth/checkAuth", json!({})).await;
    assert_eq!((stale.status, text(&stale.body, "/error")), (StatusCode::UNAUTHORIZED, "StaleSession"));

    let fresh = login(&[("user-agent", "cli")]).await;
    let token = text(&fresh.body, "/accessToken");
    server.ok(token, Method::POST, "/api/v1/auth/logout", json!({})).await;
    for path in ["/api/v3/auth/login1", "/api/v3/auth/login2"] {
        let legacy = server.send("127.0.0.1", &[("user-agent", "cli")], Method::POST, path, json!({})).await;
        assert_eq!(legacy.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_machine_is_made_signs_in_and_is_taken_away() {
    let server = Server::new().await;
    let made = server.bootstrap().await;
    let admin = text(&made, "/identity/credentials/token").to_owned();
    let org_id = made["organization"]["id"].clone();
    let details = server.ok(&admin, Method::GET, "/api/v1/identities/details", Value::Null).await;
    assert_eq!(details["identityDetails"]["organization"]["id"], org_id);

    let create =
        json!({ "name": "ci", "organizationId": org_id, "role": "member", "metadata": [{ "key": "team", "value": "web" }] });
    let identity = server.ok(&admin, Method::POST, "/api/v1/identities", create).await;
    let id = text(&identity, "/identity/id").to_owned();
    assert_eq!(
        (identity["identity"]["authMethods"].clone(), identity["identity"]["metadata"][0]["key"].clone()),
        (json!([]), json!("team"))
    );
    let method = format!("/api/v1/auth/universal-auth/identities/{id}");
    let attached =
        server.ok(&admin, Method::POST, &method, json!({ "accessTokenTrustedIps": [{ "ipAddress": "127.0.0.0/8" }] })).await;
    let attached = &attached["identityUniversalAuth"];
    assert_eq!(attached["accessTokenTrustedIps"], json!([{ "ipAddress": "127.0.0.0", "type": "ipv4", "prefix": 8 }]));
    assert_eq!(attached["lockoutCounterResetSeconds"], 30);
    let secret = server.ok(&admin, Method::POST, &format!("{method}/client-secrets"), json!({})).await;
    let login = json!({ "clientId": attached["clientId"], "clientSecret": secret["clientSecret"] });
    // The Rust SDK sends an empty Authorization header, the CLI a slash at the end.
    let headers = [("authorization", "")];
    let signed_in = server.send("127.0.0.1", &headers, Method::POST, "/api/v1/auth/universal-auth/login/", login.clone()).await;
    assert_eq!(signed_in.status, StatusCode::OK, "{}", signed_in.body);
    assert_eq!((&signed_in.body["tokenType"], &signed_in.body["expiresIn"]), (&json!("Bearer"), &json!(2_592_000)));
    let token = text(&signed_in.body, "/accessToken").to_owned();
    let read = server.ok(&token, Method::GET, &format!("/api/v1/identities/{id}"), Value::Null).await;
    assert_eq!(
        (&read["identity"]["role"], &read["identity"]["identity"]["authMethods"]),
        (&json!("member"), &json!(["universal-auth"]))
    );
    let bearer = format!("Bearer {token}");
    let elsewhere =
        server.send("10.0.0.9", &[("authorization", &bearer)], Method::GET, "/api/v1/identities/details", Value::Null).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    let spoofed = [("authorization", bearer.as_str()), ("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")];
    let spoofed = server.send("10.0.0.9", &spoofed, Method::GET, "/api/v1/identities/details", Value::Null).await;
    assert_eq!(spoofed.status, StatusCode::FORBIDDEN, "a5: an untrusted peer's headers say nothing");

    let renewed = server.ok("", Method::POST, "/api/v1/auth/token/renew", json!({ "accessToken": token })).await;
    let renewed = text(&renewed, "/accessToken").to_owned();
    server.ok("", Method::POST, "/api/v1/auth/token/revoke", json!({ "accessToken": renewed })).await;
    let bearer = format!("Bearer {token}");
    let revoked =
        server.send("127.0.0.1", &[("authorization", &bearer)], Method::GET, "/api/v1/identities/details", Value::Null).await;
    assert_eq!(
        (revoked.status, text(&revoked.body, "/message")),
        (StatusCode::UNAUTHORIZED, "Failed to authorize: token has been revoked")
    );

    let wrong = json!({ "clientId": attached["clientId"], "clientSecret": "x" });
    let refused = server.send("127.0.0.1", &[], Method::POST, "/api/v1/auth/universal-auth/login", wrong).await;
    assert_eq!((refused.status, text(&refused.body, "/message")), (StatusCode::UNAUTHORIZED, "Invalid credentials"));
    let conflict = server
        .send(
            "127.0.0.1",
            &[("authorization", &format!("Bearer {admin}"))],
            Method::PATCH,
            &method,
            json!({ "accessTokenTTL": 10, "accessTokenMaxTTL": 5 }),
        )
        .await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(conflict.body["message"][0]["message"], "Access Token TTL cannot be greater than Access Token Max TTL.");
    let bad = server
        .send(
            "127.0.0.1",
            &[("authorization", &format!("Bearer {admin}"))],
            Method::PATCH,
            &method,
            json!({ "clientSecretTrustedIps": [{ "ipAddress": "here" }] }),
        )
        .await;
    assert_eq!(
        (bad.status, text(&bad.body, "/message")),
        (StatusCode::BAD_REQUEST, "The IP is not a valid IPv4, IPv6, or CIDR block")
    );
    server.ok(&admin, Method::DELETE, &format!("/api/v1/identities/{id}"), Value::Null).await;
}

#[tokio::test]
async fn a_project_gets_its_members_and_roles() {
    let server = Server::new().await;
    let made = server.bootstrap().await;
    let admin = text(&made, "/identity/credentials/token").to_owned();
    let org_id: uuid::Uuid = text(&made, "/organization/id").parse().unwrap();
    let caller = keyferry_domain::authentication::authenticate(&server.world.app, &admin, keyferry_domain::Origin::default())
        .await
        .unwrap();
    let project = server.world.project_in(org_id, "demo", &caller).await.unwrap();
    let role = json!({
        "slug": "app-reader", "name": "App reader",
        "permissions": [{ "subject": "secrets", "action": "readValue", "conditions": { "secretPath": { "$glob": "/app/**" } } }]
    });
    let role = server.ok(&admin, Method::POST, &format!("/api/v2/workspace/{project}/roles"), role).await;
    assert_eq!(role["role"]["permissions"][0]["action"], json!(["readValue"]));
    let identity = server.ok(&admin, Method::POST, "/api/v1/identities", json!({ "name": "ci" })).await;
    let id = text(&identity, "/identity/id").to_owned();
    let zeroes = json!({ "roles": [{
        "role": "app-reader", "isTemporary": false, "temporaryMode": "", "temporaryRange": "", "temporaryAccessStartTime": "0001-01-01T00:00:00Z"
    }]});
    let families = [
        "/api/v2/workspace/{p}/identity-memberships",
        "/api/v1/projects/{p}/identity-memberships",
        "/api/v1/projects/{p}/memberships/identities",
    ];
    for family in families {
        let all = family.replace("{p}", &project.to_string());
        let one = format!("{all}/{id}");
        let added = server.ok(&admin, Method::POST, &one, zeroes.clone()).await;
        let by_id = format!("/api/v2/workspace/identity-memberships/{}", text(&added, "/identityMembership/id"));
        let read = server.ok(&admin, Method::GET, &by_id, Value::Null).await;
        assert_eq!(read["identityMembership"]["roles"][0]["customRoleSlug"], "app-reader");
        let temporary = json!({ "roles": [{
            "role": "viewer", "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "1h",
            "temporaryAccessStartTime": "2026-03-02T12:00:00Z"
        }]});
        let changed = server.ok(&admin, Method::PATCH, &one, temporary).await;
        assert_eq!(changed["roles"][0]["temporaryAccessEndTime"], "2026-03-02T13:00:00.000Z");
        assert_eq!(changed["identityMembership"]["roles"], changed["roles"], "both keys");
        let listed = server.ok(&admin, Method::GET, &format!("{all}?search=CI&offset=0&limit="), Value::Null).await;
        assert_eq!(listed["totalCount"], 1);
        server.ok(&admin, Method::DELETE, &one, Value::Null).await;
    }
    let bearer = format!("Bearer {admin}");
    let lasting = json!({ "roles": [{ "role": "viewer", "isTemporary": true, "temporaryRange": "soon" }] });
    let path = format!("/api/v1/projects/{project}/memberships/identities/{id}");
    let refused = server.send("127.0.0.1", &[("authorization", &bearer)], Method::POST, &path, lasting).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["message"].as_array().map(Vec::len), Some(2), "{}", refused.body);

    let invite = json!({ "inviteeEmails": ["bob@example.com"], "organizationRoleSlug": "member" });
    let invited = server.ok(&admin, Method::POST, "/api/v1/invite-org/signup", invite).await;
    let link = text(&invited, "/completeInviteLinks/0/link");
    let token = link.split("token=").nth(1).unwrap();
    server.ok("", Method::POST, "/api/v1/invite-org/accept", json!({ "token": token, "password": "bob's" })).await;
    let people = format!("/api/v1/projects/{project}/memberships");
    let added =
        server.ok(&admin, Method::POST, &people, json!({ "usernames": ["bob@example.com"], "roleSlugs": ["viewer"] })).await;
    let membership = text(&added, "/memberships/0/id").to_owned();
    let roles = json!({ "roles": [{ "role": "member", "isTemporary": false }] });
    server.ok(&admin, Method::PATCH, &format!("/api/v1/workspace/{project}/memberships/{membership}"), roles).await;
    let details = server
        .ok(
            &admin,
            Method::POST,
            &format!("/api/v1/workspace/{project}/memberships/details"),
            json!({ "username": "bob@example.com" }),
        )
        .await;
    assert_eq!(details["membership"]["roles"][0]["role"], "member");
    server
        .ok(&admin, Method::DELETE, &format!("/api/v2/workspace/{project}/memberships"), json!({ "emails": ["BOB@example.com"] }))
        .await;

    let role_id = text(&role, "/role/id");
    server.ok(&admin, Method::DELETE, &format!("/api/v2/workspace/{project}/roles/{role_id}"), Value::Null).await;
    let log = server
        .ok(
            &admin,
            Method::GET,
            &format!(
                "/api/v1/organization/audit-logs?projectId={project}&eventType=create-project-role,delete-project-role&limit=50"
            ),
            Value::Null,
        )
        .await;
    let kinds: Vec<&Value> = log["auditLogs"].as_array().unwrap().iter().map(|entry| &entry["event"]["type"]).collect();
    assert_eq!(kinds.len(), 2);
    assert_eq!(log["auditLogs"][0]["actor"]["type"], "identity");
}

#[tokio::test]
async fn a_person_with_a_second_factor_signs_in_as_the_command_line_does() {
    let server = Server::new().await;
    let body = server.bootstrap().await;
    let org_id = text(&body, "/organization/id").to_owned();
    let credentials = json!({ "email": "ada@example.com", "password": " pass word " });
    let sign_in = async || {
        let first = server.ok("", Method::POST, "/api/v3/auth/login", credentials.clone()).await;
        text(&first, "/accessToken").to_owned()
    };
    let select = async |token: &str| {
        let choice = json!({ "organizationId": org_id, "userAgent": "cli" });
        server.ok(token, Method::POST, "/api/v3/auth/select-organization", choice).await
    };
    let token = sign_in().await;
    let chosen = select(&token).await;
    assert_eq!(chosen["isMfaEnabled"], false);
    let token = text(&chosen, "/token").to_owned();
    let password = json!({ "password": " pass word " });
    let made = server.ok(&token, Method::POST, "/api/v1/user/me/totp/register", password.clone()).await;
    assert!(text(&made, "/otpUrl").contains(text(&made, "/secret")));
    let phone = keyferry_test_support::authenticator(text(&made, "/secret"));
    let now_s = || server.world.app.now_ms() / 1000;
    let done = server.ok(&token, Method::POST, "/api/v1/user/me/totp/verify", json!({ "totp": phone.code_at(now_s()) })).await;
    let token = text(&done, "/token").to_owned();
    assert_eq!(done["recoveryCodes"].as_array().unwrap().len(), 10);
    let state = server.ok(&token, Method::GET, "/api/v1/user/me/totp", Value::Null).await;
    assert_eq!(state, json!({ "isVerified": true, "recoveryCodesLeft": 10 }));
    assert_eq!(server.ok(&token, Method::GET, "/api/v1/user", Value::Null).await["user"]["isMfaEnabled"], true);

    let token = sign_in().await;
    let chosen = select(&token).await;
    assert_eq!((&chosen["isMfaEnabled"], &chosen["mfaMethod"]), (&json!(true), &json!("totp")));
    let challenge = text(&chosen, "/token").to_owned();
    assert_eq!(
        server.ok(&challenge, Method::GET, "/api/v2/auth/mfa/check/totp", Value::Null).await,
        json!({ "isVerified": true })
    );
    server.ok(&challenge, Method::POST, "/api/v2/auth/mfa/send", json!({})).await;
    let verify = async |token: &str, body: Value| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("user-agent", "cli")];
        server.send("127.0.0.1", &headers, Method::POST, "/api/v2/auth/mfa/verify", body).await
    };
    for (token, status, error) in [
        ("", StatusCode::UNAUTHORIZED, "UnauthorizedError"),
        ("no-token", StatusCode::FORBIDDEN, "TokenError"),
        (token.as_str(), StatusCode::FORBIDDEN, "TokenError"),
        (challenge.as_str(), StatusCode::BAD_REQUEST, "mfa_invalid"),
    ] {
        let answer = verify(token, json!({ "email": "ada@example.com", "mfaToken": "12345", "mfaMethod": "totp" })).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(error == "TokenError" || answer.body["error"] == error, "{}", answer.body);
    }
    server.world.clock.advance_ms(30_000);
    let answer = verify(&challenge, json!({ "mfaToken": phone.code_at(now_s()), "mfaMethod": "totp" })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().starts_with("jid="));
    assert!(answer.body.as_object().unwrap().contains_key("encryptedPrivateKey"));
    let token = text(&answer.body, "/token").to_owned();
    let chosen = select(&token).await;
    assert_eq!(chosen["isMfaEnabled"], false);
    let token = text(&chosen, "/token").to_owned();
    server.ok(&token, Method::GET, "/api/v1/projects", Value::Null).await;

    let challenge = text(&select(&sign_in().await).await, "/token").to_owned();
    let code = json!({ "recoveryCode": done["recoveryCodes"][0] });
    let recovered = server.ok(&challenge, Method::POST, "/api/v2/auth/mfa/verify/recovery-code", code).await;
    let token = text(&select(text(&recovered, "/token")).await, "/token").to_owned();
    let state = server.ok(&token, Method::GET, "/api/v1/user/me/totp", Value::Null).await;
    assert_eq!(state["recoveryCodesLeft"], 9);

    // A forgotten password: the administrator of the installation makes the link.
    let user_id = text(&server.ok(&token, Method::GET, "/api/v1/user", Value::Null).await, "/user/id").to_owned();
    let path = format!("/api/v1/admin/user-management/users/{user_id}/password-reset-link");
    let made = server.ok(&token, Method::POST, &path, Value::Null).await;
    let reset = text(&made, "/link").split("token=").nth(1).unwrap().to_owned();
    let body = json!({ "token": reset, "password": "another password" });
    server.ok("", Method::POST, "/api/v1/password/reset", body.clone()).await;
    let again = server.send("127.0.0.1", &[], Method::POST, "/api/v1/password/reset", body).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.body);
    let body = json!({ "email": "ada@example.com", "password": "another password" });
    server.ok("", Method::POST, "/api/v3/auth/login", body).await;
}

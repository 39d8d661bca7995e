//! What a server has to put up with (client traffic contract, section 1, by number).

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::{Client, pairs, set_up, text};
use crate::support::Answer;

/// A request with just these headers.
async fn raw(client: &Client<'_>, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.exchange(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn odd_requests_are_taken_as_they_come() {
    on_each_backend(|world| async {
        let (server, done) = set_up(world).await;
        let client = Client::new(&server, "python-requests/2.32").with_token(text(&done, "/identity/credentials/token"));
        let bearer = format!("Bearer {}", client.token);
        let made = client.post("/api/v2/workspace", json!({"projectName": "Quirks", "type": "secret-manager", "template": "default"})).await;
        let project = text(&made, "/project/id").to_owned();
        let own = client.post("/api/v1/identities", json!({"name": "own"})).await;
        let method = format!("/api/v1/auth/universal-auth/identities/{}", text(&own, "/identity/id"));
        let attached = client.post(&method, json!({})).await;
        let secret = client.post(&format!("{method}/client-secrets"), json!({})).await;
        let json_type = (header::CONTENT_TYPE.as_str(), "application/json");

        // 2: an empty Authorization header at the login; 3: a good one where none is needed.
        let login = json!({"clientSecret": secret["clientSecret"], "clientId": attached["identityUniversalAuth"]["clientId"]}).to_string();
        let path = "/api/v1/auth/universal-auth/login";
        let answer = raw(&client, Method::POST, path, &[json_type, ("authorization", "")], &login).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let token = json!({"accessToken": answer.body["accessToken"]}).to_string();
        let answer = raw(&client, Method::POST, "/api/v1/auth/token/renew", &[json_type, ("authorization", &bearer)], &token).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        // A form in place of JSON.
        let form = format!("clientId={}&clientSecret={}", text(&attached, "/identityUniversalAuth/clientId"), text(&secret, "/clientSecret"));
        let kind = (header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded");
        assert_eq!(raw(&client, Method::POST, path, &[kind], &form).await.status, StatusCode::OK);

        // 10: writes without path and type; 9: keys that no route knows.
        let body = json!({"workspaceId": project, "environment": "dev", "secretValue": "${B}", "metadata": {"a": "b"}, "unknown": [1]});
        assert_eq!(client.post("/api/v3/secrets/raw/A", body).await["secret"]["type"], "shared");
        client.post("/api/v3/secrets/raw/B", json!({"workspaceId": project, "environment": "dev", "secretValue": "b"})).await;
        let body = json!({"name": "QA", "slug": "qa", "projectId": project});
        client.post(&format!("/api/v1/workspace/{project}/environments"), body).await;

        // 1: a GET whose body repeats its query; 6 and 15: a content type without a body.
        let query = format!("environment=dev&expandSecretReferences=true&include_imports=false&recursive=false&secretPath=%2F&workspaceId={project}");
        let repeated = json!({
            "environment": "dev", "expandSecretReferences": "true", "include_imports": "false", "recursive": "false",
            "secretPath": "/", "workspaceId": project,
        });
        let list = format!("/api/v3/secrets/raw?{query}");
        let headers = [json_type, ("authorization", &bearer), ("accept", "application/json"), ("accept-encoding", "gzip, deflate, br")];
        for body in [repeated.to_string().as_str(), "", "not JSON"] {
            let answer = raw(&client, Method::GET, &list, &headers, body).await;
            assert_eq!(answer.status, StatusCode::OK, "{body:?}: {}", answer.body);
        }
        assert_eq!(pairs(&client.get(&list).await["secrets"]), [("A", "b"), ("B", "b")]);
        // 14: a base address that ended in a slash; a slash at the end of a path.
        for path in [format!("/{list}"), list.replace("/raw?", "/raw/?")] {
            assert_eq!(pairs(&client.get(&path).await["secrets"]), [("A", "b"), ("B", "b")], "{path}");
        }
        // 8: query keys that no route knows; 11: references stay unless they are asked for.
        let one = format!("/api/v3/secrets/raw/A?secretName=A&includeImports=true&environment=dev&workspaceId={project}");
        assert_eq!(text(&client.get(&one).await, "/secret/secretValue"), "${B}");
        // An empty id beside a slug, and empty filters, count as absent.
        let slug = text(&made, "/project/slug");
        let both = format!("/api/v3/secrets/raw?workspaceId=&workspaceSlug={slug}&environment=dev&tagSlugs=&metadataFilter=");
        assert_eq!(pairs(&client.get(&both).await["secrets"]).len(), 2);
        // 12: names are decoded once.
        let body = json!({"workspaceId": project, "environment": "dev", "secretValue": "odd"});
        assert_eq!(text(&client.post("/api/v3/secrets/raw/a%252Fb%20c", body.clone()).await, "/secret/secretKey"), "a%2Fb c");
        client.delete("/api/v3/secrets/raw/a%252Fb%20c", body).await;

        // 7: booleans of folders, as Python writes them.
        for (name, path) in [("app", "/"), ("inner", "/app")] {
            client.post("/api/v2/folders", json!({"projectId": project, "environment": "dev", "name": name, "path": path})).await;
        }
        for (recursive, count) in [("False", 1), ("True", 2), ("", 1), ("0", 1), ("1", 2)] {
            let path = format!("/api/v2/folders?projectId={project}&environment=dev&path=%2F&recursive={recursive}");
            let listed = client.get(&path).await;
            assert_eq!(listed["folders"].as_array().map(Vec::len), Some(count), "recursive={recursive}");
        }
        // 4 and 5: deletions with a body of `null` and with none at all.
        let tags = format!("/api/v1/workspace/{project}/tags");
        for body in [Some("null"), Some("{}"), None] {
            let tag = client.post(&tags, json!({"slug": "gone", "color": ""})).await;
            let path = format!("{tags}/{}", text(&tag, "/tag/id"));
            let mut headers = vec![("authorization", bearer.as_str())];
            headers.extend(body.map(|_| json_type));
            let answer = raw(&client, Method::DELETE, &path, &headers, body.unwrap_or_default()).await;
            assert_eq!(answer.status, StatusCode::OK, "{body:?}: {}", answer.body);
        }
        // A list in `message` only when the form of the input is wrong.
        let body = json!({"workspaceId": 7, "environment": "dev", "secretValue": "x"});
        let answer = client.send(Method::POST, "/api/v3/secrets/raw/C", body).await;
        assert_eq!((answer.status.as_u16(), answer.body["message"].is_array()), (422, true), "{}", answer.body);
        client.refused(Method::GET, "/api/v1/no-such-route", Value::Null, 404).await;
    })
    .await;
}

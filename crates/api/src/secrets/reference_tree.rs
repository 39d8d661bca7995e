//! What a secret is put together from, and what refers to it (core API contract, section 10.4).

use keyferry_domain::Result;
use keyferry_domain::secrets::{self, ReferenceNode};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

use super::TAG;
use super::scope::{Name, Scope, V4};
use crate::endpoint::{Call, Endpoint, Input, Json, get};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let node = || json!({ "key": "root", "value?": "text", "environment": "dev", "secretPath": "/", "children": [] });
    vec![
        get("/api/v4/secrets/{secretName}/secret-reference-tree", reference_tree)
            .id("getSecretReferenceTreeV4")
            .tag(TAG)
            .summary("What a secret's value refers to")
            .permission("secrets:readValue")
            .answers(move || json!({ "tree": node(), "value?": "text" })),
        get("/api/v4/secrets/{secretName}/reference-dependency-tree", dependency_tree)
            .id("getSecretReferenceDependencyTreeV4")
            .tag(TAG)
            .summary("What refers to a secret")
            .permission("secrets:describeSecret")
            .answers(move || json!({ "tree": node() })),
    ]
}

async fn reference_tree(call: Call, input: Input<Name, Scope<V4>>) -> Result<Json<Value>> {
    let at = input.query.location(&call).await?;
    let (tree, value) = secrets::reference_tree(&call.app, &call.caller, at, &input.params.0).await?;
    let mut body = json!({ "tree": node(&tree) });
    if let Some(value) = value {
        body["value"] = Value::from(value.expose_secret());
    }
    Ok(Json(body))
}

async fn dependency_tree(call: Call, input: Input<Name, Scope<V4>>) -> Result<Json<Value>> {
    let at = input.query.location(&call).await?;
    let tree = secrets::dependency_tree(&call.app, &call.caller, at, &input.params.0).await?;
    Ok(Json(json!({ "tree": node(&tree) })))
}

fn node(tree: &ReferenceNode) -> Value {
    let mut body = Map::new();
    body.insert("key".to_owned(), Value::from(tree.key.as_str()));
    if let Some(value) = &tree.value {
        body.insert("value".to_owned(), Value::from(value.expose_secret()));
    }
    body.insert("environment".to_owned(), Value::from(tree.environment.as_str()));
    body.insert("secretPath".to_owned(), Value::from(tree.path.as_str()));
    body.insert("children".to_owned(), tree.children.iter().map(node).collect());
    Value::Object(body)
}

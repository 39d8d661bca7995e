//! Secrets.

use std::collections::BTreeMap;

use infisical::secrets::{
    CreateSecretRequest, DeleteSecretRequest, GetSecretRequest, ListSecretsBuilder, ListSecretsRequest, Secret,
    UpdateSecretRequest,
};
use infisical::Client;

use crate::checks::{given, Checks};

pub fn list(environment: &str) -> ListSecretsBuilder<String, String> {
    ListSecretsRequest::builder(given("PROJECT_ID"), environment.to_owned())
}

fn get(name: &str, environment: &str) -> GetSecretRequest {
    GetSecretRequest::builder(name, given("PROJECT_ID"), environment).build()
}

fn create(name: &str, value: &str, environment: &str) -> CreateSecretRequest {
    CreateSecretRequest::builder(name, value, given("PROJECT_ID"), environment).build()
}

fn values(secrets: &[Secret]) -> BTreeMap<&str, &str> {
    secrets.iter().map(|secret| (secret.secret_key.as_str(), secret.secret_value.as_str())).collect()
}

pub async fn all(client: &Client, check: &mut Checks) {
    let project = given("PROJECT_ID");
    let secrets = client.secrets();
    let request = CreateSecretRequest::builder("DATABASE_URL", "postgres://db/${NAME}", project.as_str(), "dev")
        .path("/")
        .r#type("shared")
        .secret_comment("for the app")
        .skip_multiline_encoding(true)
        .build();
    let created = secrets.create(request).await.unwrap();
    check.equal(created.secret_key.as_str(), "DATABASE_URL", "create: key");
    check.equal(created.secret_value.as_str(), "postgres://db/${NAME}", "create: value");
    check.equal(created.secret_comment.as_str(), "for the app", "create: comment");
    check.equal((created.version, created.secret_type.as_str()), (1, "shared"), "create: version");
    check.equal((created.project_id.as_str(), created.environment.as_str()), (project.as_str(), "dev"), "create: place");
    secrets.create(create("NAME", "shop", "dev")).await.unwrap();
    let again = secrets.create(create("NAME", "x", "dev")).await;
    check.refused(again, 400, "Secret already exists", "the same key twice");

    check.equal(
        secrets.get(get("DATABASE_URL", "dev")).await.unwrap().secret_value,
        "postgres://db/shop",
        "get expands references",
    );
    let request = GetSecretRequest::builder("DATABASE_URL", project.as_str(), "dev")
        .path("/")
        .expand_secret_references(false)
        .r#type("shared")
        .build();
    let raw = secrets.get(request).await.unwrap();
    check.equal((raw.id, raw.secret_value.as_str()), (created.id.clone(), "postgres://db/${NAME}"), "get, unexpanded");

    let listed = secrets.list(list("dev").build()).await.unwrap();
    check.equal(values(&listed), BTreeMap::from([("DATABASE_URL", "postgres://db/shop"), ("NAME", "shop")]), "list");
    let request = list("dev").path("/").expand_secret_references(false).recursive(true).attach_to_process_env(true).build();
    let listed = secrets.list(request).await.unwrap();
    check.equal(values(&listed)["DATABASE_URL"], "postgres://db/${NAME}", "list, unexpanded");
    check.equal(std::env::var("NAME").unwrap(), "shop", "list into the environment");

    let request = UpdateSecretRequest::builder("NAME", project.as_str(), "dev")
        .new_secret_name("SHOP")
        .secret_value("store")
        .path("/")
        .r#type("shared")
        .secret_comment("renamed")
        .skip_multiline_encoding(false)
        .build();
    let updated = secrets.update(request).await.unwrap();
    check.equal((updated.secret_key.as_str(), updated.secret_value.as_str(), updated.version), ("SHOP", "store", 2), "update");
    check.equal(updated.secret_comment.as_str(), "renamed", "update: comment");
    check.equal(
        secrets.get(get("DATABASE_URL", "dev")).await.unwrap().secret_value,
        "postgres://db/store",
        "references follow a new name",
    );
    let least = UpdateSecretRequest::builder("SHOP", project.as_str(), "dev").secret_value("shop").build();
    check.equal(secrets.update(least).await.unwrap().version, 3, "update with the least");
    let none = UpdateSecretRequest::builder("NONE", project.as_str(), "dev").secret_value("x").build();
    check.refused(secrets.update(none).await, 404, "not found", "update of none");

    let spare = secrets.create(create("OTHER", "spare", "dev")).await.unwrap();
    let request = DeleteSecretRequest::builder("OTHER", project.as_str(), "dev").path("/").r#type("shared").build();
    let gone = secrets.delete(request).await.unwrap();
    check.equal((gone.id, gone.secret_key.as_str()), (spare.id, "OTHER"), "delete");
    let gone = secrets.get(get("OTHER", "dev")).await;
    check.refused(gone, 404, "Secret with name 'OTHER' not found", "a deleted secret");
    let again = DeleteSecretRequest::builder("OTHER", project.as_str(), "dev").build();
    check.refused(secrets.delete(again).await, 404, "\"statusCode\":404", "delete of none");
    check.refused(secrets.list(list("nowhere").build()).await, 404, "not found", "an unknown environment");

    let stranger = crate::stranger().await;
    check.refused(stranger.secrets().list(list("dev").build()).await, 403, "\"statusCode\":403", "a list by a stranger");
    let refused = stranger.secrets().create(create("X", "x", "dev")).await;
    check.refused(refused, 403, "\"statusCode\":403", "a secret by a stranger");
}

/// The test has made an import of the root of `dev` in the root of `staging`.
pub async fn imports(client: &Client, check: &mut Checks) {
    client.secrets().create(create("OWN", "own", "staging")).await.unwrap();
    let listed = client.secrets().list(list("staging").build()).await.unwrap();
    let expected = BTreeMap::from([("DATABASE_URL", "postgres://db/shop"), ("OWN", "own"), ("SHOP", "shop")]);
    check.equal(values(&listed), expected, "a list with imports");
    check.equal(client.secrets().get(get("SHOP", "staging")).await.unwrap().secret_value, "shop", "get through an import");
}

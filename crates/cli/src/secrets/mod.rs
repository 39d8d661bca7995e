//! Secrets of a folder over the API: version 4 of its routes, or version 3 where a server is older. Both take the same fields here,
//! and servers drop what they do not know.

#[cfg(test)]
mod traffic;

use std::collections::BTreeMap;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::api::{Api, ApiError, encode};
use crate::output::text;
use crate::place::Place;

/// Bytes of keys and values in one call; a server takes bodies of 1 MiB.
const BATCH_BYTES: usize = 400 * 1024;
/// Secrets in one call.
const BATCH_LENGTH: usize = 500;

/// A secret as it was read.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its key.
    pub key: String,
    /// Its value; none when it was not asked for or may not be seen.
    pub value: Option<SecretString>,
    /// `shared` or `personal`.
    pub kind: String,
    /// Environment it lies in.
    pub environment: String,
    /// Folder it lies in.
    pub path: String,
    /// Its version, from 1.
    pub version: i64,
    /// Its comment.
    pub comment: String,
    /// When it was changed.
    pub updated_at: String,
    /// Whether another folder than the one asked for lent it.
    pub is_imported: bool,
}

/// What to read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// With values.
    pub values: bool,
    /// References replaced by what they point to.
    pub expand: bool,
    /// With all folders below.
    pub recursive: bool,
    /// With what the folder imports.
    pub imports: bool,
    /// A person's own values instead of the shared ones.
    pub personal: bool,
}

impl Reading {
    fn query<'a>(&self, place: &'a Place) -> Vec<(&'static str, &'a str)> {
        let word = |flag: bool| if flag { "true" } else { "false" };
        vec![
            ("projectId", &place.project_id),
            ("workspaceId", &place.project_id),
            ("environment", &place.environment),
            ("secretPath", &place.path),
            ("viewSecretValue", word(self.values)),
            ("expandSecretReferences", word(self.expand)),
            ("recursive", word(self.recursive)),
            ("includeImports", word(self.imports)),
            ("include_imports", word(self.imports)),
            ("includePersonalOverrides", word(self.personal)),
        ]
    }
}

/// Every secret found: those of the folder and below, then those of its imports, the last import first, as it wins.
///
/// # Errors
/// When the server refuses.
pub async fn list(api: &Api, place: &Place, reading: Reading) -> Result<Vec<Secret>, ApiError> {
    let query = reading.query(place);
    let answer = match api.get("/api/v4/secrets", &query).await {
        Err(error) if error.is_no_route() => api.get("/api/v3/secrets/raw", &query).await?,
        other => other?,
    };
    let of = |list: &Value, environment: &str, path: &str, is_imported: bool| -> Vec<Secret> {
        let read = |item: &Value| secret(item, reading.values, (environment, path), is_imported);
        list.as_array().into_iter().flatten().map(read).collect()
    };
    let mut found = of(&answer["secrets"], &place.environment, &place.path, false);
    // Version 3 answers a person's own values beside the shared ones.
    let own: Vec<(String, String)> =
        found.iter().filter(|s| reading.personal && s.kind == "personal").map(|s| (s.path.clone(), s.key.clone())).collect();
    found.retain(|s| if s.kind == "personal" { reading.personal } else { !own.contains(&(s.path.clone(), s.key.clone())) });
    for import in answer["imports"].as_array().into_iter().flatten().rev() {
        found.extend(of(&import["secrets"], &text(import, "environment"), &text(import, "secretPath"), true));
    }
    Ok(found)
}

/// One secret by its key.
///
/// # Errors
/// When the server refuses, or has none of that key.
pub async fn get(api: &Api, place: &Place, key: &str, reading: Reading, kind: Option<&str>) -> Result<Secret, ApiError> {
    let mut query = reading.query(place);
    query.extend(kind.map(|kind| ("type", kind)));
    let name = encode(key);
    let answer = match api.get(&format!("/api/v4/secrets/{name}"), &query).await {
        Err(error) if error.is_no_route() => api.get(&format!("/api/v3/secrets/raw/{name}"), &query).await?,
        other => other?,
    };
    Ok(secret(&answer["secret"], reading.values, (&place.environment, &place.path), false))
}

fn secret(item: &Value, with_value: bool, at: (&str, &str), is_imported: bool) -> Secret {
    let or = |field: &str, otherwise: &str| item[field].as_str().unwrap_or(otherwise).to_owned();
    let is_seen = with_value && item["secretValueHidden"].as_bool() != Some(true);
    Secret {
        key: text(item, "secretKey"),
        value: item["secretValue"].as_str().filter(|_| is_seen).map(SecretString::from),
        kind: or("type", "shared"),
        environment: or("environment", at.0),
        path: or("secretPath", at.1),
        version: item["version"].as_i64().unwrap_or(1),
        comment: text(item, "secretComment"),
        updated_at: text(item, "updatedAt"),
        is_imported,
    }
}

/// One secret a key, sorted by key, and the keys that several folders give. The folder itself wins, then the folder nearest
/// below it, then its imports.
pub fn effective(found: Vec<Secret>) -> (Vec<Secret>, Vec<String>) {
    let mut ranked: Vec<(usize, Secret)> = found.into_iter().enumerate().collect();
    ranked.sort_by_key(|(position, secret)| {
        let depth = secret.path.split('/').filter(|part| !part.is_empty()).count();
        let own = (depth, secret.path.clone());
        (secret.is_imported, if secret.is_imported { (0, String::new()) } else { own }, *position)
    });
    let (mut chosen, mut shadowed) = (BTreeMap::new(), Vec::new());
    for (_, secret) in ranked {
        if chosen.contains_key(&secret.key) {
            if !secret.is_imported && !shadowed.contains(&secret.key) {
                shadowed.push(secret.key);
            }
        } else {
            chosen.insert(secret.key.clone(), secret);
        }
    }
    (chosen.into_values().collect(), shadowed)
}

/// A key and what to set.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// The value.
    pub value: SecretString,
    /// The comment; none leaves the stored one.
    pub comment: Option<String>,
}

/// Creates or changes shared secrets, in as few calls as fit; each call does all or nothing. Answers how many were written, also
/// when a later call failed.
pub async fn upsert(api: &Api, place: &Place, pairs: &[Pair]) -> (usize, Result<(), ApiError>) {
    let mut written = 0;
    for batch in batches(pairs) {
        let items: Vec<Value> = batch
            .iter()
            .map(|pair| {
                let mut item = json!({ "secretKey": pair.key, "secretValue": pair.value.expose_secret() });
                if let Some(comment) = &pair.comment {
                    item["secretComment"] = json!(comment);
                }
                item
            })
            .collect();
        let mut body = scope(place);
        body["mode"] = json!("upsert");
        body["secrets"] = Value::Array(items);
        let answer = match api.send(Method::PATCH, "/api/v4/secrets/batch", &body).await {
            Err(error) if error.is_no_route() => api.send(Method::PATCH, "/api/v3/secrets/batch/raw", &body).await,
            other => other,
        };
        if let Err(error) = answer {
            return (written, Err(error));
        }
        written += batch.len();
    }
    (written, Ok(()))
}

fn batches(pairs: &[Pair]) -> Vec<&[Pair]> {
    let size = |pair: &Pair| {
        // Escapes of JSON: a line end is two bytes, a control character six.
        let escaped = |text: &str| {
            text.bytes()
                .map(|b| {
                    if b < 0x20 {
                        6
                    } else if b == b'"' || b == b'\\' {
                        2
                    } else {
                        1
                    }
                })
                .sum::<usize>()
        };
        escaped(&pair.key) + escaped(pair.value.expose_secret()) + pair.comment.as_deref().map_or(0, escaped) + 64
    };
    let (mut batches, mut begin, mut bytes) = (Vec::new(), 0, 0);
    for (at, pair) in pairs.iter().enumerate() {
        let size = size(pair);
        if at > begin && (bytes + size > BATCH_BYTES || at - begin >= BATCH_LENGTH) {
            batches.push(&pairs[begin..at]);
            (begin, bytes) = (at, 0);
        }
        bytes += size;
    }
    if begin < pairs.len() {
        batches.push(&pairs[begin..]);
    }
    batches
}

/// Sets a person's own value of a shared secret.
///
/// # Errors
/// When the server refuses, for example because there is no shared secret of that key.
pub async fn set_personal(api: &Api, place: &Place, pair: &Pair) -> Result<(), ApiError> {
    let route = format!("/api/v3/secrets/raw/{}", encode(&pair.key));
    let mut body = scope(place);
    body["type"] = json!("personal");
    body["secretValue"] = json!(pair.value.expose_secret());
    match api.send(Method::PATCH, &route, &body).await {
        Err(error) if error.status() == Some(404) => api.post(&route, &body).await.map(drop),
        other => other.map(drop),
    }
}

/// Deletes secrets, all or none.
///
/// # Errors
/// When the server refuses.
pub async fn delete(api: &Api, place: &Place, keys: &[String], kind: &str) -> Result<(), ApiError> {
    let mut body = scope(place);
    body["secrets"] = keys.iter().map(|key| json!({ "secretKey": key, "type": kind })).collect();
    match api.send(Method::DELETE, "/api/v4/secrets/batch", &body).await {
        Err(error) if error.is_no_route() => api.send(Method::DELETE, "/api/v3/secrets/batch/raw", &body).await.map(drop),
        other => other.map(drop),
    }
}

fn scope(place: &Place) -> Value {
    json!({
        "projectId": place.project_id,
        "workspaceId": place.project_id,
        "environment": place.environment,
        "secretPath": place.path,
    })
}

/// How a server stores a value it receives (core API contract, section 10.2): without the blanks around it, but with one line end
/// when it ended in one.
pub fn as_stored(value: &str) -> String {
    let trimmed = value.trim();
    if value.ends_with('\n') { format!("{trimmed}\n") } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: &str, path: &str, value: &str, is_imported: bool) -> Secret {
        let item = json!({"secretKey": key, "secretValue": value, "secretPath": path, "version": 2});
        secret(&item, true, ("dev", "/"), is_imported)
    }

    #[test]
    fn the_folder_wins_over_those_below_and_these_over_imports() {
        let all = vec![
            found("A", "/z", "below", false),
            found("A", "/", "folder", false),
            found("B", "/a/b", "deeper", false),
            found("B", "/z", "near", false),
            found("C", "/lib", "last import", true),
            found("C", "/other", "first import", true),
            found("B", "/lib", "import", true),
        ];
        let (chosen, shadowed) = effective(all);
        let values: Vec<_> = chosen.iter().map(|s| s.value.as_ref().unwrap().expose_secret().to_owned()).collect();
        assert_eq!(values, ["folder", "near", "last import"]);
        assert_eq!(shadowed, ["A", "B"]);
    }

    #[test]
    fn hidden_values_are_none() {
        let item = json!({"secretKey": "A", "secretValue": "<hidden-by-infisical>", "secretValueHidden": true});
        assert!(secret(&item, true, ("dev", "/"), false).value.is_none());
    }

    #[test]
    fn batches_stay_below_the_size_of_a_body() {
        let pair = |value: String| Pair { key: "K".to_owned(), value: SecretString::from(value), comment: None };
        let big: Vec<Pair> = (0..3).map(|_| pair("\n".repeat(50 * 1024))).collect();
        assert_eq!(batches(&big).iter().map(|b| b.len()).collect::<Vec<_>>(), [1, 1, 1]);
        let small: Vec<Pair> = (0..1001).map(|_| pair("x".to_owned())).collect();
        assert_eq!(batches(&small).iter().map(|b| b.len()).collect::<Vec<_>>(), [500, 500, 1]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn values_are_compared_as_servers_store_them() {
        assert_eq!([as_stored("  a "), as_stored("a\n\n"), as_stored(""), as_stored("a b")], ["a", "a\n", "", "a b"]);
    }
}

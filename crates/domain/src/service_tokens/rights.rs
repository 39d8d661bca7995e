//! What a token may do: its scopes and permissions as rules.

use keyferry_db::Conn;
use keyferry_db::entities::service_tokens::Model;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::access::Rule;
use crate::error::{Error, Result};

/// A place that a token is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// Slug of the environment.
    pub environment: String,
    /// A folder's path, or a pattern of paths such as `/app/**`.
    pub secret_path: String,
}

/// What a token may do in its scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Permission {
    /// Read secrets with their values, folders and imports.
    Read,
    /// Read values of secrets.
    ReadValue,
    /// Create, change and delete secrets, folders and imports.
    Write,
}

impl Permission {
    /// The words of the API.
    pub const NAMES: &'static [&'static str] = &["read", "write", "readValue"];

    /// The permission of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "readValue" => Some(Self::ReadValue),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

impl Scope {
    /// Whether the path names one folder; folders' names hold nothing that a pattern needs.
    fn is_literal(&self) -> bool {
        self.secret_path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/'))
    }

    fn conditions(&self) -> Map<String, Value> {
        let path = if self.is_literal() { json!(self.secret_path) } else { json!({ "$glob": self.secret_path }) };
        Map::from_iter([("environment".to_owned(), json!(self.environment)), ("secretPath".to_owned(), path)])
    }
}

/// The rules of a token.
pub(super) fn rules(scopes: &[Scope], permissions: &[Permission]) -> Vec<Rule> {
    const CHANGE: &[&str] = &["create", "edit", "delete"];
    let may = |permission| permissions.contains(&permission);
    let mut rules = Vec::new();
    for scope in scopes {
        let mut allow = |subject: &str, actions: &[&str]| {
            rules.push(Rule { conditions: Some(scope.conditions()), ..Rule::allow(subject, actions) });
        };
        if may(Permission::Read) {
            allow("secrets", &["describeSecret", "readValue"]);
            allow("secret-folders", &["read"]);
            allow("secret-imports", &["read"]);
        } else if may(Permission::ReadValue) {
            allow("secrets", &["readValue"]);
        }
        if may(Permission::Write) {
            ["secrets", "secret-folders", "secret-imports"].into_iter().for_each(|subject| allow(subject, CHANGE));
        }
    }
    rules
}

/// The rules of a token of the project that is neither revoked nor expired.
pub(crate) async fn rules_of(conn: &impl Conn, project_id: Uuid, id: Uuid, now_ms: i64) -> Result<Vec<Rule>> {
    let row = keyferry_db::find_by_id::<Model>(conn, id)
        .await?
        .filter(|row| row.project_id == project_id && row.expires_at_ms.is_none_or(|end| end > now_ms))
        .ok_or_else(|| Error::unauthorized("Invalid service token"))?;
    Ok(rules(&scopes_of(&row)?, &permissions_of(&row)?))
}

/// Environment and path of a token with a single scope that is no pattern.
pub(crate) fn only_place(row: &Model) -> Result<Option<(String, String)>> {
    Ok(match scopes_of(row)?.as_slice() {
        [scope] if scope.is_literal() => Some((scope.environment.clone(), scope.secret_path.clone())),
        _ => None,
    })
}

pub(super) fn scopes_of(row: &Model) -> Result<Vec<Scope>> {
    serde_json::from_str(&row.scopes).map_err(damaged)
}

pub(super) fn permissions_of(row: &Model) -> Result<Vec<Permission>> {
    serde_json::from_str(&row.permissions).map_err(damaged)
}

fn damaged(error: serde_json::Error) -> Error {
    Error::internal(format!("a stored service token cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::access::{Ability, Facts, project_role};

    fn scope(environment: &str, secret_path: &str) -> Scope {
        Scope { environment: environment.to_owned(), secret_path: secret_path.to_owned() }
    }

    #[test]
    fn a_token_may_do_what_it_says_where_it_says() {
        let scopes = [scope("dev", "/app/**"), scope("prod", "/")];
        let read = Ability::new(rules(&scopes, &[Permission::Read]), vec![]);
        let may = |ability: &Ability, action: &str, environment: &str, path: &str| {
            ability.allows(action, "secrets", Facts::at(environment, path))
        };
        assert!(may(&read, "readValue", "dev", "/app/x"));
        assert!(may(&read, "describeSecret", "prod", "/"));
        assert!(!may(&read, "readValue", "prod", "/app"));
        assert!(!may(&read, "readValue", "dev", "/"));
        assert!(!may(&read, "edit", "dev", "/app"));
        let write = Ability::new(rules(&scopes, &[Permission::Write]), vec![]);
        assert!(may(&write, "edit", "dev", "/app"));
        assert!(!may(&write, "readValue", "dev", "/app"), "writing is not reading");
        let values = Ability::new(rules(&scopes, &[Permission::ReadValue]), vec![]);
        assert!(!may(&values, "describeSecret", "dev", "/app"));
    }

    #[test]
    fn whoever_holds_the_place_may_hand_it_out() {
        let viewer = Ability::new(project_role("viewer").unwrap(), vec![]);
        let scopes = [scope("dev", "/app/**"), scope("prod", "/")];
        assert!(viewer.missing(&rules(&scopes, &[Permission::Read])).is_empty());
        assert!(!viewer.missing(&rules(&scopes, &[Permission::Write])).is_empty());
    }
}

//! What happens to the secrets of a project, for those who wait for it (core API contract, section 13.3).
//!
//! A watch reads the audit log: its rows are written in the transaction of what they tell, so they are seen whichever process
//! wrote them, and never before it is true. Nothing waits in memory, and no value is told.

use std::collections::BTreeSet;

use keyferry_db::audit_logs::Filter;
use keyferry_db::entities::audit_logs;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{self, Ability, Facts, glob};
use crate::app::App;
use crate::audit::{self, Event as AuditEvent};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;

const SUBJECT: &str = "secret-event-subscriptions";
/// How far a look reaches back: a transaction may commit after one that began later.
const LOOK_BACK_MS: i64 = 5_000;
/// Rows looked at in one go.
const MAX_ROWS: u64 = 2_000;
/// Names told in one event.
const MAX_KEYS: usize = 500;

/// What one can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A secret was created.
    Create,
    /// A secret was changed.
    Update,
    /// A secret was deleted.
    Delete,
    /// An import was created, changed or deleted.
    ImportMutation,
}

impl Kind {
    /// The names on the wire.
    pub const NAMES: &'static [&'static str] = &["secret:create", "secret:update", "secret:delete", "secret:import-mutation"];

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "secret:create" => Self::Create,
            "secret:update" => Self::Update,
            "secret:delete" => Self::Delete,
            "secret:import-mutation" => Self::ImportMutation,
            _ => return None,
        })
    }

    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "secret:create",
            Self::Update => "secret:update",
            Self::Delete => "secret:delete",
            Self::ImportMutation => "secret:import-mutation",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Create => "subscribe-to-creation-events",
            Self::Update => "subscribe-to-update-events",
            Self::Delete => "subscribe-to-deletion-events",
            Self::ImportMutation => "subscribe-to-import-mutation-events",
        }
    }
}

/// What is waited for, and where.
#[derive(Clone, Debug)]
pub struct Interest {
    /// What.
    pub kind: Kind,
    /// Slug of the environment; none for all.
    pub environment: Option<String>,
    /// A folder's path, or a glob over paths; none for all.
    pub secret_path: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectEvent {
    /// Of the audit row; several events may have the same.
    pub id: Uuid,
    /// What.
    pub kind: Kind,
    /// Slug of the environment.
    pub environment: String,
    /// Path of the folder.
    pub secret_path: String,
    /// Names of the secrets, as far as the caller may see them.
    pub secret_keys: Vec<String>,
    /// When, milliseconds.
    pub at_ms: i64,
}

/// Somebody who waits.
pub struct Watch {
    caller: Caller,
    org_id: Uuid,
    project_id: Uuid,
    interests: Vec<Interest>,
    /// Before this nothing is told.
    start_ms: i64,
    looked_ms: i64,
    /// Rows of the last moments that were looked at.
    seen: BTreeSet<Uuid>,
}

/// Begins to wait: what happens from now on is told by [`Watch::look`].
///
/// # Errors
/// 404 and 403 as reading the project, 403 without the right to one of the interests.
pub async fn watch(app: &App, caller: &Caller, project_id: Uuid, interests: Vec<Interest>) -> Result<Watch> {
    let conn = app.db.read();
    let (project, ability) = access::project_ability(app, conn, caller, project_id).await?;
    for interest in &interests {
        let facts = Facts { environment: interest.environment.as_deref(), ..Facts::any() };
        // A glob is no place: whether its places may be listened to is asked at each event.
        let is_place = interest.secret_path.as_deref().filter(|path| !path.contains(['*', '?', '[', '{']));
        ability.require(interest.kind.action(), SUBJECT, Facts { secret_path: is_place, ..facts })?;
    }
    let now_ms = app.now_ms();
    let mut watch = Watch {
        caller: caller.clone(),
        org_id: project.org_id,
        project_id,
        interests,
        start_ms: now_ms,
        looked_ms: now_ms,
        seen: BTreeSet::new(),
    };
    for row in watch.rows(app).await? {
        watch.seen.insert(row.id);
    }
    let kinds: BTreeSet<Kind> = watch.interests.iter().map(|interest| interest.kind).collect();
    let metadata = json!({"events": kinds.into_iter().map(Kind::as_str).collect::<Vec<_>>()});
    audit::record_read(app, caller, AuditEvent::project(caller, project_id, "subscribe-project-events", metadata))?;
    Ok(watch)
}

impl Watch {
    /// What happened since the last look, oldest first, as far as the caller may still know.
    ///
    /// # Errors
    /// 404 and 403 when the project is gone or the caller no longer belongs to it.
    pub async fn look(&mut self, app: &App) -> Result<Vec<ProjectEvent>> {
        let (_, ability) = access::project_ability(app, app.db.read(), &self.caller, self.project_id).await?;
        let rows = self.rows(app).await?;
        self.looked_ms = app.now_ms();
        let mut told = Vec::new();
        let mut now_seen = BTreeSet::new();
        for row in rows.into_iter().rev() {
            now_seen.insert(row.id);
            if !self.seen.contains(&row.id) && row.created_at_ms >= self.start_ms - LOOK_BACK_MS {
                told.extend(events(&row)?.into_iter().filter_map(|event| self.permitted(&ability, event)));
            }
        }
        self.seen = now_seen;
        Ok(told)
    }

    /// Rows of the last moments, newest first.
    async fn rows(&self, app: &App) -> Result<Vec<audit_logs::Model>> {
        let filter = Filter {
            project_id: Some(self.project_id),
            event_types: EVENT_TYPES.iter().map(|name| (*name).to_owned()).collect(),
            from_ms: Some(self.looked_ms - LOOK_BACK_MS),
            ..Filter::default()
        };
        Ok(keyferry_db::audit_logs::list(app.db.read(), self.org_id, &filter, None, 0, MAX_ROWS).await?)
    }

    fn permitted(&self, ability: &Ability, mut event: ProjectEvent) -> Option<ProjectEvent> {
        let place = Facts::at(&event.environment, &event.secret_path);
        let is_wanted = self.interests.iter().any(|interest| {
            interest.kind == event.kind
                && interest.environment.as_ref().is_none_or(|slug| *slug == event.environment)
                && interest.secret_path.as_ref().is_none_or(|path| glob(path, &event.secret_path))
        });
        if !is_wanted || !ability.allows(event.kind.action(), SUBJECT, place) {
            return None;
        }
        let (environment, path) = (&event.environment, &event.secret_path);
        event.secret_keys.retain(|key| {
            let secret = Facts { secret_name: Some(key), ..Facts::at(environment, path) };
            ability.allows("describeSecret", "secrets", secret) || ability.allows("read", "secrets", secret)
        });
        Some(event)
    }
}

const EVENT_TYPES: &[&str] = &[
    "create-secret",
    "create-secrets",
    "update-secret",
    "update-secrets",
    "delete-secret",
    "delete-secrets",
    "move-secrets",
    "create-secret-import",
    "update-secret-import",
    "delete-secret-import",
];

/// What a row of the audit log tells. Personal overrides are nobody else's business.
fn events(row: &audit_logs::Model) -> Result<Vec<ProjectEvent>> {
    let metadata: Value = serde_json::from_str(&row.event_metadata).map_err(Error::internal)?;
    let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
    let event = |kind, environment: String, secret_path: String, secret_keys| ProjectEvent {
        id: row.id,
        kind,
        environment,
        secret_path,
        secret_keys,
        at_ms: row.created_at_ms,
    };
    let kind = match row.event_type.split('-').next() {
        Some("create") => Kind::Create,
        Some("delete") => Kind::Delete,
        _ => Kind::Update,
    };
    Ok(match row.event_type.as_str() {
        "create-secret-import" | "update-secret-import" | "delete-secret-import" => {
            vec![event(Kind::ImportMutation, text("importToEnvironment"), text("importToSecretPath"), Vec::new())]
        }
        "move-secrets" => {
            let keys: Vec<String> = keys(&metadata, None).into_iter().map(|(_, key)| key).collect();
            vec![
                event(Kind::Delete, text("sourceEnvironment"), text("sourceSecretPath"), keys.clone()),
                event(Kind::Create, text("destinationEnvironment"), text("destinationSecretPath"), keys),
            ]
        }
        "create-secrets" | "update-secrets" | "delete-secrets" => {
            let mut by_path: Vec<(String, Vec<String>)> = Vec::new();
            for (path, key) in keys(&metadata, Some(&text("secretPath"))) {
                match by_path.iter_mut().find(|(own, _)| *own == path) {
                    Some((_, keys)) => keys.push(key),
                    None => by_path.push((path, vec![key])),
                }
            }
            by_path.into_iter().map(|(path, keys)| event(kind, text("environment"), path, keys)).collect()
        }
        _ if is_personal(&metadata) => Vec::new(),
        _ => vec![event(kind, text("environment"), text("secretPath"), vec![text("secretKey")])],
    })
}

/// Paths and names of the secrets of a row.
fn keys(metadata: &Value, path: Option<&str>) -> Vec<(String, String)> {
    let entries = metadata["secrets"].as_array().into_iter().flatten().filter(|entry| !is_personal(entry));
    entries
        .filter_map(|entry| {
            let path = entry["secretPath"].as_str().or(path).unwrap_or_default();
            Some((path.to_owned(), entry["secretKey"].as_str()?.to_owned()))
        })
        .take(MAX_KEYS)
        .collect()
}

fn is_personal(entry: &Value) -> bool {
    entry["secretType"] == "personal"
}

/// A path as interests name it: canonical, or a glob.
///
/// # Errors
/// 400 for a path that is none.
pub fn interest_path(given: &str) -> Result<String> {
    if given.contains('*') {
        return Ok(given.to_owned());
    }
    Ok(SecretPath::parse(given)?.as_str().to_owned())
}

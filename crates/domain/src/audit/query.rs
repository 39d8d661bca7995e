//! Reading the audit log (core API contract 13.1).

use std::collections::HashMap;

use keyferry_db::audit_logs::{self, Filter};
use keyferry_db::entities::audit_logs::Model;
use serde_json::Value;
use uuid::Uuid;

use crate::access::{self, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// The longest range of one query: three months.
const MAX_RANGE_MS: i64 = 93 * 86_400_000;
/// Rows looked through at a time when the event's metadata are filtered.
const CHUNK: u64 = 1_000;
/// Rows looked through at most; narrower dates reach further.
const MAX_SCANNED: usize = 200_000;

/// Which rows to read.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// What the database filters.
    pub filter: Filter,
    /// Entries of the event's metadata that must be there with these values, such as `environment`.
    pub event_metadata: Vec<(String, String)>,
    /// Rows to leave out.
    pub offset: u64,
    /// Rows to return.
    pub limit: u64,
}

/// A row with the name of its project.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The row.
    pub row: Model,
    /// The project's name, while it exists.
    pub project_name: Option<String>,
}

/// Rows of the organization's log, newest first; everything that was read before is in it.
///
/// # Errors
/// 403 without `audit-logs` `read` in the project asked for, or else in the organization; 400 for a range over three months.
pub async fn query(app: &App, caller: &Caller, query: Query) -> Result<Vec<Entry>> {
    let org_id = access::require_org(caller)?;
    let conn = app.db.read();
    match query.filter.project_id {
        Some(project_id) => {
            access::project_ability(app, conn, caller, project_id).await?.1.require("read", "audit-logs", Facts::any())?;
        }
        None => access::org_ability(app, conn, caller).await?.require("read", "audit-logs", Facts::any())?,
    }
    if let Some(from) = query.filter.from_ms {
        let to = query.filter.to_ms.unwrap_or_else(|| app.now_ms());
        if to.saturating_sub(from) > MAX_RANGE_MS {
            return Err(Error::bad_request("The date range cannot exceed 3 months"));
        }
    }
    app.audit.flush().await;
    let rows = if query.event_metadata.is_empty() {
        audit_logs::list(conn, org_id, &query.filter, None, query.offset, query.limit).await?
    } else {
        scan(conn, org_id, &query).await?
    };
    name_projects(conn, rows).await
}

async fn scan(conn: &impl keyferry_db::Conn, org_id: Uuid, query: &Query) -> Result<Vec<Model>> {
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut skip = query.offset;
    let mut found = Vec::new();
    let mut after = None;
    let mut scanned = 0;
    while found.len() < wanted && scanned < MAX_SCANNED {
        let rows = audit_logs::list(conn, org_id, &query.filter, after, 0, CHUNK).await?;
        let Some(last) = rows.last() else { break };
        after = Some((last.created_at_ms, last.id));
        scanned += rows.len();
        for row in rows.into_iter().filter(|row| has_metadata(row, &query.event_metadata)) {
            if skip > 0 {
                skip -= 1;
            } else if found.len() < wanted {
                found.push(row);
            }
        }
    }
    Ok(found)
}

fn has_metadata(row: &Model, wanted: &[(String, String)]) -> bool {
    let Ok(Value::Object(metadata)) = serde_json::from_str(&row.event_metadata) else { return false };
    wanted.iter().all(|(key, value)| match metadata.get(key) {
        Some(Value::String(text)) => text == value,
        Some(other) => serde_json::from_str(value).is_ok_and(|value: Value| value == *other),
        // Events about many secrets name each of them.
        None if key == "secretKey" => metadata
            .get("secrets")
            .and_then(Value::as_array)
            .is_some_and(|secrets| secrets.iter().any(|secret| secret.get("secretKey").and_then(Value::as_str) == Some(value))),
        None => false,
    })
}

async fn name_projects(conn: &impl keyferry_db::Conn, rows: Vec<Model>) -> Result<Vec<Entry>> {
    let mut names: HashMap<Uuid, Option<String>> = HashMap::new();
    for id in rows.iter().filter_map(|row| row.project_id) {
        if let std::collections::hash_map::Entry::Vacant(entry) = names.entry(id) {
            entry.insert(keyferry_db::projects::find(conn, id).await?.map(|project| project.name));
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| Entry { project_name: row.project_id.and_then(|id| names.get(&id).cloned().flatten()), row })
        .collect())
}

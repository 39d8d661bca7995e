//! The names in folders, page by page, and what lists show of a secret besides its value. Each folder is asked by itself along
//! its index, so that the hundredth page costs what the first does.

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::error::DbError;

/// Which names of a folder.
#[derive(Clone, Copy, Debug)]
pub struct KeyPage<'a> {
    /// Text that the name holds, in any case; empty for every name.
    pub search: &'a str,
    /// Only names behind this one in the order asked for.
    pub after: Option<&'a str>,
    /// From Z to A.
    pub is_descending: bool,
    /// How many at most.
    pub limit: u64,
}

/// A secret without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The secret.
    pub id: Uuid,
    /// Its folder.
    pub folder_id: Uuid,
    /// Nil for a shared one.
    pub owner_id: Uuid,
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: i32,
    /// Tells equal values from different ones.
    pub value_fingerprint: Vec<u8>,
    /// Whether its value is empty.
    pub is_empty: bool,
    /// Whether its value refers to others.
    pub has_references: bool,
    /// Envelope of the comment.
    pub comment: Option<Vec<u8>>,
    /// Kind of the actor of the last change.
    pub actor_type: String,
    /// That actor's id.
    pub actor_id: Option<Uuid>,
    /// A name for that actor.
    pub actor_name: Option<String>,
    /// When it last changed.
    pub updated_at_ms: i64,
}

/// Names of shared secrets of one folder, in bytewise order.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn page(conn: &impl ConnectionTrait, folder_id: Uuid, want: KeyPage<'_>) -> Result<Vec<String>, DbError> {
    let mut values = vec![Value::from(folder_id), Value::from(Uuid::nil())];
    let mut sql = "SELECT s.key FROM secrets s WHERE s.folder_id = $1 AND s.owner_id = $2".to_owned();
    if let Some(after) = want.after {
        values.push(Value::from(after));
        sql.push_str(&format!(" AND s.key {} ${}", if want.is_descending { "<" } else { ">" }, values.len()));
    }
    push_search(&mut sql, &mut values, want.search);
    sql.push_str(&format!(" ORDER BY s.key {} LIMIT {}", if want.is_descending { "DESC" } else { "ASC" }, want.limit));
    let rows = conn.query_all_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        keys.push(row.try_get_by_index(0)?);
    }
    Ok(keys)
}

/// How many different names the shared secrets of some folders have; counting stops at `limit`.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, folder_ids: &[Uuid], search: &str, limit: u64) -> Result<u64, DbError> {
    if folder_ids.is_empty() {
        return Ok(0);
    }
    let mut values = vec![Value::from(Uuid::nil())];
    let mut places = Vec::with_capacity(folder_ids.len());
    for id in folder_ids.iter().take(super::IDS_PER_QUERY) {
        values.push(Value::from(*id));
        places.push(format!("${}", values.len()));
    }
    let mut inner =
        format!("SELECT DISTINCT s.key FROM secrets s WHERE s.owner_id = $1 AND s.folder_id IN ({})", places.join(", "));
    push_search(&mut inner, &mut values, search);
    let sql = format!("SELECT COUNT(*) FROM ({inner} LIMIT {limit}) k");
    let row = conn.query_one_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    let count: i64 = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The secrets of some folders with these names that belong to one of the owners, without values.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn briefs(
    conn: &impl ConnectionTrait,
    folder_ids: &[Uuid],
    keys: &[String],
    owners: &[Uuid],
) -> Result<Vec<Brief>, DbError> {
    let mut briefs = Vec::new();
    if folder_ids.is_empty() || owners.is_empty() {
        return Ok(briefs);
    }
    for keys in keys.chunks(super::IDS_PER_QUERY) {
        let mut values: Vec<Value> = Vec::new();
        let mut list = |given: Vec<Value>| {
            let places: Vec<String> = given
                .into_iter()
                .map(|value| {
                    values.push(value);
                    format!("${}", values.len())
                })
                .collect();
            places.join(", ")
        };
        let folders = list(folder_ids.iter().map(|id| Value::from(*id)).collect());
        let owners = list(owners.iter().map(|id| Value::from(*id)).collect());
        let names = list(keys.iter().map(|key| Value::from(key.as_str())).collect());
        let sql = format!(
            "SELECT s.id, s.folder_id, s.owner_id, s.key, s.version, s.value_fingerprint, s.is_empty, s.has_references, s.comment, \
             s.actor_type, s.actor_id, s.actor_name, s.updated_at_ms FROM secrets s \
             WHERE s.folder_id IN ({folders}) AND s.owner_id IN ({owners}) AND s.key IN ({names})"
        );
        for row in conn.query_all_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await? {
            briefs.push(brief(&row)?);
        }
    }
    Ok(briefs)
}

fn push_search(sql: &mut String, values: &mut Vec<Value>, search: &str) {
    if search.is_empty() {
        return;
    }
    let pattern = search.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    values.push(Value::from(format!("%{pattern}%")));
    sql.push_str(&format!(" AND LOWER(s.key) LIKE ${} ESCAPE '\\'", values.len()));
}

fn brief(row: &QueryResult) -> Result<Brief, DbError> {
    Ok(Brief {
        id: row.try_get_by_index(0)?,
        folder_id: row.try_get_by_index(1)?,
        owner_id: row.try_get_by_index(2)?,
        key: row.try_get_by_index(3)?,
        version: row.try_get_by_index(4)?,
        value_fingerprint: row.try_get_by_index(5)?,
        is_empty: row.try_get_by_index(6)?,
        has_references: row.try_get_by_index(7)?,
        comment: row.try_get_by_index(8)?,
        actor_type: row.try_get_by_index(9)?,
        actor_id: row.try_get_by_index(10)?,
        actor_name: row.try_get_by_index(11)?,
        updated_at_ms: row.try_get_by_index(12)?,
    })
}

//! From an environment's slug and folder names to a folder, in one query with what a reader of secrets needs to know next.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement, Value};
use uuid::Uuid;

use super::{from_row, select_list};
use crate::entities::{environments, folders, secret_imports, secrets};
use crate::error::DbError;

/// Joins stay below SQLite's limit of 64 tables; deeper paths are walked step by step.
const MAX_JOINED: usize = 20;

/// A folder, and which further tables are worth asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The environment.
    pub environment_id: Uuid,
    /// The folder.
    pub folder_id: Uuid,
    /// Whether the folder imports others.
    pub has_imports: bool,
    /// Whether any secret of the project may carry tags.
    pub project_has_tags: bool,
    /// Whether any secret of the project carries metadata.
    pub project_has_metadata: bool,
}

/// Finds the folder at a path, root first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment: &str,
    names: &[&str],
) -> Result<Option<Place>, DbError> {
    if names.len() > MAX_JOINED {
        return walk(conn, project_id, environment, names).await;
    }
    let (from, values) = joins(project_id, environment, names);
    let sql = format!("SELECT {}{from} WHERE e.project_id = $1 AND e.slug = $2", flags(names.len()));
    let row = conn.query_one_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    row.map(|row| place(&row)).transpose()
}

/// The folder at a path and, where it exists, one secret in it.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_with_secret(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment: &str,
    names: &[&str],
    key: &str,
    owner_id: Uuid,
) -> Result<Option<(Place, Option<secrets::Model>)>, DbError> {
    if names.len() > MAX_JOINED {
        let Some(place) = walk(conn, project_id, environment, names).await? else { return Ok(None) };
        return Ok(Some((place, super::find_by_key(conn, place.folder_id, key, owner_id).await?)));
    }
    let (from, mut values) = joins(project_id, environment, names);
    let (key_at, owner_at) = (values.len() + 1, values.len() + 2);
    values.extend([Value::from(key), Value::from(owner_id)]);
    let last = names.len();
    let sql = format!(
        "SELECT {}, {}{from} LEFT JOIN secrets s ON s.folder_id = f{last}.id AND s.key = ${key_at} AND s.owner_id = ${owner_at} \
         WHERE e.project_id = $1 AND e.slug = $2",
        flags(last),
        select_list(),
    );
    let row = conn.query_one_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await?;
    let Some(row) = row else { return Ok(None) };
    let secret_id: Option<Uuid> = row.try_get_by_index(5)?;
    let secret = if secret_id.is_some() { Some(from_row(&row, 5)?) } else { None };
    Ok(Some((place(&row)?, secret)))
}

/// The environments of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn environments(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<environments::Model>, DbError> {
    Ok(environments::Entity::find().filter(environments::Column::ProjectId.eq(project_id)).all(conn).await?)
}

/// The folders of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn folders(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<folders::Model>, DbError> {
    Ok(folders::Entity::find().filter(folders::Column::ProjectId.eq(project_id)).all(conn).await?)
}

/// The imports of all folders of a project that resolve on reading, by position; among one folder's imports a later one wins.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn imports(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<secret_imports::Model>, DbError> {
    Ok(secret_imports::Entity::find()
        .filter(secret_imports::Column::ProjectId.eq(project_id))
        .filter(secret_imports::Column::IsReplication.eq(false))
        .order_by_asc(secret_imports::Column::Position)
        .order_by_asc(secret_imports::Column::Id)
        .all(conn)
        .await?)
}

/// Whether secrets of the project may carry tags, and whether any carries metadata.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn project_flags(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<(bool, bool), DbError> {
    let sql = "SELECT EXISTS(SELECT 1 FROM tags t WHERE t.project_id = $1), \
               EXISTS(SELECT 1 FROM secret_metadata m WHERE m.project_id = $1)";
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, [Value::from(project_id)]);
    let Some(row) = conn.query_one_raw(statement).await? else { return Ok((true, true)) };
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

fn flags(last: usize) -> String {
    format!(
        "e.id, f{last}.id, EXISTS(SELECT 1 FROM secret_imports i WHERE i.folder_id = f{last}.id), \
         EXISTS(SELECT 1 FROM tags t WHERE t.project_id = $1), EXISTS(SELECT 1 FROM secret_metadata m WHERE m.project_id = $1)"
    )
}

fn joins(project_id: Uuid, environment: &str, names: &[&str]) -> (String, Vec<Value>) {
    let mut from = " FROM environments e JOIN folders f0 ON f0.environment_id = e.id AND f0.parent_id IS NULL".to_owned();
    let mut values = vec![Value::from(project_id), Value::from(environment)];
    for (index, name) in names.iter().enumerate() {
        values.push(Value::from(*name));
        let (parent, child, at) = (index, index + 1, values.len());
        from.push_str(&format!(
            " JOIN folders f{child} ON f{child}.environment_id = e.id AND f{child}.parent_id = f{parent}.id AND f{child}.name = ${at}"
        ));
    }
    (from, values)
}

fn place(row: &sea_orm::QueryResult) -> Result<Place, DbError> {
    Ok(Place {
        environment_id: row.try_get_by_index(0)?,
        folder_id: row.try_get_by_index(1)?,
        has_imports: row.try_get_by_index(2)?,
        project_has_tags: row.try_get_by_index(3)?,
        project_has_metadata: row.try_get_by_index(4)?,
    })
}

async fn walk(
    conn: &impl ConnectionTrait,
    project_id: Uuid,
    environment: &str,
    names: &[&str],
) -> Result<Option<Place>, DbError> {
    let environment = environments::Entity::find()
        .filter(environments::Column::ProjectId.eq(project_id))
        .filter(environments::Column::Slug.eq(environment))
        .one(conn)
        .await?;
    let Some(environment) = environment else { return Ok(None) };
    let in_environment = || folders::Entity::find().filter(folders::Column::EnvironmentId.eq(environment.id));
    let Some(mut folder) = in_environment().filter(folders::Column::ParentId.is_null()).one(conn).await? else {
        return Ok(None);
    };
    for name in names {
        let child = in_environment()
            .filter(folders::Column::ParentId.eq(folder.id))
            .filter(folders::Column::Name.eq(*name))
            .one(conn)
            .await?;
        let Some(child) = child else { return Ok(None) };
        folder = child;
    }
    let (project_has_tags, project_has_metadata) = project_flags(conn, project_id).await?;
    Ok(Some(Place {
        environment_id: environment.id,
        folder_id: folder.id,
        has_imports: true,
        project_has_tags,
        project_has_metadata,
    }))
}

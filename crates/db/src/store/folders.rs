//! Folders of an environment.

use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, IdenStatic, Iterable, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entities::folders::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// Levels joined in one query; SQLite joins at most 64 tables.
const LEVELS_A_QUERY: usize = 16;
/// Ids in one query; both backends take more.
const IDS_PER_QUERY: usize = 500;

/// The root folder of an environment.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn root(conn: &impl ConnectionTrait, environment_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::EnvironmentId.eq(environment_id)).filter(Column::ParentId.is_null()).one(conn).await?)
}

/// The folder reached from an environment's root by these names, whatever the depth in one query per sixteen levels.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn descend(conn: &impl ConnectionTrait, environment_id: Uuid, names: &[&str]) -> Result<Option<Model>, DbError> {
    let mut from: Option<Uuid> = None;
    let mut rest = names;
    loop {
        let (now, later) = rest.split_at(rest.len().min(LEVELS_A_QUERY));
        let Some(reached) = descend_some(conn, environment_id, from, now).await? else { return Ok(None) };
        if later.is_empty() {
            return Ok(Some(reached));
        }
        from = Some(reached.id);
        rest = later;
    }
}

async fn descend_some(
    conn: &impl ConnectionTrait,
    environment_id: Uuid,
    from: Option<Uuid>,
    names: &[&str],
) -> Result<Option<Model>, DbError> {
    let alias = |level: usize| Alias::new(format!("f{level}"));
    let mut query = Query::select();
    let last = alias(names.len());
    for column in Column::iter() {
        query.expr_as(Expr::col((last.clone(), column)), Alias::new(column.as_str()));
    }
    query.from_as(Entity, alias(0)).and_where(Expr::col((alias(0), Column::EnvironmentId)).eq(environment_id));
    match from {
        Some(id) => query.and_where(Expr::col((alias(0), Column::Id)).eq(id)),
        None => query.and_where(Expr::col((alias(0), Column::ParentId)).is_null()),
    };
    for (level, name) in names.iter().enumerate() {
        let child = alias(level + 1);
        query.join_as(
            sea_orm::sea_query::JoinType::InnerJoin,
            Entity,
            child.clone(),
            Expr::col((child.clone(), Column::EnvironmentId))
                .eq(environment_id)
                .and(Expr::col((child.clone(), Column::ParentId)).equals((alias(level), Column::Id)))
                .and(Expr::col((child, Column::Name)).eq(*name)),
        );
    }
    let statement = conn.get_database_backend().build(&query);
    Ok(Model::find_by_statement(statement).one(conn).await?)
}

/// The folders directly under a folder, by name.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn children(conn: &impl ConnectionTrait, parent_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ParentId.eq(parent_id)).order_by_asc(Column::Name).all(conn).await?)
}

/// The folder of that name directly under a folder.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_child(conn: &impl ConnectionTrait, parent_id: Uuid, name: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::ParentId.eq(parent_id)).filter(Column::Name.eq(name)).one(conn).await?)
}

/// A folder of a project by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_in_project(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// Takes the row locks of folders on PostgreSQL, in the order of their ids, so that writers of one folder come one after
/// another; on SQLite the writer is alone anyway.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, ids: &[Uuid]) -> Result<(), DbError> {
    if tx.needs_row_locks() && !ids.is_empty() {
        Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(Column::Id)
            .lock_exclusive()
            .into_tuple::<Uuid>()
            .all(tx)
            .await?;
    }
    Ok(())
}

/// All folders of an environment, in no order that parents could rely on.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_environment(conn: &impl ConnectionTrait, environment_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::EnvironmentId.eq(environment_id)).order_by_asc(Column::Name).all(conn).await?)
}

/// All folders of a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_project(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).order_by_asc(Column::Name).all(conn).await?)
}

/// Puts folders into another environment. Their parents are the caller's business.
///
/// # Errors
/// [`DbError`] when the rows cannot be written.
pub async fn set_environment(tx: &WriteTx, ids: &[Uuid], environment_id: Uuid) -> Result<(), DbError> {
    for chunk in ids.chunks(IDS_PER_QUERY) {
        Entity::update_many()
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .col_expr(Column::EnvironmentId, Expr::value(environment_id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

//! Keys held for a project.

use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::identities::escape_like;
use crate::entities::kms_keys::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// Which keys of a project to list, by name.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// Part of the name; canonical (lower case).
    pub search: Option<&'a str>,
    /// Whether names run from Z to A.
    pub is_descending: bool,
    /// How many are left out first.
    pub offset: u64,
    /// How many at most.
    pub limit: u64,
}

/// A key, held until the transaction ends.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, id: Uuid) -> Result<Option<Model>, DbError> {
    let query = Entity::find_by_id(id);
    let query = if tx.needs_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx).await?)
}

/// The key with this name in a project.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_name(conn: &impl ConnectionTrait, project_id: Uuid, name: &str) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).filter(Column::Name.eq(name)).one(conn).await?)
}

/// Keys of a project by name, and how many there are on all pages.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, project_id: Uuid, page: &Page<'_>) -> Result<(Vec<Model>, u64), DbError> {
    let mut query = Entity::find().filter(Column::ProjectId.eq(project_id));
    if let Some(search) = page.search {
        query = query.filter(Column::Name.like(LikeExpr::new(format!("%{}%", escape_like(search))).escape('!')));
    }
    let total = query.clone().count(conn).await?;
    let order = if page.is_descending { Order::Desc } else { Order::Asc };
    let rows = query.order_by(Column::Name, order).offset(page.offset).limit(page.limit).all(conn).await?;
    Ok((rows, total))
}

/// How many keys a project has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, project_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::ProjectId.eq(project_id)).count(conn).await?)
}

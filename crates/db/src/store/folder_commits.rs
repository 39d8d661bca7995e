//! Commits of folders and what they hold.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Iterable, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::identities::escape_like;
use crate::entities::folder_commit_changes as changes;
use crate::entities::folder_commits::{Column, Entity, Model};
use crate::entities::folders;
use crate::error::DbError;
use crate::write::WriteTx;

/// Which commits of a folder are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Text in the message, whatever its case.
    pub search: Option<String>,
    /// Commits that a search finds as well, whatever their message.
    pub also: Vec<Uuid>,
    /// Whether the oldest come first.
    pub is_oldest_first: bool,
    /// How many are passed over.
    pub offset: u64,
    /// How many are answered.
    pub limit: u64,
}

/// Where the next commits of folders go.
#[derive(Debug, Default)]
pub struct Heads {
    /// Environments by folder.
    pub environments: HashMap<Uuid, Uuid>,
    /// Numbers of the last commits by folder.
    pub last: HashMap<Uuid, i64>,
}

/// A commit of a project by id.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find(conn: &impl ConnectionTrait, project_id: Uuid, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).filter(Column::ProjectId.eq(project_id)).one(conn).await?)
}

/// The environments of these folders, where they exist, and the numbers of their last commits, where there is one.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn heads(conn: &impl ConnectionTrait, folder_ids: &[Uuid]) -> Result<Heads, DbError> {
    let mut heads = Heads::default();
    for chunk in folder_ids.chunks(super::secrets::IDS_PER_QUERY) {
        let ids = || chunk.iter().copied();
        let environments = folders::Entity::find()
            .select_only()
            .columns([folders::Column::Id, folders::Column::EnvironmentId])
            .filter(folders::Column::Id.is_in(ids()));
        heads.environments.extend(environments.into_tuple::<(Uuid, Uuid)>().all(conn).await?);
        let last = Entity::find()
            .select_only()
            .column(Column::FolderId)
            .column_as(Column::Sequence.max(), "last")
            .filter(Column::FolderId.is_in(ids()))
            .group_by(Column::FolderId);
        heads.last.extend(last.into_tuple::<(Uuid, i64)>().all(conn).await?);
    }
    Ok(heads)
}

/// A page of a folder's commits, newest first unless asked otherwise, and how many there are in all.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(conn: &impl ConnectionTrait, folder_id: Uuid, wanted: &Wanted) -> Result<(Vec<Model>, u64), DbError> {
    let mut query = Entity::find().filter(Column::FolderId.eq(folder_id));
    if let Some(search) = wanted.search.as_deref().map(str::to_lowercase).filter(|search| !search.is_empty()) {
        let message = Expr::expr(Func::lower(Expr::col((Entity, Column::Message)))).like(containing(&search));
        let any = Condition::any().add(message).add(Column::Id.is_in(wanted.also.iter().copied()));
        query = query.filter(any);
    }
    let total = query.clone().count(conn).await?;
    let query = match wanted.is_oldest_first {
        true => query.order_by_asc(Column::Sequence),
        false => query.order_by_desc(Column::Sequence),
    };
    Ok((query.offset(wanted.offset).limit(wanted.limit).all(conn).await?, total))
}

/// The newest changes of a folder's commits whose name, now or before, holds a text, whatever its case; without images.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn named(conn: &impl ConnectionTrait, folder_id: Uuid, text: &str, limit: u64) -> Result<Vec<changes::Model>, DbError> {
    let text = text.to_lowercase();
    let holds = |column: changes::Column| Expr::expr(Func::lower(Expr::col((changes::Entity, column)))).like(containing(&text));
    let query = changes::Entity::find()
        .select_only()
        .columns(changes::Column::iter().filter(|column| !matches!(column, changes::Column::Image)))
        .expr_as(Expr::value(Option::<String>::None), "image")
        .join(JoinType::InnerJoin, changes::Entity::belongs_to(Entity).from(changes::Column::CommitId).to(Column::Id).into())
        .filter(Column::FolderId.eq(folder_id))
        .filter(Condition::any().add(holds(changes::Column::Name)).add(holds(changes::Column::NameBefore)));
    Ok(query.order_by_desc(Column::Sequence).limit(limit).all(conn).await?)
}

fn containing(text: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escape_like(text))).escape('!')
}

/// How many commits a folder has.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count(conn: &impl ConnectionTrait, folder_id: Uuid) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::FolderId.eq(folder_id)).count(conn).await?)
}

/// The commits of a folder after one of them, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn after(conn: &impl ConnectionTrait, folder_id: Uuid, sequence: i64) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::FolderId.eq(folder_id)).filter(Column::Sequence.gt(sequence));
    Ok(query.order_by_desc(Column::Sequence).all(conn).await?)
}

/// The commits of a folder after a moment, Unix milliseconds, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn after_moment(conn: &impl ConnectionTrait, folder_id: Uuid, moment_ms: i64) -> Result<Vec<Model>, DbError> {
    let query = Entity::find().filter(Column::FolderId.eq(folder_id)).filter(Column::CreatedAtMs.gt(moment_ms));
    Ok(query.order_by_desc(Column::Sequence).all(conn).await?)
}

/// The last commit of a folder, which may be gone.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn last(conn: &impl ConnectionTrait, folder_id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(Column::FolderId.eq(folder_id)).order_by_desc(Column::Sequence).one(conn).await?)
}

/// What commits hold, each in its order.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn changes(conn: &impl ConnectionTrait, commit_ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<changes::Model>>, DbError> {
    let mut found: HashMap<Uuid, Vec<changes::Model>> = HashMap::new();
    for chunk in commit_ids.chunks(super::secrets::IDS_PER_QUERY) {
        let query = changes::Entity::find().filter(changes::Column::CommitId.is_in(chunk.iter().copied()));
        for row in query.order_by_asc(changes::Column::Position).all(conn).await? {
            found.entry(row.commit_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// What these secrets and folders were whenever one was removed, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn removals(conn: &impl ConnectionTrait, resource_ids: &[Uuid]) -> Result<Vec<changes::Model>, DbError> {
    let mut found = Vec::new();
    for chunk in resource_ids.chunks(super::secrets::IDS_PER_QUERY) {
        let query = changes::Entity::find()
            .join(JoinType::InnerJoin, changes::Entity::belongs_to(Entity).from(changes::Column::CommitId).to(Column::Id).into())
            .filter(changes::Column::ResourceId.is_in(chunk.iter().copied()))
            .filter(changes::Column::Image.is_not_null());
        found.extend(query.order_by_desc(Column::CreatedAtMs).order_by_desc(Column::Sequence).all(conn).await?);
    }
    Ok(found)
}

/// Notes that folders belong to another environment by now.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn set_environment(tx: &WriteTx, folder_ids: &[Uuid], environment_id: Uuid) -> Result<(), DbError> {
    for chunk in folder_ids.chunks(super::secrets::IDS_PER_QUERY) {
        Entity::update_many()
            .col_expr(Column::EnvironmentId, Expr::value(environment_id))
            .filter(Column::FolderId.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Notes by which commit one was reverted; whether it was not before.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn mark_reverted(tx: &WriteTx, id: Uuid, by: Uuid) -> Result<bool, DbError> {
    let marked = Entity::update_many()
        .col_expr(Column::RevertedBy, Expr::value(by))
        .filter(Column::Id.eq(id))
        .filter(Column::RevertedBy.is_null())
        .exec(tx)
        .await?;
    Ok(marked.rows_affected == 1)
}

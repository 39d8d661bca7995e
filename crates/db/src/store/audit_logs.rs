//! Reading the audit log.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::audit_logs::{Column, Entity, Model};
use crate::error::DbError;

/// Which rows of an organization's log.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of a project.
    pub project_id: Option<Uuid>,
    /// Kind of actor.
    pub actor_type: Option<String>,
    /// The actor.
    pub actor_id: Option<Uuid>,
    /// Event types; empty for all.
    pub event_types: Vec<String>,
    /// Kind of user agent.
    pub user_agent_type: Option<String>,
    /// From this time on, milliseconds.
    pub from_ms: Option<i64>,
    /// Up to this time, milliseconds.
    pub to_ms: Option<i64>,
}

/// When the newest row of any organization was written, Unix milliseconds.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn newest_ms(conn: &impl ConnectionTrait) -> Result<Option<i64>, DbError> {
    let newest = Entity::find().select_only().column_as(Column::CreatedAtMs.max(), "newest");
    Ok(newest.into_tuple::<Option<i64>>().one(conn).await?.flatten())
}

/// The place of a row in the order of reading.
pub type Position = (i64, Uuid);

/// The next rows, newest first, after a position where one is given.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    filter: &Filter,
    after: Option<Position>,
    offset: u64,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let mut query = Entity::find().filter(Column::OrgId.eq(org_id));
    if let Some(id) = filter.project_id {
        query = query.filter(Column::ProjectId.eq(id));
    }
    if let Some(kind) = &filter.actor_type {
        query = query.filter(Column::ActorType.eq(kind));
    }
    if let Some(id) = filter.actor_id {
        query = query.filter(Column::ActorId.eq(id));
    }
    if !filter.event_types.is_empty() {
        query = query.filter(Column::EventType.is_in(&filter.event_types));
    }
    if let Some(kind) = &filter.user_agent_type {
        query = query.filter(Column::UserAgentType.eq(kind));
    }
    if let Some(from) = filter.from_ms {
        query = query.filter(Column::CreatedAtMs.gte(from));
    }
    if let Some(to) = filter.to_ms {
        query = query.filter(Column::CreatedAtMs.lte(to));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            sea_orm::Condition::any()
                .add(Column::CreatedAtMs.lt(at))
                .add(sea_orm::Condition::all().add(Column::CreatedAtMs.eq(at)).add(Column::Id.lt(id))),
        );
    }
    Ok(query.order_by_desc(Column::CreatedAtMs).order_by_desc(Column::Id).offset(offset).limit(limit).all(conn).await?)
}

//! Machine identities and their metadata.

use sea_orm::sea_query::{Expr, Func, LikeExpr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::entities::{identities, identity_metadata, org_memberships};
use crate::error::DbError;
use crate::write::WriteTx;

/// How a name is matched.
#[derive(Clone, Debug)]
pub enum NameMatch {
    /// The whole name.
    Equals(String),
    /// A part of the name, whatever its case.
    Contains(String),
    /// One of these names.
    OneOf(Vec<String>),
}

/// Which identities of an organization.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// By name.
    pub name: Option<NameMatch>,
    /// By organization role slug or `custom`.
    pub roles: Option<Vec<String>>,
    /// Only those of this project; without it only those of the organization itself.
    pub project_id: Option<Uuid>,
}

/// A page and how to sort it.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Rows to leave out.
    pub offset: u64,
    /// Rows to return; `None` for all.
    pub limit: Option<u64>,
    /// Largest first.
    pub descending: bool,
}

/// A page of an organization's identities by name, and how many there are in all.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn search(
    conn: &impl ConnectionTrait,
    org_id: Uuid,
    filter: &Filter,
    page: Page,
) -> Result<(Vec<identities::Model>, u64), DbError> {
    let query = select(org_id, filter);
    let total = query.clone().count(conn).await?;
    let order = if page.descending { Order::Desc } else { Order::Asc };
    let query = query.order_by(identities::Column::Name, order).order_by_asc(identities::Column::Id);
    let query = match page.limit {
        Some(limit) => query.offset(page.offset).limit(limit),
        None => query,
    };
    Ok((query.all(conn).await?, total))
}

fn select(org_id: Uuid, filter: &Filter) -> Select<identities::Entity> {
    let mut query = identities::Entity::find().filter(identities::Column::OrgId.eq(org_id));
    query = match filter.project_id {
        Some(id) => query.filter(identities::Column::ProjectId.eq(id)),
        None => query.filter(identities::Column::ProjectId.is_null()),
    };
    query = match &filter.name {
        None => query,
        Some(NameMatch::Equals(name)) => query.filter(identities::Column::Name.eq(name)),
        Some(NameMatch::OneOf(names)) => query.filter(identities::Column::Name.is_in(names)),
        Some(NameMatch::Contains(part)) => {
            let pattern = LikeExpr::new(format!("%{}%", escape_like(&part.to_lowercase()))).escape('!');
            query.filter(Expr::expr(Func::lower(Expr::col(identities::Column::Name))).like(pattern))
        }
    };
    if let Some(roles) = &filter.roles {
        let members = Query::select()
            .column(org_memberships::Column::IdentityId)
            .from(org_memberships::Entity)
            .and_where(org_memberships::Column::OrgId.eq(org_id))
            .and_where(org_memberships::Column::IdentityId.is_not_null())
            .and_where(org_memberships::Column::Role.is_in(roles))
            .to_owned();
        query = query.filter(identities::Column::Id.in_subquery(members));
    }
    query
}

/// Makes `%`, `_` and `!` mean themselves inside a LIKE pattern.
pub(super) fn escape_like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The identities with these ids.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_ids(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<identities::Model>, DbError> {
    Ok(identities::Entity::find().filter(identities::Column::Id.is_in(ids.to_vec())).all(conn).await?)
}

/// The metadata of these identities, in the order it was given.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_metadata(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<identity_metadata::Model>, DbError> {
    Ok(identity_metadata::Entity::find()
        .filter(identity_metadata::Column::IdentityId.is_in(ids.to_vec()))
        .order_by_asc(identity_metadata::Column::Position)
        .order_by_asc(identity_metadata::Column::Id)
        .all(conn)
        .await?)
}

/// Removes the metadata of an identity.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn clear_metadata(tx: &WriteTx, identity_id: Uuid) -> Result<(), DbError> {
    identity_metadata::Entity::delete_many().filter(identity_metadata::Column::IdentityId.eq(identity_id)).exec(tx).await?;
    Ok(())
}

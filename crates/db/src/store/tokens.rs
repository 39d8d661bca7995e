//! Access tokens of identities.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use uuid::Uuid;

use crate::entities::identity_access_tokens::{Column, Entity, Model};
use crate::error::DbError;
use crate::write::WriteTx;

/// The token, held until the transaction ends.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock(tx: &WriteTx, id: Uuid) -> Result<Option<Model>, DbError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Counts one use of a token with a limit; whether the limit allowed it. Two callers never share the last use.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_use(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    let done = Entity::update_many()
        .col_expr(Column::NumUses, Expr::col(Column::NumUses).add(1))
        .col_expr(Column::LastUsedAtMs, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::IsRevoked.eq(false))
        .filter(
            Condition::any().add(Column::NumUsesLimit.eq(0)).add(Expr::col(Column::NumUses).lt(Expr::col(Column::NumUsesLimit))),
        )
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that the token was used.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn touch(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<(), DbError> {
    Entity::update_many().col_expr(Column::LastUsedAtMs, Expr::value(now_ms)).filter(Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}

/// Revokes a token; whether it was good until now.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn revoke(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    Ok(revocation(now_ms).filter(Column::Id.eq(id)).exec(tx).await?.rows_affected > 0)
}

/// Revokes what was issued to an identity through one method; how many.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn revoke_by_method(tx: &WriteTx, identity_id: Uuid, auth_method: &str, now_ms: i64) -> Result<u64, DbError> {
    let query = revocation(now_ms).filter(Column::IdentityId.eq(identity_id)).filter(Column::AuthMethod.eq(auth_method));
    Ok(query.exec(tx).await?.rows_affected)
}

/// Revokes what was issued for a client secret; how many.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn revoke_by_client_secret(tx: &WriteTx, client_secret_id: Uuid, now_ms: i64) -> Result<u64, DbError> {
    Ok(revocation(now_ms).filter(Column::ClientSecretId.eq(client_secret_id)).exec(tx).await?.rows_affected)
}

fn revocation(now_ms: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::IsRevoked, Expr::value(true))
        .col_expr(Column::UpdatedAtMs, Expr::value(now_ms))
        .filter(Column::IsRevoked.eq(false))
}

/// Gives the tokens of a method the trusted addresses that the method has now.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn set_trusted_ips(tx: &WriteTx, identity_id: Uuid, auth_method: &str, trusted_ips: &str) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::TrustedIps, Expr::value(trusted_ips))
        .filter(Column::IdentityId.eq(identity_id))
        .filter(Column::AuthMethod.eq(auth_method))
        .exec(tx)
        .await?;
    Ok(())
}

/// A page of an identity's tokens of one method, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list(
    conn: &impl ConnectionTrait,
    identity_id: Uuid,
    auth_method: &str,
    offset: u64,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    Ok(Entity::find()
        .filter(Column::IdentityId.eq(identity_id))
        .filter(Column::AuthMethod.eq(auth_method))
        .order_by_desc(Column::CreatedAtMs)
        .order_by_asc(Column::Id)
        .offset(offset)
        .limit(limit)
        .all(conn)
        .await?)
}

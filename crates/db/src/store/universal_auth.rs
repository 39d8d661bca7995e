//! Universal auth of identities and its client secrets.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entities::{identity_universal_auths as auths, universal_auth_client_secrets as secrets};
use crate::error::DbError;
use crate::write::WriteTx;

/// The method attached to an identity.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_by_identity(conn: &impl ConnectionTrait, identity_id: Uuid) -> Result<Option<auths::Model>, DbError> {
    Ok(auths::Entity::find().filter(auths::Column::IdentityId.eq(identity_id)).one(conn).await?)
}

/// The methods attached to these identities.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_by_identities(conn: &impl ConnectionTrait, identity_ids: &[Uuid]) -> Result<Vec<auths::Model>, DbError> {
    Ok(auths::Entity::find().filter(auths::Column::IdentityId.is_in(identity_ids.to_vec())).all(conn).await?)
}

/// The method with this client id, held until the transaction ends: sign-ins of one client are counted one by one.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn lock_by_client_id(tx: &WriteTx, client_id: Uuid) -> Result<Option<auths::Model>, DbError> {
    Ok(auths::Entity::find().filter(auths::Column::ClientId.eq(client_id)).lock_exclusive().one(tx).await?)
}

/// The client secret with this hash.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_secret_by_hash(
    conn: &impl ConnectionTrait,
    universal_auth_id: Uuid,
    hash: &[u8],
) -> Result<Option<secrets::Model>, DbError> {
    Ok(secrets::Entity::find()
        .filter(secrets::Column::UniversalAuthId.eq(universal_auth_id))
        .filter(secrets::Column::SecretHash.eq(hash))
        .one(conn)
        .await?)
}

/// A client secret of an identity, revoked or not.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn find_secret(
    conn: &impl ConnectionTrait,
    universal_auth_id: Uuid,
    id: Uuid,
) -> Result<Option<secrets::Model>, DbError> {
    Ok(secrets::Entity::find_by_id(id).filter(secrets::Column::UniversalAuthId.eq(universal_auth_id)).one(conn).await?)
}

/// The client secrets that are not revoked, newest first.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn list_secrets(conn: &impl ConnectionTrait, universal_auth_id: Uuid) -> Result<Vec<secrets::Model>, DbError> {
    Ok(secrets::Entity::find()
        .filter(secrets::Column::UniversalAuthId.eq(universal_auth_id))
        .filter(secrets::Column::IsRevoked.eq(false))
        .order_by_desc(secrets::Column::CreatedAtMs)
        .order_by_asc(secrets::Column::Id)
        .all(conn)
        .await?)
}

/// Counts one use of a client secret; whether its limit allowed it. Two sign-ins never share the last use.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn count_secret_use(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    let done = secrets::Entity::update_many()
        .col_expr(secrets::Column::NumUses, Expr::col(secrets::Column::NumUses).add(1))
        .col_expr(secrets::Column::UpdatedAtMs, Expr::value(now_ms))
        .filter(secrets::Column::Id.eq(id))
        .filter(secrets::Column::IsRevoked.eq(false))
        .filter(
            Condition::any()
                .add(secrets::Column::NumUsesLimit.eq(0))
                .add(Expr::col(secrets::Column::NumUses).lt(Expr::col(secrets::Column::NumUsesLimit))),
        )
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Revokes a client secret; whether it was good until now.
///
/// # Errors
/// [`DbError`] when the database does not answer.
pub async fn revoke_secret(tx: &WriteTx, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    let done = secrets::Entity::update_many()
        .col_expr(secrets::Column::IsRevoked, Expr::value(true))
        .col_expr(secrets::Column::UpdatedAtMs, Expr::value(now_ms))
        .filter(secrets::Column::Id.eq(id))
        .filter(secrets::Column::IsRevoked.eq(false))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

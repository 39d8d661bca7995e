//! What the administrator of the installation sees and sets (core API contract 4.3).

use keyferry_db::entities::server_settings;
use keyferry_db::server_settings as store;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::{Actor, Caller};
use crate::error::{Error, Result};

/// The installation's settings, as far as they are public.
pub struct Config {
    /// Id of the installation.
    pub instance_id: Uuid,
    /// Whether the first account was made.
    pub is_initialized: bool,
    /// Whether anybody may make an account.
    pub allow_sign_up: bool,
    /// When it was first started.
    pub created_at_ms: i64,
    /// When the settings last changed.
    pub updated_at_ms: i64,
}

/// A change of the settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConfigChange {
    /// Whether anybody may make an account.
    pub allow_sign_up: Option<bool>,
}

/// The settings; they need no right.
///
/// # Errors
/// When the database does not answer.
pub async fn config(app: &App) -> Result<Config> {
    Ok(present(load(app.db.read()).await?))
}

/// Changes the settings.
///
/// # Errors
/// 403 for anybody but an administrator of the installation.
pub async fn change_config(app: &App, caller: &Caller, change: ConfigChange) -> Result<Config> {
    let is_admin = match &caller.actor {
        Actor::User { is_super_admin, .. } => *is_super_admin,
        Actor::Identity { is_instance_admin, .. } => *is_instance_admin,
        Actor::Service { .. } => false,
        Actor::Platform => true,
    };
    if !is_admin {
        return Err(Error::forbidden("Requires elevated super admin privileges"));
    }
    let tx = app.db.begin().await?;
    let mut settings = load(&tx).await?;
    if let Some(allow) = change.allow_sign_up {
        settings.allow_sign_up = allow;
    }
    settings.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, settings.clone()).await?;
    let metadata = serde_json::json!({"allowSignUp": settings.allow_sign_up});
    audit::record(app, &tx, caller, Event::org(caller, "update-instance-config", metadata)).await?;
    tx.commit().await?;
    Ok(present(settings))
}

async fn load(conn: &impl keyferry_db::Conn) -> Result<server_settings::Model> {
    store::find(conn).await?.ok_or_else(|| Error::internal("the installation's settings are gone"))
}

fn present(settings: server_settings::Model) -> Config {
    Config {
        instance_id: settings.instance_id,
        is_initialized: settings.is_initialized,
        allow_sign_up: settings.allow_sign_up,
        created_at_ms: settings.created_at_ms,
        updated_at_ms: settings.updated_at_ms,
    }
}

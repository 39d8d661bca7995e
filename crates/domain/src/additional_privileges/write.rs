//! Giving, changing and taking away privileges.

use keyferry_db::entities::additional_privileges::Model;
use keyferry_db::entities::project_memberships::Model as Membership;
use keyferry_db::{DbError, WriteTx};
use serde_json::json;
use uuid::Uuid;

use super::read::{PrivilegeView, find, view};
use super::rights::{Holder, Target, require_assign};
use crate::access::{self, Ability, Rule};
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::memberships::{Temporary, range_ms, rules_of};

/// Most privileges of a member.
pub const MAX_PRIVILEGES: u64 = 100;

/// A new privilege.
#[derive(Clone, Debug)]
pub struct CreatePrivilege {
    /// Its slug, of which a member has no two; made up where there is none.
    pub slug: Option<String>,
    /// What it permits and forbids.
    pub permissions: Vec<Rule>,
    /// For one that ends by itself.
    pub temporary: Option<Temporary>,
}

/// What to change; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UpdatePrivilege {
    /// Its slug.
    pub slug: Option<String>,
    /// What it permits and forbids.
    pub permissions: Option<Vec<Rule>>,
    /// When it ends; `Some(None)` for one that does not.
    pub temporary: Option<Option<Temporary>>,
}

/// Gives a member of a project a privilege.
///
/// # Errors
/// 404 for an unknown member, 403 without `assign-additional-privileges` or for somebody who would then hold more than the caller,
/// 422 for a rule that cannot be evaluated, 400 for a slug that is taken, a bad duration or too many privileges.
pub async fn create(app: &App, caller: &Caller, target: Target, input: CreatePrivilege) -> Result<PrivilegeView> {
    const STRONGER: &str = "Failed to give a privilege beyond your own";
    let (ability, membership) = prepare(app, caller, target).await?;
    access::validate_rules(&input.permissions)?;
    let timing = Timing::of(input.temporary.as_ref())?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, membership.project_id).await?;
    let membership = target.find(&tx, caller).await?;
    require_not_stronger(app, &tx, &ability, &membership, STRONGER).await?;
    ability.require_all(&input.permissions, STRONGER)?;
    if keyferry_db::additional_privileges::count(&tx, membership.id).await? >= MAX_PRIVILEGES {
        return Err(Error::bad_request(format!("A member has at most {MAX_PRIVILEGES} additional privileges")));
    }
    let now_ms = app.now_ms();
    let row = Model {
        id: app.ids.v4(),
        project_id: membership.project_id,
        membership_id: membership.id,
        slug: input.slug.unwrap_or_else(|| keyferry_crypto::random_alphanumeric(8).to_lowercase()),
        permissions: serde_json::to_string(&input.permissions).map_err(Error::internal)?,
        is_temporary: input.temporary.is_some(),
        temporary_mode: timing.mode,
        temporary_range: timing.range,
        temporary_start_at_ms: timing.start_at_ms,
        temporary_end_at_ms: timing.end_at_ms,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    };
    keyferry_db::insert(&tx, row.clone()).await.map_err(|error| taken(error, &row.slug))?;
    require_not_stronger(app, &tx, &ability, &membership, STRONGER).await?;
    audit::record(app, &tx, caller, event(caller, &row, &membership, "create-additional-privilege")).await?;
    tx.commit().await?;
    access::forget_project(app);
    view(row, membership)
}

/// Changes a privilege. What the member holds before and after must be within what the caller may do.
///
/// # Errors
/// As [`create`]; 404 for an unknown privilege.
pub async fn update(app: &App, caller: &Caller, holder: Holder, id: Uuid, change: UpdatePrivilege) -> Result<PrivilegeView> {
    const STRONGER: &str = "Failed to change a privilege beyond your own";
    let project_id = find(app.db.read(), caller, holder, id).await?.membership.project_id;
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let PrivilegeView { mut row, permissions: before, membership } = find(&tx, caller, holder, id).await?;
    require_assign(&ability, &membership)?;
    require_not_stronger(app, &tx, &ability, &membership, STRONGER).await?;
    ability.require_all(&before, STRONGER)?;
    if let Some(permissions) = &change.permissions {
        access::validate_rules(permissions)?;
        ability.require_all(permissions, STRONGER)?;
        row.permissions = serde_json::to_string(permissions).map_err(Error::internal)?;
    }
    if let Some(slug) = change.slug {
        row.slug = slug;
    }
    if let Some(temporary) = change.temporary {
        let timing = Timing::of(temporary.as_ref())?;
        row.is_temporary = temporary.is_some();
        row.temporary_mode = timing.mode;
        row.temporary_range = timing.range;
        row.temporary_start_at_ms = timing.start_at_ms;
        row.temporary_end_at_ms = timing.end_at_ms;
    }
    row.updated_at_ms = app.now_ms();
    keyferry_db::update(&tx, row.clone()).await.map_err(|error| taken(error, &row.slug))?;
    require_not_stronger(app, &tx, &ability, &membership, STRONGER).await?;
    audit::record(app, &tx, caller, event(caller, &row, &membership, "update-additional-privilege")).await?;
    tx.commit().await?;
    access::forget_project(app);
    view(row, membership)
}

/// Takes a privilege away. One that forbids is taken away only by somebody who may do what it forbade.
///
/// # Errors
/// 404 for an unknown privilege, 403 without `assign-additional-privileges` or for somebody who holds, or would then hold, more
/// than the caller.
pub async fn delete(app: &App, caller: &Caller, holder: Holder, id: Uuid) -> Result<PrivilegeView> {
    const STRONGER: &str = "Failed to take away a privilege beyond your own";
    let project_id = find(app.db.read(), caller, holder, id).await?.membership.project_id;
    let (_, ability) = access::project_ability(app, app.db.read(), caller, project_id).await?;
    let tx = app.db.begin().await?;
    keyferry_db::projects::lock(&tx, project_id).await?;
    let gone = find(&tx, caller, holder, id).await?;
    require_assign(&ability, &gone.membership)?;
    require_not_stronger(app, &tx, &ability, &gone.membership, STRONGER).await?;
    keyferry_db::delete(&tx, gone.row.clone()).await?;
    require_not_stronger(app, &tx, &ability, &gone.membership, STRONGER).await?;
    audit::record(app, &tx, caller, event(caller, &gone.row, &gone.membership, "delete-additional-privilege")).await?;
    tx.commit().await?;
    access::forget_project(app);
    Ok(gone)
}

/// The caller's ability and the member, where the caller may give that member privileges.
async fn prepare(app: &App, caller: &Caller, target: Target) -> Result<(std::sync::Arc<Ability>, Membership)> {
    let conn = app.db.read();
    let membership = target.find(conn, caller).await?;
    let (_, ability) = access::project_ability(app, conn, caller, membership.project_id).await?;
    require_assign(&ability, &membership)?;
    Ok((ability, membership))
}

/// Refuses where a member holds more than the caller. Looked at before and after a change, so that neither somebody stronger is
/// changed nor anybody becomes stronger, be it because a prohibition ends.
async fn require_not_stronger(app: &App, tx: &WriteTx, ability: &Ability, membership: &Membership, message: &str) -> Result<()> {
    ability.require_all(&rules_of(tx, membership, app.now_ms()).await?, message)
}

/// When a privilege holds, as it is stored.
#[derive(Default)]
struct Timing {
    mode: Option<String>,
    range: Option<String>,
    start_at_ms: Option<i64>,
    end_at_ms: Option<i64>,
}

impl Timing {
    fn of(temporary: Option<&Temporary>) -> Result<Self> {
        let Some(temporary) = temporary else { return Ok(Self::default()) };
        let end_at_ms = range_ms(&temporary.range)
            .and_then(|range| temporary.start_at_ms.checked_add(range))
            .ok_or_else(|| Error::bad_request("The temporary range must be a duration such as 30m, 1h or 3d"))?;
        Ok(Self {
            mode: Some("relative".to_owned()),
            range: Some(temporary.range.clone()),
            start_at_ms: Some(temporary.start_at_ms),
            end_at_ms: Some(end_at_ms),
        })
    }
}

fn taken(error: DbError, slug: &str) -> Error {
    match error {
        DbError::Unique(_) => Error::bad_request(format!("Additional privilege with slug '{slug}' already exists")),
        other => other.into(),
    }
}

fn event(caller: &Caller, row: &Model, membership: &Membership, kind: &'static str) -> Event {
    let metadata = json!({
        "privilegeId": row.id, "slug": row.slug, "userId": membership.user_id, "identityId": membership.identity_id,
        "isTemporary": row.is_temporary,
    });
    Event::project(caller, row.project_id, kind, metadata)
}

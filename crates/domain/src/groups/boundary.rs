//! Nobody makes others, or themselves, members of a group that holds more than they do.

use keyferry_db::Conn;
use keyferry_db::entities::groups;

use crate::access::{self, Ability, Facts};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::memberships;
use crate::organizations;

/// Requires that the caller holds what the group gives: in the organization, and in every project it is a member of. Who may
/// join any project may also let others in.
///
/// # Errors
/// 403 `PermissionBoundaryError` with what is missing, 403 for a project that the caller does not belong to.
pub(super) async fn require_not_stronger(
    app: &App,
    conn: &impl Conn,
    caller: &Caller,
    ability: &Ability,
    group: &groups::Model,
    message: &str,
) -> Result<()> {
    ability.require_all(&organizations::group_rules(conn, group).await?, message)?;
    if ability.allows("access-all-projects", "organization-admin-console", Facts::any()) {
        return Ok(());
    }
    let now_ms = app.now_ms();
    for membership in keyferry_db::project_memberships::list_of_group(conn, group.id).await? {
        let rules = memberships::rules_of(conn, &membership, now_ms).await?;
        if rules.is_empty() {
            continue;
        }
        match access::project_ability(app, conn, caller, membership.project_id).await {
            Ok((_, own)) => own.require_all(&rules, message)?,
            Err(Error::Forbidden { .. }) => return Err(access::boundary_error(message, Vec::new())),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

//! Roles granted to a membership, for good or for a time (core API contract 7.2).

use keyferry_db::entities::{project_membership_roles, project_memberships, project_roles};
use keyferry_db::{Conn, WriteTx};
use uuid::Uuid;

use crate::access::{self, Ability, Rule};
use crate::app::App;
use crate::error::{Error, Result};

/// A role to grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantInput {
    /// Slug of a built-in or custom role.
    pub role: String,
    /// For a grant that ends by itself.
    pub temporary: Option<Temporary>,
}

/// When a grant begins and how long it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Temporary {
    /// A duration such as `30m`, `1h` or `3d`.
    pub range: String,
    /// When it begins, milliseconds.
    pub start_at_ms: i64,
}

impl GrantInput {
    /// A grant that does not end.
    #[must_use]
    pub fn permanent(role: impl Into<String>) -> Self {
        Self { role: role.into(), temporary: None }
    }
}

/// Milliseconds of a duration such as `30m`, `1h` or `3d`; `None` for anything else and for nothing at all.
#[must_use]
pub fn range_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let number: i64 = number.parse().ok()?;
    let unit_ms = match unit.trim().to_ascii_lowercase().as_str() {
        "ms" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 7 * 86_400_000,
        "y" | "yr" | "yrs" | "year" | "years" => 31_557_600_000,
        _ => return None,
    };
    number.checked_mul(unit_ms).filter(|ms| *ms > 0)
}

/// Roles that were looked up and that the granter may hand out.
pub(crate) struct Resolved {
    roles: Vec<(GrantInput, Option<project_roles::Model>)>,
}

impl Resolved {
    /// Looks the roles up and compares what they permit with what the granter holds.
    ///
    /// # Errors
    /// 404 for an unknown custom role, 400 for a bad duration, 403 for a role stronger than the granter's.
    pub async fn find(
        conn: &impl Conn,
        project_id: Uuid,
        granter: &Ability,
        inputs: Vec<GrantInput>,
        message: &str,
    ) -> Result<Self> {
        let slugs: Vec<String> =
            inputs.iter().filter(|input| access::project_role(&input.role).is_none()).map(|input| input.role.clone()).collect();
        let customs = if slugs.is_empty() {
            Vec::new()
        } else {
            keyferry_db::project_roles::list_by_slugs(conn, project_id, &slugs).await?
        };
        let mut roles = Vec::new();
        for input in inputs {
            if let Some(temporary) = &input.temporary {
                range_ms(&temporary.range)
                    .and_then(|range| temporary.start_at_ms.checked_add(range))
                    .ok_or_else(|| Error::bad_request("The temporary range must be a duration such as 30m, 1h or 3d"))?;
            }
            if let Some(rules) = access::project_role(&input.role) {
                granter.require_all(&rules, message)?;
                roles.push((input, None));
            } else {
                let custom = customs
                    .iter()
                    .find(|custom| custom.slug == input.role)
                    .ok_or_else(|| Error::not_found("One or more custom project roles not found"))?;
                granter.require_all(&parse(&custom.permissions)?, message)?;
                roles.push((input, Some(custom.clone())));
            }
        }
        Ok(Self { roles })
    }

    /// Gives the roles to a membership that has none.
    pub async fn write(self, app: &App, tx: &WriteTx, membership_id: Uuid, project_id: Uuid) -> Result<()> {
        let now_ms = app.now_ms();
        let rows = self
            .roles
            .into_iter()
            .map(|(input, custom)| {
                let end_at_ms = input
                    .temporary
                    .as_ref()
                    .and_then(|temporary| Some(temporary.start_at_ms.saturating_add(range_ms(&temporary.range)?)));
                project_membership_roles::Model {
                    id: app.ids.v4(),
                    membership_id,
                    project_id,
                    role: if custom.is_some() { "custom".to_owned() } else { input.role },
                    custom_role_id: custom.map(|custom| custom.id),
                    is_temporary: input.temporary.is_some(),
                    temporary_mode: input.temporary.as_ref().map(|_| "relative".to_owned()),
                    temporary_range: input.temporary.as_ref().map(|temporary| temporary.range.clone()),
                    temporary_start_at_ms: input.temporary.as_ref().map(|temporary| temporary.start_at_ms),
                    temporary_end_at_ms: end_at_ms,
                    created_at_ms: now_ms,
                    updated_at_ms: now_ms,
                }
            })
            .collect();
        keyferry_db::insert_many(tx, rows).await?;
        Ok(())
    }
}

/// Gives a built-in role to a membership, for good.
pub(crate) async fn write_built_in(app: &App, tx: &WriteTx, membership_id: Uuid, project_id: Uuid, role: &str) -> Result<()> {
    Resolved { roles: vec![(GrantInput::permanent(role), None)] }.write(app, tx, membership_id, project_id).await
}

/// The rules that a member has now: those of their groups, of their roles and of their additional privileges.
pub(crate) async fn rules_of(conn: &impl Conn, membership: &project_memberships::Model, now_ms: i64) -> Result<Vec<Rule>> {
    let project_id = membership.project_id;
    let grants = match membership.group_id {
        Some(_) => keyferry_db::access::membership_grants(conn, project_id, std::slice::from_ref(membership)).await?,
        None => keyferry_db::access::project_grants(conn, project_id, membership.user_id, membership.identity_id)
            .await?
            .unwrap_or_default(),
    };
    let mut rules = Vec::new();
    for grant in grants {
        if grant.is_temporary && grant.temporary_end_at_ms.is_none_or(|end| end <= now_ms) {
            continue;
        }
        match grant.custom_permissions {
            Some(custom) => rules.extend(parse(&custom)?),
            None => rules.extend(access::project_role(&grant.role).unwrap_or_default()),
        }
    }
    Ok(rules)
}

pub(super) fn parse(json: &str) -> Result<Vec<Rule>> {
    serde_json::from_str(json).map_err(|e| Error::internal(format!("a stored role cannot be read: {e}")))
}

#[cfg(test)]
mod tests {
    use super::range_ms;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, expected) in [
            ("30m", Some(1_800_000)),
            ("1h", Some(3_600_000)),
            ("3d", Some(259_200_000)),
            ("2 weeks", Some(1_209_600_000)),
            ("0h", None),
            ("h", None),
            ("", None),
            ("-1h", None),
            ("1x", None),
            ("99999999999999999y", None),
            ("15", None),
        ] {
            assert_eq!(range_ms(text), expected, "{text}");
        }
    }
}

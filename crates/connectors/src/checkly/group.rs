//! The variables of a check group. They are replaced as a whole, through a
//! route that may reset what is left out, so everything is sent back as it was
//! read (Checkly API contract, section 4).

use std::collections::{BTreeMap, HashMap, HashSet};

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::client::{Request, SINGLE_BYTES, Session, Tally};
use super::destination::{Fold, read_pages};
use super::wire::{Capped, GROUPS, VariableBody, WireGroup, WireVariable, group_path};
use super::{GROUP_LIMIT, runtime_takes_secrets};
use crate::connector::{Done, Group, GroupSnapshot, GroupVariable, GroupWrite, Observed, Warning};
use crate::failure::{Failure, FailureKind};
use crate::plan::Flags;
use crate::redact::Redactor;

const VARIABLES: &str = "environmentVariables";
/// Variables of a group that are read at most; above what Checkly can hold, so
/// that a raised limit there does not break reading.
const MOST_READ: usize = 10_000;

/// The members of a group that an update may carry, variables left out.
const WRITABLE: &[&str] = &[
    "name",
    "activated",
    "muted",
    "tags",
    "locations",
    "concurrency",
    "apiCheckDefaults",
    "browserCheckDefaults",
    "runtimeId",
    "doubleCheck",
    "useGlobalAlertSettings",
    "alertSettings",
    "alertChannelSubscriptions",
    "setupSnippetId",
    "tearDownSnippetId",
    "localSetupScript",
    "localTearDownScript",
    "privateLocations",
    "runParallel",
    "retryStrategy",
];

/// Members whose items have no order.
const SETS: &[&str] = &["tags", "locations", "privateLocations", "alertChannelSubscriptions"];

pub(super) async fn list(session: &Session<'_>, tally: &mut Tally) -> Result<Vec<Group>, Failure> {
    let mut known = HashSet::new();
    let mut groups = Vec::new();
    read_pages(session, GROUPS, "a list of check groups", tally, |group: WireGroup, _page| {
        let new = known.insert(group.id);
        if new {
            let id = group.id.to_string();
            groups.push(Group { name: group.name.unwrap_or_else(|| id.clone()), id });
        }
        new
    })
    .await?;
    Ok(groups)
}

pub(super) async fn observe(session: &Session<'_>, group_id: &str, tally: &mut Tally) -> Result<Observed, Failure> {
    let snapshot = read(session, group_id, tally).await?;
    let mut fold = Fold::default();
    for variable in &snapshot.variables {
        fold.take(variable.clone(), 1);
    }
    let mut warnings = fold.warnings;
    if let Some(runtime_id) = &snapshot.runtime_id
        && !runtime_takes_secrets(runtime_id)
    {
        warnings.push(Warning::OldRuntime { runtime_id: runtime_id.clone() });
    }
    if let Some(owner) = managing_owner(&snapshot.members) {
        warnings.push(Warning::ManagedByCode { owner });
    }
    Ok(Observed { variables: fold.variables, pages: 1, warnings, group: Some(snapshot) })
}

fn managing_owner(members: &Map<String, Value>) -> Option<String> {
    match members.get("projectBindings")?.get("owner")? {
        Value::Null => None,
        Value::String(owner) => Some(owner.clone()),
        Value::Object(owner) => Some(
            ["name", "logicalId", "id"]
                .iter()
                .find_map(|member| owner.get(*member)?.as_str())
                .unwrap_or("a Checkly CLI project")
                .to_owned(),
        ),
        _ => Some("a Checkly CLI project".to_owned()),
    }
}

async fn read(session: &Session<'_>, group_id: &str, tally: &mut Tally) -> Result<GroupSnapshot, Failure> {
    let redactor = Redactor::new([&session.credentials.api_key]);
    let request = Request::get(group_path("v1", group_id)?, SINGLE_BYTES);
    let answer = session.send(&request, &redactor, tally).await?;
    if !answer.is_success() {
        return Err(answer.refusal(&redactor, "The check group"));
    }
    let members: Map<String, Value> = answer.read("a check group")?;
    snapshot(group_id, members).ok_or_else(|| answer.nonsense("the check group that was asked for"))
}

fn snapshot(group_id: &str, mut members: Map<String, Value>) -> Option<GroupSnapshot> {
    let variables = match members.remove(VARIABLES) {
        None | Some(Value::Null) => Vec::new(),
        Some(list) => {
            let Capped::<WireVariable, MOST_READ>(list) = serde_json::from_value(list).ok()?;
            list.into_iter().map(GroupVariable::from).collect()
        }
    };
    let id = match members.get("id")? {
        Value::Number(id) => id.to_string(),
        Value::String(id) => id.clone(),
        _ => return None,
    };
    if id.parse::<u64>().ok()? != group_id.parse::<u64>().ok()? {
        return None;
    }
    Some(GroupSnapshot {
        id,
        name: members.get("name")?.as_str()?.to_owned(),
        runtime_id: members.get("runtimeId").and_then(Value::as_str).map(str::to_owned),
        members,
        variables,
    })
}

/// One variable of the list that is sent.
pub(super) struct Outgoing<'a> {
    key: &'a str,
    value: &'a SecretString,
    flags: Flags,
}

/// The whole list to send: what is there stays in its place and as it is,
/// unless it goes or the source has it; what is new follows, sorted.
pub(super) fn merge<'a>(snapshot: &'a GroupSnapshot, desired: &'a GroupWrite) -> Result<Vec<Outgoing<'a>>, Failure> {
    let index = |list: &'a [(String, SecretString)]| -> BTreeMap<&'a str, &'a SecretString> {
        list.iter().map(|(key, value)| (key.as_str(), value)).collect()
    };
    let mut set = index(&desired.set);
    let restore = index(&desired.restore);
    let wanted: HashSet<&str> = set.keys().copied().collect();
    let removed: HashSet<&str> = desired.remove.iter().map(String::as_str).collect();

    let mut list = Vec::with_capacity(snapshot.variables.len() + set.len());
    let mut unreadable = Vec::new();
    for variable in &snapshot.variables {
        let key = variable.key.as_str();
        if let Some(value) = set.remove(key) {
            list.push(Outgoing { key, value, flags: Flags::WRITTEN });
        } else if wanted.contains(key) || removed.contains(key) {
            // Gone, or a second one of a key that is in the list already.
        } else if let Some(value) = variable.value.as_ref().or(restore.get(key).copied()) {
            list.push(Outgoing { key, value, flags: variable.flags });
        } else {
            unreadable.push(key);
        }
    }
    if !unreadable.is_empty() {
        return Err(Failure::new(
            FailureKind::Rejected,
            format!(
                "Not written: the group holds secret variables that this sync did not write, and whose values Checkly does not give back ({}). Writing the group would blank them. Let the sync delete them, or move them to the account.",
                unreadable.join(", ")
            ),
        ));
    }
    list.extend(set.into_iter().map(|(key, value)| Outgoing { key, value, flags: Flags::WRITTEN }));
    if list.len() > GROUP_LIMIT {
        return Err(Failure::new(
            FailureKind::Rejected,
            format!("Not written: a Checkly check group holds at most {GROUP_LIMIT} variables, this would be {}.", list.len()),
        ));
    }
    Ok(list)
}

pub(super) async fn write(
    session: &Session<'_>,
    snapshot: &GroupSnapshot,
    desired: &GroupWrite,
    tally: &mut Tally,
) -> Result<Done, Failure> {
    let list = merge(snapshot, desired)?;
    let secrets = list.iter().map(|outgoing| outgoing.value);
    let redactor = Redactor::new(secrets.chain([&session.credentials.api_key]));
    let path = format!("{}?autoAssignAlerts=false", group_path("v2", &snapshot.id)?);
    let request = Request::write(Method::PUT, path, &body(snapshot, &list))?;
    let answer = session.send(&request, &redactor, tally).await?;
    if !answer.is_success() {
        return Err(answer.refusal(&redactor, "The check group"));
    }
    let members: Map<String, Value> = answer.read("the check group")?;
    let complete = members.contains_key(VARIABLES)
        && WRITABLE.iter().all(|member| !snapshot.members.contains_key(*member) || members.contains_key(*member));
    let found = match self::snapshot(&snapshot.id, members) {
        Some(found) if complete => found,
        _ => read(session, &snapshot.id, tally).await?,
    };
    confirm(snapshot, &list, &found).map_err(|failure| failure.with_status(answer.status))?;
    Ok(tally.done(answer.status))
}

/// The body, serialized without a copy of the values in a JSON tree.
fn body<'a>(snapshot: &'a GroupSnapshot, list: &'a [Outgoing<'a>]) -> impl serde::Serialize + 'a {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        #[serde(flatten)]
        members: BTreeMap<&'a str, &'a Value>,
        #[serde(rename = "environmentVariables")]
        variables: Vec<VariableBody<'a>>,
    }
    Body {
        members: WRITABLE.iter().filter_map(|member| Some((*member, snapshot.members.get(*member)?))).collect(),
        variables: list.iter().map(|outgoing| VariableBody::new(outgoing.key, outgoing.value, outgoing.flags)).collect(),
    }
}

/// Compares what the group is now with what it was and what was sent.
fn confirm(before: &GroupSnapshot, sent: &[Outgoing<'_>], after: &GroupSnapshot) -> Result<(), Failure> {
    let changed: Vec<&str> = WRITABLE
        .iter()
        .copied()
        .filter(|member| {
            let (old, new) = (before.members.get(*member), after.members.get(*member));
            old.is_some() && !same_member(member, old, new)
        })
        .collect();
    if !changed.is_empty() {
        return Err(Failure::new(
            FailureKind::Protocol,
            format!(
                "The variables were written, but other settings of the group changed at the same time: {}. Check them at Checkly.",
                changed.join(", ")
            ),
        ));
    }
    let stored: HashMap<&str, Flags> = after.variables.iter().map(|variable| (variable.key.as_str(), variable.flags)).collect();
    let missing = sent.iter().filter(|outgoing| stored.get(outgoing.key) != Some(&outgoing.flags)).map(|outgoing| outgoing.key);
    let expected: HashSet<&str> = sent.iter().map(|outgoing| outgoing.key).collect();
    let extra = stored.keys().copied().filter(|key| !expected.contains(key));
    let mut wrong: Vec<&str> = missing.chain(extra).collect();
    wrong.sort_unstable();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Protocol,
        format!("Checkly took the write of the group, but does not hold these variables as sent: {}.", wrong.join(", ")),
    ))
}

impl GroupSnapshot {
    /// Whether an update that was made for `other` would undo nothing here.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let exposed = |variable: &GroupVariable| variable.value.as_ref().map(|value| value.expose_secret().to_owned());
        let same_variables = self.variables.len() == other.variables.len()
            && self
                .variables
                .iter()
                .zip(&other.variables)
                .all(|(one, other)| one.key == other.key && one.flags == other.flags && exposed(one) == exposed(other));
        same_variables && WRITABLE.iter().all(|member| same_member(member, self.members.get(*member), other.members.get(*member)))
    }
}

fn same_member(member: &str, old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) if SETS.contains(&member) => {
            let mut rest: Vec<&Value> = new.iter().collect();
            old.len() == new.len()
                && old.iter().all(|item| rest.iter().position(|other| same(item, other)).map(|at| rest.swap_remove(at)).is_some())
        }
        (Some(old), Some(new)) => same(old, new),
        (old, new) => old == new,
    }
}

/// Equality of JSON in which `1` and `1.0` are one number.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64().is_some() && one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

//! One commit: what it changed, with the values when they are asked for, and taking it back.

use std::collections::HashMap;

use askama::Template;
use keyferry_domain::secrets::commits::{self, CommitDetail};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{Line, MAX_LINES};
use crate::form::Form;
use crate::screens::secrets::lines::diff_of;
use crate::screens::secrets::rows::actor;
use crate::screens::secrets::spot::Spot;
use crate::text::{Moment, moment, plural};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/secrets/commits/show.html")]
pub(in crate::screens::secrets) struct CommitPage {
    pub(in crate::screens::secrets) page: Page,
    pub(in crate::screens::secrets) sequence: i64,
    pub(in crate::screens::secrets) at: Moment,
    pub(in crate::screens::secrets) by: String,
    pub(in crate::screens::secrets) lines: Vec<Line>,
    /// How many lines are cut; empty for none.
    pub(in crate::screens::secrets) more: String,
    /// How many changes are not for the visitor; empty for none.
    pub(in crate::screens::secrets) hidden: String,
    pub(in crate::screens::secrets) is_shown: bool,
    pub(in crate::screens::secrets) has_values: bool,
    pub(in crate::screens::secrets) is_reverted: bool,
    /// Whether the visitor comes from the import that made it.
    pub(in crate::screens::secrets) is_import: bool,
    /// The commit that reverted it; empty when it is not known.
    pub(in crate::screens::secrets) reverted_by: String,
    pub(in crate::screens::secrets) may_read: bool,
    pub(in crate::screens::secrets) may_revert: bool,
    pub(in crate::screens::secrets) may_restore: bool,
    pub(in crate::screens::secrets) values: String,
    pub(in crate::screens::secrets) revert: String,
    pub(in crate::screens::secrets) restore: String,
    pub(in crate::screens::secrets) list: String,
    pub(in crate::screens::secrets) back: String,
}

/// The commit of the address, and the folder it belongs to, whatever both are called by now.
pub(super) async fn commit(visit: &Visit) -> Result<(CommitDetail, Spot)> {
    let project = visit.project().await?;
    let id: Uuid = visit.param("commitId")?;
    let found = commits::find(&visit.app, &visit.caller, project.row.id, id).await?;
    let spot = Spot::within(visit, project, &found.commit.environment, found.commit.path.clone()).await?;
    Ok((found, spot))
}

fn commit_page(visit: &Visit, found: CommitDetail, spot: &Spot, shown: Option<HashMap<String, Values>>) -> CommitPage {
    let CommitDetail { commit, changes, hidden } = found;
    let more = changes.len().saturating_sub(MAX_LINES);
    let mut lines: Vec<Line> = changes.iter().take(MAX_LINES).map(Line::new).collect();
    let is_shown = shown.is_some();
    if let Some(mut values) = shown {
        for line in lines.iter_mut().filter(|line| !line.is_folder) {
            let text = |value: Option<&SecretString>| value.map(|value| value.expose_secret().to_owned());
            line.value = values
                .remove(&line.name)
                .map(|(before, after)| diff_of(text(before.as_ref()).as_deref(), text(after.as_ref()).as_deref()));
        }
    }
    let is_own = commit.actor_id.is_some() && commit.actor_id == visit.caller.actor.id();
    let may_restore = spot.may_on("perform-rollback", "commits");
    let tail = format!("/commits/{}", commit.id);
    CommitPage {
        page: spot.page_within(visit, &commit.message).below("Commits", spot.address("/commits")),
        sequence: commit.sequence,
        at: moment(commit.created_at_ms, visit.app.now_ms()),
        by: actor(&commit.actor_type, commit.actor_name.as_deref()),
        has_values: lines.iter().any(|line| !line.is_folder),
        more: if more == 0 { String::new() } else { plural(more, "more", "more") },
        hidden: if hidden == 0 { String::new() } else { plural(hidden, "secret", "secrets") },
        lines,
        is_shown,
        is_reverted: commit.is_reverted,
        is_import: visit.query("imported") == Some("true"),
        reverted_by: commit.reverted_by.map(|id| spot.address(&format!("/commits/{id}"))).unwrap_or_default(),
        may_read: spot.may("readValue"),
        may_revert: may_restore || is_own,
        may_restore,
        values: spot.address(&format!("{tail}/values")),
        revert: spot.address(&format!("{tail}/revert")),
        restore: spot.address(&format!("{tail}/restore")),
        list: spot.address("/commits"),
        back: spot.address(""),
    }
}

pub(in crate::screens::secrets) async fn show(visit: Visit) -> Answer {
    let (found, spot) = commit(&visit).await?;
    visit.show(&commit_page(&visit, found, &spot, None))
}

type Values = (Option<SecretString>, Option<SecretString>);

/// The same with the values.
pub(in crate::screens::secrets) async fn show_values(visit: Visit, _form: Form) -> Answer {
    let (found, spot) = commit(&visit).await?;
    if !spot.may("readValue") {
        return Err(crate::screens::secrets::edit::denied("readValue").into());
    }
    let values = commits::reveal(&visit.app, &visit.caller, spot.project.row.id, found.commit.id).await?;
    let values = values.into_iter().map(|value| (value.key, (value.before, value.after))).collect();
    visit.show(&commit_page(&visit, found, &spot, Some(values)))
}

pub(in crate::screens::secrets) async fn revert(visit: Visit, _form: Form) -> Answer {
    let project_id = visit.project().await?.row.id;
    let id: Uuid = visit.param("commitId")?;
    // Whoever may write here may have made the commit; the rule asks who did.
    let (found, spot) = commit(&visit).await?;
    let done = commits::revert(&visit.app, &visit.caller, project_id, id).await.map_err(|error| match error {
        Error::BadRequest { .. } if found.commit.is_reverted => Error::bad_request("This change was undone already."),
        other => other,
    })?;
    let answer = go(spot.address(""));
    if done.kept.is_empty() {
        return visit.go(answer.notice(format!("Undone: {} as before", plural(done.restored, "change", "changes"))));
    }
    let more = if done.kept.len() > 5 { " and others" } else { "" };
    let names = done.kept.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let done = format!("Undone: {} as before", plural(done.restored, "change", "changes"));
    visit.go(answer.alert(format!("{done}. Changed since, and left as they are: {names}{more}")))
}

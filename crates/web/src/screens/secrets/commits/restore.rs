//! Going back to a commit: what would change, which syncs push it, and the step itself.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secrets::commits::{self, Commit, Difference, Rollback};
use keyferry_domain::{Error, Result};

use super::show::commit;
use super::{Line, MAX_LINES};
use crate::form::{Fields, Form};
use crate::screens::secrets::rows::actor;
use crate::screens::secrets::spot::{Spot, and_query};
use crate::screens::secrets::syncs;
use crate::text::{Moment, moment, plural};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// The changes of one folder.
pub(in crate::screens::secrets) struct Folder {
    pub(in crate::screens::secrets) path: String,
    pub(in crate::screens::secrets) lines: Vec<Line>,
    pub(in crate::screens::secrets) more: String,
    pub(in crate::screens::secrets) hidden: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/commits/restore.html")]
pub(in crate::screens::secrets) struct RestorePage {
    pub(in crate::screens::secrets) page: Page,
    pub(in crate::screens::secrets) fields: Fields,
    pub(in crate::screens::secrets) message: String,
    pub(in crate::screens::secrets) at: Moment,
    pub(in crate::screens::secrets) by: String,
    pub(in crate::screens::secrets) place: String,
    pub(in crate::screens::secrets) folders: Vec<Folder>,
    pub(in crate::screens::secrets) syncs: Vec<String>,
    pub(in crate::screens::secrets) is_deep: bool,
    /// The same with, or without, the folders below.
    pub(in crate::screens::secrets) other_depth: String,
    pub(in crate::screens::secrets) action: String,
    pub(in crate::screens::secrets) back: String,
}

fn folder(difference: &Difference) -> Folder {
    let more = difference.changes.len().saturating_sub(MAX_LINES);
    Folder {
        path: difference.path.to_string(),
        lines: difference.changes.iter().take(MAX_LINES).map(Line::new).collect(),
        more: if more == 0 { String::new() } else { plural(more, "more", "more") },
        hidden: if difference.hidden == 0 { String::new() } else { plural(difference.hidden, "secret", "secrets") },
    }
}

async fn restore_page(visit: &Visit, spot: &Spot, wanted: &Commit, is_deep: bool, fields: Fields) -> Result<RestorePage> {
    let project_id = spot.project.row.id;
    let differences = commits::compare(&visit.app, &visit.caller, project_id, wanted.id, is_deep).await?;
    let tail = format!("/commits/{}", wanted.id);
    let pairs: &[(&str, &str)] = if is_deep { &[] } else { &[("deep", "true")] };
    let here = spot.address(&format!("{tail}/restore"));
    Ok(RestorePage {
        page: spot
            .page_within(visit, &format!("Restore to commit {}", wanted.sequence))
            .below("Commits", spot.address("/commits")),
        fields,
        message: wanted.message.clone(),
        at: moment(wanted.created_at_ms, visit.app.now_ms()),
        by: actor(&wanted.actor_type, wanted.actor_name.as_deref()),
        place: spot.label(),
        folders: differences.iter().map(folder).collect(),
        syncs: syncs::beneath(visit, spot).await?.into_iter().map(|sync| sync.label).collect(),
        is_deep,
        other_depth: and_query(here.clone(), pairs),
        action: here,
        back: spot.address(&tail),
    })
}

pub(in crate::screens::secrets) async fn show(visit: Visit) -> Answer {
    let (found, spot) = commit(&visit).await?;
    let is_deep = visit.query("deep") == Some("true");
    visit.show(&restore_page(&visit, &spot, &found.commit, is_deep, Fields::new()).await?)
}

pub(in crate::screens::secrets) async fn submit(visit: Visit, form: Form) -> Answer {
    let (found, spot) = commit(&visit).await?;
    let wanted = Rollback {
        commit_id: found.commit.id,
        folder_id: Some(found.commit.folder_id),
        is_deep: form.is_ticked("deep"),
        message: form.optional("message"),
    };
    let done = match commits::rollback(&visit.app, &visit.caller, spot.project.row.id, &wanted).await {
        Err(error @ (Error::BadRequest { .. } | Error::Invalid(_))) => {
            let mut fields = Fields::typed(&form);
            fields.take(error, &[])?;
            let page = restore_page(&visit, &spot, &found.commit, wanted.is_deep, fields).await?;
            return visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        other => other?,
    };
    let told = format!(
        "Restored to commit {}: {}, {}",
        found.commit.sequence,
        plural(done.secrets, "secret", "secrets"),
        plural(done.folders, "folder", "folders")
    );
    visit.go(go(spot.address("")).notice(told))
}

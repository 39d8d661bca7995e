//! The syncs that read from a folder.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_syncs::SyncView;
use keyferry_domain::{Error, Result, secret_syncs};

use uuid::Uuid;

use super::spot::Spot;
use crate::visit::Visit;

/// A sync, for lists of what a change touches.
#[derive(Clone)]
pub(super) struct SyncLink {
    pub(super) id: Uuid,
    pub(super) destination: String,
    pub(super) label: String,
    /// Its page; empty where there is none.
    pub(super) address: String,
}

/// The syncs that the visitor may know of and whose source is this folder.
pub(super) async fn of_folder(visit: &Visit, spot: &Spot) -> Result<Vec<SyncLink>> {
    reading(visit, spot, |path| *path == spot.path).await
}

/// The syncs that the visitor may know of and whose source is this folder or one beneath it.
pub(super) async fn beneath(visit: &Visit, spot: &Spot) -> Result<Vec<SyncLink>> {
    let own: Vec<&str> = spot.path.segments().collect();
    reading(visit, spot, |path| path.segments().take(own.len()).eq(own.iter().copied())).await
}

/// The syncs that the visitor may know of and that take what lies in a folder beneath this one.
pub(super) async fn taking_below(visit: &Visit, spot: &Spot) -> Result<Vec<SyncLink>> {
    let here: Vec<&str> = spot.path.segments().collect();
    listed(visit, spot, |view| {
        view.sync.include_all_sub_folders == Some(true)
            && view.source.as_ref().is_some_and(|source| {
                let own = source.path.segments().count();
                source.path.segments().eq(here.iter().copied().take(own))
            })
    })
    .await
}

async fn reading(visit: &Visit, spot: &Spot, is_meant: impl Fn(&SecretPath) -> bool) -> Result<Vec<SyncLink>> {
    listed(visit, spot, |view| view.source.as_ref().is_some_and(|source| is_meant(&source.path))).await
}

async fn listed(visit: &Visit, spot: &Spot, is_meant: impl Fn(&SyncView) -> bool) -> Result<Vec<SyncLink>> {
    let project_id = spot.project.row.id.to_string();
    let views = match secret_syncs::list(&visit.app, &visit.caller, None, &project_id).await {
        Ok(views) => views,
        Err(Error::PermissionDenied { .. }) => return Ok(Vec::new()),
        Err(other) => return Err(other),
    };
    let base = crate::ui::ProjectFrame::address(spot.project.row.org_id, spot.project.row.id);
    let has_page = crate::has_page(&format!("{}/integrations/secret-syncs/checkly/{{}}", crate::ui::ProjectFrame::PATTERN));
    Ok(views
        .into_iter()
        .filter(|view| view.source.as_ref().is_some_and(|source| source.environment.id == spot.environment.id))
        .filter(|view| is_meant(view))
        .map(|view| SyncLink {
            id: view.sync.id,
            destination: view.sync.destination.clone(),
            address: match has_page {
                true => format!("{base}/integrations/secret-syncs/{}/{}", view.sync.destination, view.sync.id),
                false => String::new(),
            },
            label: format!("{} to {}", view.sync.name, view.connection.name),
        })
        .collect())
}

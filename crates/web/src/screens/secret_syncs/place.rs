//! Where the screens of one sync stand, and what the visitor may do there.

use keyferry_domain::access::{Ability, Facts};
use keyferry_domain::projects::Project;
use keyferry_domain::secret_syncs::{self, SyncView};
use keyferry_domain::{Error, Result};

use super::CHECKLY;
use super::words::Destination;
use crate::ui::{Page, Place};
use crate::visit::Visit;

/// A sync in its project.
pub(super) struct SyncPlace {
    pub(super) project: Project,
    pub(super) view: SyncView,
    rights: Ability,
}

impl SyncPlace {
    /// The sync of the address.
    ///
    /// # Errors
    /// 404 for an unknown sync or one of another project, 403 without `read`.
    pub(super) async fn of(visit: &Visit) -> Result<Self> {
        let project = visit.project().await?;
        let id: uuid::Uuid = visit.param("syncId")?;
        let view = secret_syncs::get(&visit.app, &visit.caller, CHECKLY, id).await?;
        if view.sync.project_id != project.row.id {
            return Err(Error::not_found(format!("Could not find Checkly Sync with ID \"{id}\"")));
        }
        Ok(Self { project, view, rights: visit.rights().await? })
    }

    /// Whether the visitor may do this with the sync.
    pub(super) fn may(&self, action: &str) -> bool {
        may(&self.rights, &self.view, action)
    }

    /// Like [`SyncPlace::may`], as an error.
    pub(super) fn require(&self, action: &str) -> Result<()> {
        if self.may(action) {
            return Ok(());
        }
        Err(Error::PermissionDenied { action: action.to_owned(), subject: "secret-syncs".to_owned(), rules: Vec::new() })
    }

    /// The address of a page of the sync.
    pub(super) fn address(&self, page: &Page, path: &str) -> String {
        let base = page.here(&format!("integrations/secret-syncs/{CHECKLY}/{}", self.view.sync.id));
        if path.is_empty() { base } else { format!("{base}/{path}") }
    }

    /// The frame of the sync's own page.
    pub(super) fn own_page(&self, visit: &Visit) -> Page {
        visit.project_page(&self.project, &self.view.sync.name, Place::Integrations)
    }

    /// The frame of a page below the sync's.
    pub(super) fn page(&self, visit: &Visit, title: &str) -> Page {
        let page = visit.project_page(&self.project, title, Place::Integrations);
        let address = self.address(&page, "");
        page.below(&*self.view.sync.name, address)
    }

    pub(super) fn destination(&self) -> Destination {
        Destination::of(&self.view)
    }
}

/// Whether a caller with these rights may do this with a sync.
pub(super) fn may(rights: &Ability, view: &SyncView, action: &str) -> bool {
    let connection_id = view.sync.connection_id.to_string();
    let facts = match &view.source {
        Some(source) => {
            Facts { connection_id: Some(&connection_id), ..Facts::at(&source.environment.slug, source.path.as_str()) }
        }
        None => Facts::any(),
    };
    rights.allows(action, "secret-syncs", facts)
}

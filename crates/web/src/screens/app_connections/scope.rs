//! Where the screens stand: in the organization, or in one of its projects.

use keyferry_domain::access::{Ability, Facts};
use keyferry_domain::app_connections::{self, AppConnection};
use keyferry_domain::projects::Project;
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use super::CHECKLY;
use crate::ui::{Page, Place};
use crate::visit::Visit;

/// Where a screen stands, and what the visitor may do there.
pub(super) struct Scope {
    pub(super) project: Option<Project>,
    rights: Ability,
}

impl Scope {
    pub(super) async fn of(visit: &Visit) -> Result<Self> {
        let project = match visit.has_param("projectId") {
            true => Some(visit.project().await?),
            false => None,
        };
        Ok(Self { rights: visit.rights().await?, project })
    }

    /// The frame of a page below the list.
    pub(super) fn page(&self, visit: &Visit, title: &str) -> Page {
        match &self.project {
            Some(project) => visit.project_page(project, title, Place::AppConnections),
            None => visit.page(title, Place::AppConnections),
        }
    }

    pub(super) fn project_id(&self) -> Option<String> {
        self.project.as_ref().map(|project| project.row.id.to_string())
    }

    pub(super) fn may_create(&self) -> bool {
        self.rights.allows("create", "app-connections", Facts::any())
    }

    /// What the visitor may do with a connection of this scope.
    pub(super) fn may(&self, action: &str, id: Uuid) -> bool {
        self.rights.allows(action, "app-connections", Facts::connection(&id.to_string()))
    }

    /// The connection of the address; on a project's page only one of that project.
    pub(super) async fn connection(&self, visit: &Visit) -> Result<AppConnection> {
        let id: Uuid = visit.param("connectionId")?;
        let row = app_connections::get(&visit.app, &visit.caller, CHECKLY, id).await?;
        if row.project_id != self.project.as_ref().map(|project| project.row.id) {
            return Err(Error::not_found(format!("Could not find App Connection with ID {id}")));
        }
        Ok(row)
    }
}

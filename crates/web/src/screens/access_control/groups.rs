//! The groups of a project: whose people may do what here.

use askama::Template;
use keyferry_domain::groups;

use super::{Tab, project_tabs, roles};
use crate::Registry;
use crate::ui::{Page, Place};
use crate::visit::{Answer, Visit, page};

const LIST: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/groups";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(LIST, show).needs("groups:read"));
}

#[derive(Template)]
#[template(path = "screens/access_control/groups.html")]
pub(super) struct GroupsPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    /// Names, and the roles each has.
    pub(super) rows: Vec<(String, String)>,
}

async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let views = groups::list_in_project(&visit.app, &visit.caller, project.row.id).await?;
    let rows = views
        .iter()
        .map(|view| {
            let held: Vec<String> = view
                .roles
                .iter()
                .map(|role| roles::name(role.custom_role.as_ref().map_or(&role.grant.role, |custom| &custom.slug)))
                .collect();
            (view.group.as_ref().map_or_else(String::new, |group| group.name.clone()), held.join(", "))
        })
        .collect();
    let page = visit.project_page(&project, "Access Control", Place::AccessControl);
    visit.show(&GroupsPage { tabs: project_tabs(&page.here("access-control"), "groups"), page, rows })
}

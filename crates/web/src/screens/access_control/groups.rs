//! The groups of a project: whose people may do what here.

use askama::Template;
use keyferry_domain::access::Facts;
use keyferry_domain::groups;
use keyferry_domain::memberships::GrantInput;
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use super::{Tab, project_tabs, refused, roles};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, Place, ProjectFrame, choice};
use crate::visit::{Answer, Visit, action, go, page};

/// Below the groups of a project.
macro_rules! at {
    ($path:literal) => {
        concat!("/organizations/{orgId}/projects/secret-management/{projectId}/access-control/groups", $path)
    };
}

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(at!(""), show).needs("groups:read"));
    registry.add(action(at!("/add"), add).needs("groups:create"));
    registry.add(action(at!("/role"), change_roles).needs("groups:edit"));
    registry.add(action(at!("/remove"), remove).needs("groups:delete"));
}

pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    /// The page of the group; empty for whoever may not see it.
    pub(super) address: String,
    pub(super) roles: Vec<String>,
    /// Slugs of the roles held.
    pub(super) held: Vec<String>,
}

impl Row {
    fn holds(&self, slug: &str) -> bool {
        self.held.iter().any(|own| own == slug)
    }
}

#[derive(Template)]
#[template(path = "screens/access_control/groups.html")]
pub(super) struct GroupsPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    pub(super) roles: Vec<Choice>,
    pub(super) candidates: Vec<Choice>,
    pub(super) fields: Fields,
    pub(super) may_add: bool,
    pub(super) may_edit: bool,
    pub(super) may_remove: bool,
    /// Whether the visitor may see the groups of the organization.
    pub(super) sees_all: bool,
}

async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, "groups", Facts::any());
    let views = groups::list_in_project(&visit.app, &visit.caller, project.row.id).await?;
    let of_organization = groups::list(&visit.app, &visit.caller).await.ok();
    let base = format!("/organizations/{}/access-control/groups", project.row.org_id);
    let rows = views.iter().filter_map(|view| {
        let group = view.group.as_ref()?;
        Some(Row {
            id: group.id.to_string(),
            name: group.name.clone(),
            address: of_organization.as_ref().map_or_else(String::new, |_| format!("{base}/{}", group.id)),
            roles: roles::granted(&view.roles),
            held: roles::slugs(&view.roles),
        })
    });
    let rows: Vec<Row> = rows.collect();
    let candidates = of_organization.iter().flatten().filter(|view| {
        let id = view.group.id.to_string();
        !rows.iter().any(|row| row.id == id)
    });
    let candidates = candidates.map(|view| choice(view.group.id.to_string(), &*view.group.name)).collect();
    let page = visit.project_page(&project, "Access Control", Place::AccessControl);
    visit.show(&GroupsPage {
        tabs: project_tabs(&page.here("access-control"), "groups"),
        page,
        rows,
        roles: roles::of_project(&visit, project.row.id).await,
        candidates,
        fields: Fields::new(),
        may_add: may("create"),
        may_edit: may("edit"),
        may_remove: may("delete"),
        sees_all: of_organization.is_some(),
    })
}

async fn list_address(visit: &Visit) -> Result<(Uuid, String)> {
    let row = visit.project().await?.row;
    Ok((row.id, format!("{}/access-control/groups", ProjectFrame::address(row.org_id, row.id))))
}

fn group(form: &Form) -> Result<Uuid> {
    form.text("id").parse().map_err(|_not_an_id| Error::bad_request("Choose a group"))
}

/// The roles ticked or chosen.
fn grants(form: &Form) -> Vec<GrantInput> {
    form.all("role").filter(|slug| !slug.is_empty()).map(GrantInput::permanent).collect()
}

async fn add(visit: Visit, form: Form) -> Answer {
    let (project_id, to) = list_address(&visit).await?;
    let done = groups::add_to_project(&visit.app, &visit.caller, project_id, form.text("group"), grants(&form)).await;
    match done {
        Ok(_) => visit.go(go(to).notice("Added to the project")),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

async fn change_roles(visit: Visit, form: Form) -> Answer {
    let (project_id, to) = list_address(&visit).await?;
    let grants = grants(&form);
    if grants.is_empty() {
        return visit.go(go(to).alert("Choose at least one role; No Access is one"));
    }
    match groups::update_roles_in_project(&visit.app, &visit.caller, project_id, group(&form)?, grants).await {
        Ok(_) => visit.go(go(to).notice("The roles are changed")),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

async fn remove(visit: Visit, form: Form) -> Answer {
    let (project_id, to) = list_address(&visit).await?;
    match groups::remove_from_project(&visit.app, &visit.caller, project_id, group(&form)?).await {
        Ok(_) => visit.go(go(to).notice("Removed from the project")),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

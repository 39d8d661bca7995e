//! People and machine identities of a project.

use askama::Template;
use keyferry_domain::access::Facts;
use keyferry_domain::memberships::{self, GrantInput, IdentityPage, MembershipView};
use keyferry_domain::projects::Project;
use keyferry_domain::{Error, Result, identities, organizations};
use uuid::Uuid;

use super::{Tab, project_tabs, roles};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, Place, choice};
use crate::visit::{Answer, Go, Visit, action, go, page};

const LIST: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control";
const ADD: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/add";
const ROLE: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/role";
const REMOVE: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/remove";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(LIST, show).needs("member:read"));
    registry.add(action(ADD, add).needs("member:create"));
    registry.add(action(ROLE, change_role).needs("member:edit"));
    registry.add(action(REMOVE, remove).needs("member:delete"));
}

pub(super) struct Row {
    /// The membership of a person, the identity of a machine.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    /// The only role, when it is one that the list offers.
    pub(super) role: String,
    /// As the view of what somebody may do names them.
    pub(super) who: String,
    pub(super) is_self: bool,
}

#[derive(Template)]
#[template(path = "screens/access_control/project_members.html")]
pub(super) struct MembersPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) is_machines: bool,
    pub(super) rows: Vec<Row>,
    pub(super) roles: Vec<Choice>,
    pub(super) candidates: Vec<Choice>,
    pub(super) may_add: bool,
    pub(super) may_edit: bool,
    pub(super) may_remove: bool,
    pub(super) subject: &'static str,
    pub(super) fields: Fields,
}

impl MembersPage {
    fn who_label(&self) -> &'static str {
        if self.is_machines { "Machine identity" } else { "Person" }
    }
}

async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let is_machines = visit.query("selectedTab") == Some("machine-identities");
    let subject = if is_machines { "identity" } else { "member" };
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, subject, Facts::any());
    let views = match is_machines {
        true => {
            let page = IdentityPage::default();
            memberships::list_identities(&visit.app, &visit.caller, project.row.id, page).await?.0
        }
        false => memberships::list_users(&visit.app, &visit.caller, project.row.id).await?,
    };
    let candidates = match may("create") {
        true => candidates(&visit, &views, is_machines).await?,
        false => Vec::new(),
    };
    let page = visit.project_page(&project, "Access Control", Place::AccessControl);
    let current = if is_machines { "machine-identities" } else { "users" };
    visit.show(&MembersPage {
        tabs: project_tabs(&page.here("access-control"), current),
        rows: views.iter().map(|view| row(&visit, view)).collect(),
        page,
        is_machines,
        roles: roles::of_project(&visit, project.row.id).await,
        candidates,
        may_add: may("create"),
        may_edit: may("edit"),
        may_remove: may("delete"),
        subject,
        fields: Fields::new(),
    })
}

fn row(visit: &Visit, view: &MembershipView) -> Row {
    let slugs = roles::slugs(&view.roles);
    Row {
        id: view.identity.as_ref().map_or(view.membership.id, |identity| identity.id).to_string(),
        name: match (&view.user, &view.identity) {
            (Some(user), _) => user.email.clone(),
            (None, Some(identity)) => identity.name.clone(),
            (None, None) => "unknown".to_owned(),
        },
        role: match slugs.as_slice() {
            [only] => only.clone(),
            _ => String::new(),
        },
        roles: slugs.iter().map(|slug| roles::name(slug)).collect(),
        who: match (&view.user, &view.identity) {
            (Some(user), _) => format!("user:{}", user.id),
            (None, Some(identity)) => format!("identity:{}", identity.id),
            (None, None) => String::new(),
        },
        is_self: view.membership.user_id.is_some() && view.membership.user_id == visit.caller.actor.user_id(),
    }
}

/// Who of the organization is not a member yet. Whoever may not list the organization types a name.
async fn candidates(visit: &Visit, members: &[MembershipView], is_machines: bool) -> Result<Vec<Choice>> {
    if is_machines {
        let listed = identities::list(&visit.app, &visit.caller, None).await;
        let is_member = |id: Uuid| members.iter().any(|view| view.membership.identity_id == Some(id));
        return Ok(listed.map_or_else(
            |_not_permitted| Vec::new(),
            |(views, _)| {
                let free = views.into_iter().filter(|view| !is_member(view.identity.id));
                free.map(|view| choice(view.identity.id.to_string(), view.identity.name)).collect()
            },
        ));
    }
    let listed = organizations::list_members(&visit.app, &visit.caller).await;
    let is_member = |id: Uuid| members.iter().any(|view| view.membership.user_id == Some(id));
    Ok(listed.map_or_else(
        |_not_permitted| Vec::new(),
        |views| {
            let free = views.into_iter().filter(|view| view.membership.is_active && !is_member(view.user.id));
            free.map(|view| choice(view.user.username.clone(), view.user.email)).collect()
        },
    ))
}

fn back(project: &Project, is_machines: bool) -> String {
    let base = crate::ui::ProjectFrame::address(project.row.org_id, project.row.id);
    let tab = if is_machines { "machine-identities" } else { "users" };
    format!("{base}/access-control?selectedTab={tab}")
}

/// What is refused about the input is said above the list.
fn settle(visit: &Visit, done: Result<()>, to: Go, refused: impl FnOnce(String) -> Go) -> Answer {
    match done {
        Ok(()) => visit.go(to),
        Err(Error::BadRequest { message, .. } | Error::NotFound { message, .. }) => visit.go(refused(message)),
        Err(other) => Err(other.into()),
    }
}

async fn add(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let is_machines = form.is_ticked("machines");
    let (who, role) = (form.text("who"), form.text("role").to_owned());
    let done = if is_machines {
        let id = who.parse().map_err(|_not_an_id| Error::bad_request("Choose a machine identity"))?;
        let grants = vec![GrantInput::permanent(role)];
        memberships::add_identity(&visit.app, &visit.caller, project.row.id, id, grants).await.map(drop)
    } else {
        let names = [who.to_owned()];
        memberships::add_users(&visit.app, &visit.caller, project.row.id, &names, vec![role]).await.map(drop)
    };
    let to = back(&project, is_machines);
    settle(&visit, done, go(to.clone()).notice("Added to the project"), |message| go(to).alert(message))
}

async fn change_role(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let is_machines = form.is_ticked("machines");
    let id: Uuid = form.text("id").parse().map_err(|_not_an_id| Error::bad_request("Choose a member"))?;
    let grants = vec![GrantInput::permanent(form.text("role"))];
    let done = match is_machines {
        true => memberships::update_identity_roles(&visit.app, &visit.caller, project.row.id, id, grants).await.map(drop),
        false => memberships::update_user_roles(&visit.app, &visit.caller, project.row.id, id, grants).await.map(drop),
    };
    let to = back(&project, is_machines);
    settle(&visit, done, go(to.clone()).notice("The role is changed"), |message| go(to).alert(message))
}

async fn remove(visit: Visit, form: Form) -> Answer {
    let project = visit.project().await?;
    let is_machines = form.is_ticked("machines");
    let id: Uuid = form.text("id").parse().map_err(|_not_an_id| Error::bad_request("Choose a member"))?;
    let done = match is_machines {
        true => memberships::remove_identity(&visit.app, &visit.caller, project.row.id, id).await.map(drop),
        false => memberships::remove_user(&visit.app, &visit.caller, project.row.id, id).await.map(drop),
    };
    let to = back(&project, is_machines);
    settle(&visit, done, go(to.clone()).notice("Removed from the project"), |message| go(to).alert(message))
}

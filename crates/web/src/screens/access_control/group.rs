//! One group of the organization: its name and role, who is in it, and where it is used.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::groups::{self, GroupView, MemberPage, UpdateGroup};
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use super::org_groups::{checked, role_choices, role_name};
use super::{refused, roles};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, Place, ProjectFrame, choice};
use crate::visit::{Answer, Visit, action, go, page};

/// Below the page of a group.
macro_rules! at {
    ($path:literal) => {
        concat!("/organizations/{orgId}/access-control/groups/{groupId}", $path)
    };
}

/// How many people are listed at once, and how many are offered in a list before an address has to be typed.
const PAGE: usize = 100;

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(at!(""), show).needs("groups:read"));
    registry.add(action(at!("/edit"), edit).needs("groups:edit"));
    registry.add(action(at!("/people/add"), add_person).needs("groups:edit"));
    registry.add(action(at!("/people/remove"), remove_person).needs("groups:edit"));
    registry.add(action(at!("/machine-identities/add"), add_machine).needs("groups:edit"));
    registry.add(action(at!("/machine-identities/remove"), remove_machine).needs("groups:edit"));
    registry.add(page(at!("/delete"), show_delete).needs("groups:delete"));
    registry.add(action(at!("/delete"), delete).needs("groups:delete"));
}

pub(super) struct Person {
    pub(super) username: String,
    pub(super) name: String,
    pub(super) since: Option<Moment>,
    pub(super) is_self: bool,
}

pub(super) struct Machine {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) since: Option<Moment>,
}

pub(super) struct Use {
    pub(super) project: String,
    pub(super) address: String,
    pub(super) roles: String,
}

#[derive(Template)]
#[template(path = "screens/access_control/group.html")]
pub(super) struct GroupPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) people: Vec<Person>,
    pub(super) total_people: usize,
    pub(super) search: String,
    pub(super) previous: String,
    pub(super) next: String,
    /// People who could join; empty when there are none or too many for a list.
    pub(super) candidates: Vec<Choice>,
    pub(super) has_candidates: bool,
    pub(super) machines: Vec<Machine>,
    /// Machine identities that could join.
    pub(super) free_machines: Vec<Choice>,
    pub(super) uses: Vec<Use>,
    pub(super) hidden_uses: usize,
    pub(super) fields: Fields,
    pub(super) roles: Vec<Choice>,
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
}

fn id(visit: &Visit) -> Result<Uuid> {
    visit.param("groupId")
}

fn address(visit: &Visit) -> Result<String> {
    Ok(format!("/organizations/{}/access-control/groups/{}", visit.org_id()?, id(visit)?))
}

async fn group_page(visit: &Visit, view: GroupView, fields: Fields) -> Result<GroupPage> {
    let id = view.group.id;
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, "groups", Facts::any());
    let now_ms = visit.app.now_ms();
    let offset: usize = visit.query_as("offset").unwrap_or_default();
    let search = visit.query("search").unwrap_or_default().to_owned();
    let members = MemberPage { in_group: Some(true), search: Some(search.clone()), offset, limit: PAGE };
    let (people, total_people) = groups::list_members(&visit.app, &visit.caller, id, members).await?;
    let (candidates, has_candidates) = match may("edit") {
        true => {
            let others = MemberPage { in_group: Some(false), limit: PAGE + 1, ..MemberPage::default() };
            let (others, total) = groups::list_members(&visit.app, &visit.caller, id, others).await?;
            let listed = if total > PAGE { Vec::new() } else { others };
            (listed.into_iter().map(|one| choice(one.user.username, one.user.email)).collect(), total > 0)
        }
        false => (Vec::new(), false),
    };
    let every = MemberPage { limit: usize::MAX, ..MemberPage::default() };
    let (identities, _) = groups::list_identities(&visit.app, &visit.caller, id, every).await?;
    let (inside, outside): (Vec<_>, Vec<_>) = identities.into_iter().partition(|one| one.joined_at_ms.is_some());
    let used = groups::list_projects(&visit.app, &visit.caller, id).await?;
    let page = visit.page(&view.group.name, Place::AccessControl);
    let page = page.below("Groups", format!("/organizations/{}/access-control/groups", view.group.org_id));
    let at = |offset: usize| visit.url_with("offset", (offset > 0).then(|| offset.to_string()).as_deref());
    Ok(GroupPage {
        address: address(visit)?,
        page,
        id: id.to_string(),
        role: role_name(&view),
        name: view.group.name,
        people: people
            .into_iter()
            .map(|one| Person {
                name: [one.user.first_name, one.user.last_name].into_iter().flatten().collect::<Vec<_>>().join(" "),
                is_self: visit.caller.actor.user_id() == Some(one.user.id),
                since: one.joined_at_ms.map(|at_ms| moment(at_ms, now_ms)),
                username: one.user.username,
            })
            .collect(),
        total_people,
        search,
        previous: if offset > 0 { at(offset.saturating_sub(PAGE)) } else { String::new() },
        next: if offset.saturating_add(PAGE) < total_people { at(offset + PAGE) } else { String::new() },
        candidates,
        has_candidates,
        machines: inside
            .into_iter()
            .map(|one| Machine {
                id: one.identity.id.to_string(),
                since: one.joined_at_ms.map(|at_ms| moment(at_ms, now_ms)),
                name: one.identity.name,
            })
            .collect(),
        free_machines: outside.into_iter().map(|one| choice(one.identity.id.to_string(), one.identity.name)).collect(),
        uses: used
            .visible
            .into_iter()
            .map(|membership| Use {
                address: format!(
                    "{}/access-control/groups",
                    ProjectFrame::address(membership.project.org_id, membership.project.id)
                ),
                project: membership.project.name,
                roles: roles::granted(&membership.roles).join(", "),
            })
            .collect(),
        hidden_uses: used.hidden,
        fields,
        roles: role_choices(visit).await,
        may_edit: may("edit"),
        may_delete: may("delete"),
    })
}

/// The form as the stored group fills it.
fn stored(view: &GroupView) -> Fields {
    let role = view.custom_role.as_ref().map_or(&view.group.role, |role| &role.slug);
    Fields::new().with("name", &view.group.name).with("slug", &view.group.slug).with("role", role)
}

async fn show(visit: Visit) -> Answer {
    let view = groups::get(&visit.app, &visit.caller, id(&visit)?).await?;
    let fields = stored(&view);
    let page = group_page(&visit, view, fields).await?;
    visit.show(&page)
}

async fn edit(visit: Visit, form: Form) -> Answer {
    let id = id(&visit)?;
    let mut fields = Fields::typed(&form);
    let (name, slug) = checked(&form, &mut fields);
    fields.require("slug", !slug.is_empty(), "Required");
    let before = groups::get(&visit.app, &visit.caller, id).await?;
    if fields.is_valid() {
        let held = before.custom_role.as_ref().map_or(&before.group.role, |role| &role.slug);
        // A role that stays is not granted anew: whoever may rename a group need not hold what it gives.
        let role = form.optional("role").filter(|role| role != held);
        let change = UpdateGroup { name: Some(name), slug: Some(slug), role };
        match groups::update(&visit.app, &visit.caller, id, change).await {
            Ok(_) => return visit.go(go(address(&visit)?).notice("Successfully updated group")),
            Err(error) => fields.fail("", refused(error)?),
        }
    }
    let page = group_page(&visit, before, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn add_person(visit: Visit, form: Form) -> Answer {
    let to = address(&visit)?;
    match groups::add_member(&visit.app, &visit.caller, id(&visit)?, form.text("username")).await {
        Ok(user) => visit.go(go(to).notice(format!("{} is in the group now", user.username))),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

async fn remove_person(visit: Visit, form: Form) -> Answer {
    let to = address(&visit)?;
    match groups::remove_member(&visit.app, &visit.caller, id(&visit)?, form.text("username")).await {
        Ok(user) => visit.go(go(to).notice(format!("{} is no longer in the group", user.username))),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

fn machine(form: &Form) -> Result<Uuid> {
    form.text("identity").parse().map_err(|_not_an_id| Error::bad_request("Choose a machine identity"))
}

async fn add_machine(visit: Visit, form: Form) -> Answer {
    let to = address(&visit)?;
    match groups::add_identity(&visit.app, &visit.caller, id(&visit)?, machine(&form)?).await {
        Ok(identity) => visit.go(go(to).notice(format!("{} is in the group now", identity.name))),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

async fn remove_machine(visit: Visit, form: Form) -> Answer {
    let to = address(&visit)?;
    match groups::remove_identity(&visit.app, &visit.caller, id(&visit)?, machine(&form)?).await {
        Ok(identity) => visit.go(go(to).notice(format!("{} is no longer in the group", identity.name))),
        Err(error) => visit.go(go(to).alert(refused(error)?)),
    }
}

#[derive(Template)]
#[template(path = "screens/access_control/delete_group.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) people: usize,
    pub(super) uses: Vec<Use>,
    pub(super) hidden_uses: usize,
}

async fn delete_page(visit: &Visit, fields: Fields) -> Result<DeletePage> {
    let view = groups::get(&visit.app, &visit.caller, id(visit)?).await?;
    let group = group_page(visit, view, Fields::new()).await?;
    if !group.may_delete {
        return Err(Error::PermissionDenied { action: "delete".into(), subject: "groups".into(), rules: Vec::new() });
    }
    Ok(DeletePage {
        page: visit.page("Delete group", Place::AccessControl).below(&*group.name, group.address.clone()),
        fields,
        address: group.address,
        name: group.name,
        people: group.total_people + group.machines.len(),
        uses: group.uses,
        hidden_uses: group.hidden_uses,
    })
}

async fn show_delete(visit: Visit) -> Answer {
    let page = delete_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

async fn delete(visit: Visit, form: Form) -> Answer {
    let mut page = delete_page(&visit, Fields::typed(&form)).await?;
    page.fields.require("confirm", form.text("confirm") == page.name, &crate::text::confirm(&page.name));
    if page.fields.is_valid() {
        match groups::delete(&visit.app, &visit.caller, id(&visit)?).await {
            Ok(_) => {
                let to = format!("/organizations/{}/access-control/groups", visit.org_id()?);
                return visit.go(go(to).notice(format!("Deleted the group {}", page.name)));
            }
            Err(error) => page.fields.fail("", refused(error)?),
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

//! The groups of the organization: list and creation.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::groups::{self, CreateGroup, GroupView};
use keyferry_domain::{Result, organizations};

use super::{Tab, refused, roles, tabs};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, Place, choice};
use crate::visit::{Answer, Visit, action, go, page};

const LIST: &str = "/organizations/{orgId}/access-control/groups";

/// Longest name, in characters.
pub(super) const MAX_NAME: usize = 50;

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(LIST, show).needs("groups:read"));
    registry.add(action(LIST, create).needs("groups:create"));
}

pub(super) struct Row {
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) address: String,
    pub(super) role: String,
    pub(super) members: String,
}

#[derive(Template)]
#[template(path = "screens/access_control/org_groups.html")]
pub(super) struct GroupsPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    pub(super) fields: Fields,
    pub(super) roles: Vec<Choice>,
    pub(super) may_create: bool,
}

/// The roles that a group may give in the organization, the weakest first.
pub(super) async fn role_choices(visit: &Visit) -> Vec<Choice> {
    let mut offered = roles::choices(&roles::ORGANIZATION);
    offered.rotate_right(1);
    if let Ok(custom) = organizations::list_roles(&visit.app, &visit.caller).await {
        offered.extend(custom.into_iter().map(|view| choice(view.role.slug, view.role.name)));
    }
    offered
}

/// The name of the role that a group gives.
pub(super) fn role_name(view: &GroupView) -> String {
    view.custom_role.as_ref().map_or_else(|| roles::name(&view.group.role), |role| role.name.clone())
}

/// How many people and machine identities, in words.
fn members((people, machines): (usize, usize)) -> String {
    let people = crate::text::plural(people, "person", "people");
    if machines == 0 {
        return people;
    }
    format!("{people}, {}", crate::text::plural(machines, "machine identity", "machine identities"))
}

async fn groups_page(visit: &Visit, fields: Fields) -> Result<GroupsPage> {
    let may_create = visit.rights().await?.allows("create", "groups", Facts::any());
    let page = visit.page("Access Control", Place::AccessControl);
    let base = page.in_organization("access-control");
    let counts = groups::count_members(&visit.app, &visit.caller).await?;
    let rows = groups::list(&visit.app, &visit.caller).await?.into_iter().map(|view| Row {
        address: format!("{base}/groups/{}", view.group.id),
        role: role_name(&view),
        members: members(counts.get(&view.group.id).copied().unwrap_or_default()),
        name: view.group.name,
        slug: view.group.slug,
    });
    Ok(GroupsPage {
        tabs: tabs(&base, "groups"),
        rows: rows.collect(),
        page,
        fields,
        roles: role_choices(visit).await,
        may_create,
    })
}

async fn show(visit: Visit) -> Answer {
    let page = groups_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

/// Looks at a name and a slug; an empty slug is made from the name.
pub(super) fn checked(form: &Form, fields: &mut Fields) -> (String, String) {
    let (name, slug) = (form.text("name").to_owned(), form.text("slug").to_owned());
    fields.require("name", !name.is_empty(), "Required");
    fields.require("name", name.chars().count() <= MAX_NAME, "Too long, maximum length is 50 characters");
    let is_slug = slug.len() <= 36 && slug == organizations::slugify(&slug);
    fields.require("slug", slug.is_empty() || is_slug, "Lower-case letters, digits and single hyphens, 36 at most");
    (name, slug)
}

async fn create(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    let (name, slug) = checked(&form, &mut fields);
    if fields.is_valid() {
        let slug = if slug.is_empty() { groups::generated_slug(&name) } else { slug };
        let input = CreateGroup { name, slug, role: form.text("role").to_owned() };
        let made = visit.once(&form, async {
            let view = groups::create(&visit.app, &visit.caller, input).await?;
            Ok(format!("/organizations/{}/access-control/groups/{}", view.group.org_id, view.group.id))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully created group")),
            Err(error) => fields.fail("", refused(error)?),
        }
    }
    let page = groups_page(&visit, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

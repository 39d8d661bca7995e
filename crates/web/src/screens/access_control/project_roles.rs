//! The roles of a project: the list and the editor of custom ones.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::{Facts, Rule};
use keyferry_domain::project_roles::{self, CreateRole, RoleView, UpdateRole};
use keyferry_domain::{Error, Result, organizations, tags};
use uuid::Uuid;

use super::role_form::{self, MAX_RULES, RuleForm};
use super::{Tab, project_tabs, refused, roles, rule_words};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, Place, ProjectFrame};
use crate::visit::{Answer, Visit, action, go, page};

/// Below the roles of a project.
macro_rules! at {
    ($path:literal) => {
        concat!("/organizations/{orgId}/projects/secret-management/{projectId}/access-control/roles", $path)
    };
}

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(at!(""), show).needs("role:read"));
    registry.add(page(at!("/new"), show_new).needs("role:create"));
    registry.add(action(at!("/new"), create).needs("role:create"));
    registry.add(page(at!("/{roleId}"), show_role).needs("role:read"));
    registry.add(action(at!("/{roleId}"), edit).needs("role:edit"));
    registry.add(page(at!("/{roleId}/delete"), show_delete).needs("role:delete"));
    registry.add(action(at!("/{roleId}/delete"), delete).needs("role:delete"));
}

pub(super) struct Row {
    pub(super) name: String,
    pub(super) slug: String,
    /// The editor; empty for a built-in role.
    pub(super) address: String,
    pub(super) about: String,
}

#[derive(Template)]
#[template(path = "screens/access_control/project_roles.html")]
pub(super) struct RolesPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    pub(super) may_create: bool,
}

/// What the built-in roles are for.
const BUILT_IN: [(&str, &str); 4] = [
    ("admin", "May do everything in the project."),
    ("member", "Works with secrets, folders, syncs and settings; sees members and roles."),
    ("viewer", "Sees and reads, changes nothing."),
    ("no-access", "May do nothing; for people who have rights through groups or privileges only."),
];

async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let page = visit.project_page(&project, "Access Control", Place::AccessControl);
    let base = page.here("access-control/roles");
    let built_in = BUILT_IN.iter().map(|(slug, about)| Row {
        name: roles::name(slug),
        slug: (*slug).to_owned(),
        address: String::new(),
        about: (*about).to_owned(),
    });
    let custom = project_roles::list(&visit.app, &visit.caller, project.row.id).await?;
    let custom = custom.into_iter().map(|role| Row {
        address: format!("{base}/{}", role.id),
        about: role.description.unwrap_or_default(),
        name: role.name,
        slug: role.slug,
    });
    visit.show(&RolesPage {
        tabs: project_tabs(&page.here("access-control"), "roles"),
        rows: built_in.chain(custom).collect(),
        page,
        may_create: visit.rights().await?.allows("create", "role", Facts::any()),
    })
}

/// What a change would do, before it is saved.
pub(super) struct Review {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

#[derive(Template)]
#[template(path = "screens/access_control/role_edit.html")]
pub(super) struct EditPage {
    pub(super) page: Page,
    pub(super) address: String,
    /// Whether the role is not there yet.
    pub(super) is_new: bool,
    pub(super) fields: Fields,
    pub(super) rules: Vec<RuleForm>,
    pub(super) review: Option<Review>,
    /// When the role that is edited was saved last.
    pub(super) version: String,
    pub(super) subjects: Vec<Choice>,
    pub(super) templates: Vec<Choice>,
    /// Environments and tags, as a help for what can be typed.
    pub(super) environments: String,
    pub(super) tags: String,
    pub(super) slug: String,
    pub(super) may_save: bool,
    pub(super) may_delete: bool,
}

async fn edit_page(visit: &Visit, role: Option<&RoleView>, fields: Fields, rules: Vec<RuleForm>) -> Result<EditPage> {
    let project = visit.project().await?;
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, "role", Facts::any());
    let title = role.map_or("Add a project role", |view| view.role.name.as_str());
    let page = visit.project_page(&project, title, Place::AccessControl);
    let list = page.here("access-control/roles");
    let known = tags::list(&visit.app, &visit.caller, project.row.id).await.unwrap_or_default();
    Ok(EditPage {
        address: role.map_or_else(|| format!("{list}/new"), |view| format!("{list}/{}", view.role.id)),
        page: page.below("Roles", list),
        is_new: role.is_none(),
        fields,
        rules,
        review: None,
        version: role.map_or_else(String::new, |view| view.role.updated_at_ms.to_string()),
        subjects: role_form::subjects(),
        templates: role_form::templates(),
        environments: project.environments.iter().map(|one| one.slug.as_str()).collect::<Vec<_>>().join(", "),
        tags: known.into_iter().map(|tag| tag.slug).collect::<Vec<_>>().join(", "),
        slug: role.map_or_else(String::new, |view| view.role.slug.clone()),
        may_save: may(if role.is_none() { "create" } else { "edit" }),
        may_delete: may("delete"),
    })
}

async fn show_new(visit: Visit) -> Answer {
    let mut page = edit_page(&visit, None, Fields::new(), Vec::new()).await?;
    if !page.may_save {
        return Err(Error::PermissionDenied { action: "create".into(), subject: "role".into(), rules: Vec::new() }.into());
    }
    page.review = None;
    visit.show(&page)
}

async fn load(visit: &Visit) -> Result<RoleView> {
    let project = visit.project().await?;
    let id: Uuid = visit.param("roleId")?;
    let view = project_roles::get(&visit.app, &visit.caller, id).await?;
    match view.role.project_id == project.row.id {
        true => Ok(view),
        false => Err(Error::not_found(format!("Project role with ID '{id}' not found"))),
    }
}

fn stored_fields(view: &RoleView) -> Fields {
    Fields::new()
        .with("name", &view.role.name)
        .with("slug", &view.role.slug)
        .with("description", view.role.description.clone().unwrap_or_default())
}

async fn show_role(visit: Visit) -> Answer {
    let view = load(&visit).await?;
    let rules = view.permissions.iter().map(RuleForm::of).collect();
    let page = edit_page(&visit, Some(&view), stored_fields(&view), rules).await?;
    visit.show(&page)
}

/// Changes the list of rules as the pressed button says; `true` when it did, so that nothing is saved yet.
fn rearrange(form: &Form, fields: &mut Fields, rules: &mut Vec<RuleForm>) -> bool {
    let intent = form.text("intent");
    let at = |prefix: &str| intent.strip_prefix(prefix).and_then(|at| at.parse::<usize>().ok());
    if intent == "add" {
        match role_form::added(form) {
            Ok(_) if rules.len() >= MAX_RULES => fields.fail("new_subject", "That is the most rules that this page shows"),
            Ok(rule) => rules.push(rule),
            Err((field, message)) => fields.fail(field, message),
        }
        return true;
    }
    if let Some(at) = at("remove-") {
        if at < rules.len() {
            rules.remove(at);
        }
        return true;
    }
    if let Some(at) = at("up-") {
        if (1..rules.len()).contains(&at) {
            rules.swap(at - 1, at);
        }
        return true;
    }
    intent == "back"
}

/// The rules to store; what is wrong with one is said at the head of the form.
fn checked(form: &Form, fields: &mut Fields, rules: &[RuleForm]) -> Vec<Rule> {
    let (name, slug) = (form.text("name"), form.text("slug"));
    fields.require("name", !name.is_empty(), "Required");
    fields.require("name", name.chars().count() <= 255, "Too long, maximum length is 255 characters");
    let is_slug = slug.len() <= 64 && slug == organizations::slugify(slug);
    fields.require("slug", slug.is_empty() || is_slug, "Lower-case letters, digits and single hyphens, 64 at most");
    let mut stored = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        match rule.stored() {
            Ok(rule) => stored.push(rule),
            Err(message) => fields.fail(&format!("rule-{at}"), format!("Rule {}: {message}", at + 1)),
        }
    }
    stored
}

/// What the domain has against the input; its findings about rules are said at the head of the form.
fn take(fields: &mut Fields, error: Error) -> Result<()> {
    match error {
        Error::Invalid(_) => fields.take(error, &[("slug", "slug")]),
        other => {
            fields.fail("", refused(other)?);
            Ok(())
        }
    }
}

async fn create(visit: Visit, form: Form) -> Answer {
    let project_id = visit.project().await?.row.id;
    let mut fields = Fields::typed(&form);
    let mut rules = role_form::sent(&form);
    if rearrange(&form, &mut fields, &mut rules) {
        return answer(&visit, None, fields, rules, None).await;
    }
    let permissions = checked(&form, &mut fields, &rules);
    if fields.is_valid() {
        let name = form.text("name").to_owned();
        let slug = form.optional("slug").filter(|slug| !slug.is_empty()).unwrap_or_else(|| organizations::slugify(&name));
        let description = form.optional("description").filter(|text| !text.is_empty());
        let made = visit.once(&form, async {
            let input = CreateRole { slug, name, description, permissions };
            let view = project_roles::create(&visit.app, &visit.caller, project_id, input).await?;
            Ok(format!("{}/{}", list_address(&visit).await?, view.role.id))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully created role")),
            Err(error) => take(&mut fields, error)?,
        }
    }
    answer(&visit, None, fields, rules, None).await
}

async fn edit(visit: Visit, form: Form) -> Answer {
    let before = load(&visit).await?;
    let mut fields = Fields::typed(&form);
    let mut rules = role_form::sent(&form);
    if rearrange(&form, &mut fields, &mut rules) {
        return answer(&visit, Some(&before), fields, rules, None).await;
    }
    let permissions = checked(&form, &mut fields, &rules);
    fields.require("slug", !form.text("slug").is_empty(), "Required");
    if form.text("version") != before.role.updated_at_ms.to_string() {
        fields.fail("", "Somebody saved this role after you had opened it. Look at the changes below once more");
        let review = Some(review(&before.permissions, &permissions));
        let mut page = edit_page(&visit, Some(&before), fields, rules).await?;
        page.review = review;
        return visit.show_as(StatusCode::CONFLICT, &page);
    }
    if fields.is_valid() && form.text("intent") != "save" {
        let review = review(&before.permissions, &permissions);
        return answer(&visit, Some(&before), fields, rules, Some(review)).await;
    }
    if fields.is_valid() {
        let change = UpdateRole {
            slug: Some(form.text("slug").to_owned()),
            name: Some(form.text("name").to_owned()),
            description: Some(form.optional("description").filter(|text| !text.is_empty())),
            permissions: Some(permissions),
        };
        let role = &before.role;
        match project_roles::update(&visit.app, &visit.caller, role.project_id, role.id, change).await {
            Ok(_) => {
                let to = format!("{}/{}", list_address(&visit).await?, role.id);
                return visit.go(go(to).notice("Successfully updated role"));
            }
            Err(error) => take(&mut fields, error)?,
        }
    }
    answer(&visit, Some(&before), fields, rules, None).await
}

async fn answer(visit: &Visit, role: Option<&RoleView>, fields: Fields, rules: Vec<RuleForm>, review: Option<Review>) -> Answer {
    let status = if fields.is_valid() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = edit_page(visit, role, fields, rules).await?;
    if !page.may_save {
        let action = if role.is_none() { "create" } else { "edit" };
        return Err(Error::PermissionDenied { action: action.into(), subject: "role".into(), rules: Vec::new() }.into());
    }
    page.review = review;
    visit.show_as(status, &page)
}

/// What is said after the change and was not before, and the other way round.
fn review(before: &[Rule], after: &[Rule]) -> Review {
    let said = |rules: &[Rule]| -> Vec<String> { rules.iter().map(rule_words::sentence).collect() };
    let (before, after) = (said(before), said(after));
    let only = |own: &[String], other: &[String]| own.iter().filter(|one| !other.contains(one)).cloned().collect();
    Review { added: only(&after, &before), removed: only(&before, &after) }
}

async fn list_address(visit: &Visit) -> Result<String> {
    let row = visit.project().await?.row;
    Ok(format!("{}/access-control/roles", ProjectFrame::address(row.org_id, row.id)))
}

#[derive(Template)]
#[template(path = "screens/access_control/delete_role.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) slug: String,
}

async fn delete_page(visit: &Visit, fields: Fields) -> Result<(RoleView, DeletePage)> {
    let view = load(visit).await?;
    let edit = edit_page(visit, Some(&view), Fields::new(), Vec::new()).await?;
    if !edit.may_delete {
        return Err(Error::PermissionDenied { action: "delete".into(), subject: "role".into(), rules: Vec::new() });
    }
    let project = visit.project().await?;
    let page = visit.project_page(&project, "Delete role", Place::AccessControl);
    let page = DeletePage {
        page: page.below(&*view.role.name, edit.address.clone()),
        fields,
        address: edit.address,
        name: view.role.name.clone(),
        slug: view.role.slug.clone(),
    };
    Ok((view, page))
}

async fn show_delete(visit: Visit) -> Answer {
    let (_, page) = delete_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

async fn delete(visit: Visit, form: Form) -> Answer {
    let (view, mut page) = delete_page(&visit, Fields::typed(&form)).await?;
    page.fields.require("confirm", form.text("confirm") == page.slug, &crate::text::confirm(&page.slug));
    if page.fields.is_valid() {
        match project_roles::delete(&visit.app, &visit.caller, view.role.project_id, view.role.id).await {
            Ok(_) => {
                let to = list_address(&visit).await?;
                return visit.go(go(to).notice(format!("Deleted the role {}", page.name)));
            }
            Err(error) => page.fields.fail("", refused(error)?),
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

#[cfg(test)]
mod review_tests {
    use keyferry_domain::access::Rule;
    use serde_json::{Value, json};

    #[test]
    fn a_review_names_what_changes() {
        let rules = |value: Value| -> Vec<Rule> { serde_json::from_value(value).expect("rules") };
        let before = rules(json!([{"subject": "tags", "action": "read"}, {"subject": "webhooks", "action": "read"}]));
        let after = rules(json!([{"subject": "tags", "action": "read"}, {"subject": "tags", "action": "delete"}]));
        let found = super::review(before.as_slice(), after.as_slice());
        assert_eq!((found.added, found.removed), (vec!["May delete tags.".to_owned()], vec!["May see webhooks.".to_owned()]));
    }
}

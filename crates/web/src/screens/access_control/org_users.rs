//! People of the organization.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::organizations::{self, UpdateMember};
use keyferry_domain::{Actor, Error, Result, second_factor, users};
use secrecy::ExposeSecret as _;

use super::{Tab, roles, tabs};
use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, Place};
use crate::visit::{Answer, Visit, action, go, page};

const LIST: &str = "/organizations/{orgId}/access-control";

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(LIST, show).needs("member:read"));
    registry.add(action("/organizations/{orgId}/access-control/users/invite", invite).needs("member:create"));
    registry.add(action("/organizations/{orgId}/access-control/users/{membershipId}/role", change_role).needs("member:edit"));
    registry.add(action("/organizations/{orgId}/access-control/users/{membershipId}/remove", remove).needs("member:delete"));
    registry.add(action("/organizations/{orgId}/access-control/users/{membershipId}/reset-link", make_reset_link));
    registry.add(action("/organizations/{orgId}/access-control/users/{membershipId}/remove-second-factor", remove_second_factor));
}

pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) role: String,
    pub(super) state: &'static str,
    pub(super) last_login: Option<Moment>,
    pub(super) is_self: bool,
}

#[derive(Template)]
#[template(path = "screens/access_control/org_users.html")]
pub(super) struct UsersPage {
    pub(super) page: Page,
    pub(super) tabs: Vec<Tab>,
    pub(super) rows: Vec<Row>,
    pub(super) fields: Fields,
    pub(super) roles: Vec<Choice>,
    /// The link of an invitation just made; shown once.
    pub(super) invitation: Option<(String, String)>,
    /// A link to a new password just made; shown once.
    pub(super) reset_link: Option<(String, String)>,
    /// Whether the visitor administers the installation.
    pub(super) is_instance_admin: bool,
    pub(super) may_invite: bool,
    pub(super) may_edit: bool,
    pub(super) may_remove: bool,
}

async fn users_page(visit: &Visit, fields: Fields) -> Result<UsersPage> {
    let rights = visit.rights().await?;
    let may = |action| rights.allows(action, "member", Facts::any());
    let now_ms = visit.app.now_ms();
    let rows = organizations::list_members(&visit.app, &visit.caller).await?.into_iter().map(|view| Row {
        id: view.membership.id.to_string(),
        name: [view.user.first_name, view.user.last_name].into_iter().flatten().collect::<Vec<_>>().join(" "),
        email: view.user.email,
        role: view.membership.role,
        state: match (view.membership.status.as_str(), view.membership.is_active) {
            ("invited", _) => "Invited",
            (_, true) => "Active",
            (_, false) => "Inactive",
        },
        last_login: view.membership.last_login_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        is_self: visit.caller.actor.user_id() == Some(view.user.id),
    });
    let page = visit.page("Access Control", Place::AccessControl);
    Ok(UsersPage {
        tabs: tabs(&page.in_organization("access-control"), "users"),
        page,
        rows: rows.collect(),
        fields,
        roles: roles::choices(&roles::ORGANIZATION),
        invitation: None,
        reset_link: None,
        is_instance_admin: matches!(visit.caller.actor, Actor::User { is_super_admin: true, .. }),
        may_invite: may("create"),
        may_edit: may("edit"),
        may_remove: may("delete"),
    })
}

async fn show(visit: Visit) -> Answer {
    if visit.query("selectedTab") == Some("machine-identities") {
        return super::identities::show(visit).await;
    }
    let page = users_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

async fn invite(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    let email = form.text("email");
    fields.require("email", !email.is_empty(), "Email is required");
    fields.require("email", email.is_empty() || email.contains('@'), "Enter a valid email address");
    if fields.is_valid() {
        match organizations::invite(&visit.app, &visit.caller, email, form.text("role")).await {
            Ok(invitation) => {
                let link = invitation.link(&visit.app).expose_secret().to_owned();
                let page = users_page(&visit, Fields::new()).await?;
                let invitation = Some((invitation.user.email, link));
                return visit.show(&UsersPage { invitation, ..page });
            }
            Err(Error::BadRequest { message, .. }) => fields.fail("email", message),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = users_page(&visit, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn list_address(visit: &Visit) -> Result<String> {
    Ok(format!("/organizations/{}/access-control", visit.org_id()?))
}

async fn change_role(visit: Visit, form: Form) -> Answer {
    let change = UpdateMember { role: Some(form.text("role").to_owned()), is_active: None };
    let to = list_address(&visit)?;
    match organizations::update_member(&visit.app, &visit.caller, visit.param("membershipId")?, change).await {
        Ok(view) => {
            let said = format!("{} now has the role {}", view.user.email, roles::name(&view.membership.role));
            visit.go(go(to).notice(said))
        }
        Err(Error::BadRequest { message, .. }) => visit.go(go(to).alert(message)),
        Err(other) => Err(other.into()),
    }
}

async fn remove(visit: Visit, _: Form) -> Answer {
    let to = list_address(&visit)?;
    match organizations::remove_member(&visit.app, &visit.caller, visit.param("membershipId")?).await {
        Ok(view) => visit.go(go(to).notice(format!("{} no longer belongs to the organization", view.user.email))),
        Err(Error::BadRequest { message, .. }) => visit.go(go(to).alert(message)),
        Err(other) => Err(other.into()),
    }
}

/// The user behind a membership of the organization of the address.
async fn user_of(visit: &Visit) -> Result<uuid::Uuid> {
    let id: uuid::Uuid = visit.param("membershipId")?;
    let members = organizations::list_members(&visit.app, &visit.caller).await?;
    let found = members.into_iter().find(|view| view.membership.id == id);
    found.map(|view| view.user.id).ok_or_else(|| Error::not_found(format!("Organization membership with ID '{id}' not found")))
}

async fn make_reset_link(visit: Visit, _: Form) -> Answer {
    let made = users::make_reset_link(&visit.app, &visit.caller, user_of(&visit).await?).await;
    match made {
        Ok(made) => {
            let link = made.link(&visit.app).expose_secret().to_owned();
            let page = users_page(&visit, Fields::new()).await?;
            visit.show(&UsersPage { reset_link: Some((made.user.email, link)), ..page })
        }
        Err(Error::BadRequest { message, .. }) => visit.go(go(list_address(&visit)?).alert(message)),
        Err(other) => Err(other.into()),
    }
}

async fn remove_second_factor(visit: Visit, _: Form) -> Answer {
    let to = list_address(&visit)?;
    match second_factor::remove(&visit.app, &visit.caller, user_of(&visit).await?).await {
        Ok(()) => visit.go(go(to).notice("The second step is taken away; the person logs in with the password alone")),
        Err(Error::BadRequest { message, .. }) => visit.go(go(to).alert(message)),
        Err(other) => Err(other.into()),
    }
}

//! One machine identity: how it signs in, and its client secrets.

use askama::Template;
use http::StatusCode;
use keyferry_domain::access::Facts;
use keyferry_domain::universal_auth::{self, CreateClientSecret, MAX_TTL_S};
use keyferry_domain::{Error, Result, identities};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::identities::method_names;
use super::roles;
use crate::Registry;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::{Page, Place};
use crate::visit::{Answer, Visit, action, go, page};

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(SHOW, show).needs("identity:read"));
    registry.add(action(SECRETS, create_secret).needs("identity:create-token"));
    registry.add(action(REVOKE, revoke_secret).needs("identity:delete-token"));
    registry.add(action(UNLOCK, unlock).needs("identity:edit"));
    registry.add(page(DELETE, show_delete).needs("identity:delete"));
    registry.add(action(DELETE, delete).needs("identity:delete"));
}

const SHOW: &str = "/organizations/{orgId}/access-control/machine-identities/{identityId}";
const SECRETS: &str = "/organizations/{orgId}/access-control/machine-identities/{identityId}/client-secrets";
const REVOKE: &str = "/organizations/{orgId}/access-control/machine-identities/{identityId}/client-secrets/{secretId}/revoke";
const UNLOCK: &str = "/organizations/{orgId}/access-control/machine-identities/{identityId}/unlock";
const DELETE: &str = "/organizations/{orgId}/access-control/machine-identities/{identityId}/delete";

pub(super) struct Secret {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) prefix: String,
    pub(super) uses: String,
    pub(super) ends: String,
    pub(super) made: Moment,
}

#[derive(Template)]
#[template(path = "screens/access_control/identity.html")]
pub(super) struct IdentityPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) methods: String,
    pub(super) is_locked: bool,
    pub(super) projects: Vec<(String, String)>,
    /// None without the method.
    pub(super) client_id: Option<String>,
    pub(super) token_lifetime: String,
    pub(super) secrets: Vec<Secret>,
    pub(super) fields: Fields,
    /// A client secret just made; shown once.
    pub(super) shown: Option<String>,
    pub(super) server: String,
    pub(super) may_create_secret: bool,
    pub(super) may_revoke: bool,
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
}

async fn identity_page(visit: &Visit, id: Uuid, fields: Fields) -> Result<IdentityPage> {
    let view = identities::get(&visit.app, &visit.caller, id).await?;
    let rights = visit.rights().await?;
    let text = id.to_string();
    let may = |action| rights.allows(action, "identity", Facts::identity(&text));
    let method = match view.auth_methods.contains(&"universal-auth") {
        true => Some(universal_auth::get(&visit.app, &visit.caller, id).await?),
        false => None,
    };
    let now_ms = visit.app.now_ms();
    let secrets = match (&method, may("get-token")) {
        (Some(_), true) => universal_auth::list_client_secrets(&visit.app, &visit.caller, id).await?,
        _ => Vec::new(),
    };
    let projects = identities::project_memberships(&visit.app, &visit.caller, id).await.unwrap_or_default();
    let page = visit.page(&view.identity.name, Place::AccessControl);
    Ok(IdentityPage {
        address: page.in_organization(&format!("access-control/machine-identities/{id}")),
        page,
        id: text.clone(),
        role: view.custom_role.map_or_else(|| roles::name(&view.membership.role), |role| role.name),
        methods: method_names(&view.auth_methods),
        is_locked: !view.locked_auth_methods.is_empty(),
        projects: projects
            .into_iter()
            .map(|membership| {
                let granted: Vec<String> = membership.roles.iter().map(|role| roles::name(&role.grant.role)).collect();
                (membership.project.name, granted.join(", "))
            })
            .collect(),
        client_id: method.as_ref().map(|method| method.client_id.to_string()),
        token_lifetime: match method.map_or(0, |method| method.access_token_ttl_s) {
            0 => "No end".to_owned(),
            ttl_s => crate::text::lifetime(ttl_s),
        },
        secrets: secrets
            .into_iter()
            .map(|row| Secret {
                id: row.id.to_string(),
                prefix: row.secret_prefix,
                uses: match row.num_uses_limit {
                    0 => row.num_uses.to_string(),
                    limit => format!("{} of {limit}", row.num_uses),
                },
                ends: match row.ttl_s {
                    0 => "Never".to_owned(),
                    ttl_s => crate::text::relative(row.created_at_ms + ttl_s * 1000, now_ms),
                },
                made: moment(row.created_at_ms, now_ms),
                description: row.description,
            })
            .collect(),
        fields,
        shown: None,
        server: visit.app.settings.public_url.clone(),
        may_create_secret: may("create-token"),
        may_revoke: may("delete-token"),
        may_edit: may("edit"),
        may_delete: may("delete"),
        name: view.identity.name,
    })
}

fn id(visit: &Visit) -> Result<Uuid> {
    visit.param("identityId")
}

fn address(visit: &Visit) -> Result<String> {
    Ok(format!("/organizations/{}/access-control/machine-identities/{}", visit.org_id()?, id(visit)?))
}

async fn show(visit: Visit) -> Answer {
    let page = identity_page(&visit, id(&visit)?, Fields::new()).await?;
    visit.show(&page)
}

/// Makes a client secret and shows it in this answer and never again. A form sent twice makes one; the second answer says so.
async fn create_secret(visit: Visit, form: Form) -> Answer {
    let mut fields = Fields::typed(&form);
    let number = |name: &str, max: i64| match form.text(name) {
        "" => Some(0),
        text => text.parse::<i64>().ok().filter(|number| (0..=max).contains(number)),
    };
    let (days, uses) = (number("days", MAX_TTL_S / 86_400), number("uses", 1_000_000_000));
    fields.require("days", days.is_some(), "Enter a number of days up to 3650, or nothing");
    fields.require("uses", uses.is_some(), "Enter a number, or nothing");
    let identity = id(&visit)?;
    if let (true, Some(days), Some(uses)) = (fields.is_valid(), days, uses) {
        let input =
            CreateClientSecret { description: form.text("description").to_owned(), num_uses_limit: uses, ttl_s: days * 86_400 };
        let mut shown = None;
        let made = visit
            .once(&form, async {
                let (secret, _) = universal_auth::create_client_secret(&visit.app, &visit.caller, identity, input).await?;
                shown = Some(secret.expose_secret().to_owned());
                address(&visit)
            })
            .await;
        match (made, shown) {
            (Ok(_), Some(secret)) => {
                let page = identity_page(&visit, identity, Fields::new()).await?;
                return visit.show(&IdentityPage { shown: Some(secret), ..page });
            }
            (Ok(to), None) => {
                let said =
                    "The form was sent twice. The client secret was shown in the first answer; revoke it if you missed it.";
                return visit.go(go(to).alert(said));
            }
            (Err(error), _) => fields.take(error, &[])?,
        }
    }
    let page = identity_page(&visit, identity, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn revoke_secret(visit: Visit, _: Form) -> Answer {
    let secret = visit.param("secretId")?;
    universal_auth::revoke_client_secret(&visit.app, &visit.caller, id(&visit)?, secret).await?;
    visit.go(go(address(&visit)?).notice("The client secret is revoked; tokens made with it end with it"))
}

async fn unlock(visit: Visit, _: Form) -> Answer {
    universal_auth::clear_lockouts(&visit.app, &visit.caller, id(&visit)?).await?;
    visit.go(go(address(&visit)?).notice("Unlocked"))
}

#[derive(Template)]
#[template(path = "screens/access_control/delete_identity.html")]
pub(super) struct DeletePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) projects: usize,
}

async fn delete_page(visit: &Visit, fields: Fields) -> Result<DeletePage> {
    let identity = identity_page(visit, id(visit)?, Fields::new()).await?;
    if !identity.may_delete {
        return Err(Error::PermissionDenied { action: "delete".into(), subject: "identity".into(), rules: Vec::new() });
    }
    let page = visit.page("Delete identity", Place::AccessControl).below(&*identity.name, identity.address.clone());
    Ok(DeletePage { page, fields, address: identity.address, name: identity.name, projects: identity.projects.len() })
}

async fn show_delete(visit: Visit) -> Answer {
    let page = delete_page(&visit, Fields::new()).await?;
    visit.show(&page)
}

async fn delete(visit: Visit, form: Form) -> Answer {
    let mut page = delete_page(&visit, Fields::typed(&form)).await?;
    page.fields.require("confirm", form.text("confirm") == page.name, &crate::text::confirm(&page.name));
    if page.fields.is_valid() {
        identities::delete(&visit.app, &visit.caller, id(&visit)?).await?;
        let to = format!("/organizations/{}/access-control?selectedTab=machine-identities", visit.org_id()?);
        return visit.go(go(to).notice(format!("Deleted the machine identity {}", page.name)));
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

//! A new secret, in one environment or several.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secrets::browse::{Standing, compare};
use keyferry_domain::secrets::{self, GetInput, Location, NewSecret};
use keyferry_domain::{Error, env_file};
use secrecy::{ExposeSecret as _, SecretString};

use super::spot::Spot;
use super::subject::typed_tags;
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// An environment that the secret may be created in.
pub(super) struct Target {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) is_ticked: bool,
    pub(super) is_allowed: bool,
}

/// A secret of the same key that is there already.
pub(super) struct Existing {
    pub(super) environment: String,
    pub(super) version: i32,
    pub(super) address: String,
}

#[derive(Template)]
#[template(path = "screens/secrets/create.html")]
pub(super) struct CreatePage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) targets: Vec<Target>,
    pub(super) existing: Vec<Existing>,
    pub(super) upload: String,
    pub(super) names: String,
}

fn create_page(visit: &Visit, spot: &Spot, fields: Fields, existing: Vec<Existing>) -> CreatePage {
    let is_fresh = fields.value("environment").is_empty();
    let targets = spot
        .project
        .environments
        .iter()
        .map(|own| Target {
            slug: own.slug.clone(),
            name: own.name.clone(),
            is_ticked: if is_fresh { own.id == spot.environment.id } else { fields.has_value("environment", &own.slug) },
            is_allowed: spot.rights.allows(
                "create",
                "secrets",
                keyferry_domain::access::Facts::at(&own.slug, spot.path.as_str()),
            ),
        })
        .collect();
    CreatePage {
        page: spot.page_within(visit, "Create secret"),
        action: spot.address("/new"),
        back: spot.address(""),
        place: spot.label(),
        upload: spot.address("/import"),
        names: spot.address("/names"),
        fields,
        targets,
        existing,
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let mut fields = Fields::new().with("key", visit.query("key").unwrap_or_default());
    if let Some(environment) = visit.query("environment") {
        fields = fields.with("environment", environment);
    }
    visit.show(&create_page(&visit, &spot, fields, Vec::new()))
}

/// `KEY=value` typed into the key with the value left empty.
fn split_pasted(form: &Form) -> Option<(String, SecretString)> {
    let key = form.text("key");
    if !form.value("value").unwrap_or_default().is_empty() || !key.contains(['=', ':']) {
        return None;
    }
    let mut entries = env_file::parse(key).entries;
    if entries.len() != 1 {
        return None;
    }
    entries.pop().map(|entry| (entry.key, entry.value))
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let project_id = spot.project.row.id;
    let mut fields = Fields::typed(&form);
    if super::generator::is_wanted(&form) {
        let fields = super::generator::fill(&form, fields);
        let status = if fields.is_valid() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return visit.show_as(status, &create_page(&visit, &spot, fields, Vec::new()));
    }
    let (mut key, value) = split_pasted(&form).unwrap_or_else(|| {
        let value = super::edit::newlines(form.value("value").unwrap_or_default());
        (form.text("key").to_owned(), SecretString::from(value))
    });
    if spot.project.row.auto_capitalization {
        key = key.to_uppercase();
    }
    fields.require("key", !key.is_empty(), "Secret key is required");
    let slugs: Vec<String> = match form.value("environments_shown") {
        Some(_) => form.all("environment").map(str::to_owned).collect(),
        None => vec![spot.environment.slug.clone()],
    };
    fields.require("environment", !slugs.is_empty(), "Tick at least one environment");
    let places: Vec<Location> = slugs.iter().map(|slug| Location { environment: slug.clone(), ..spot.location() }).collect();
    let mut existing = Vec::new();
    if fields.is_valid() {
        let again = form.is_ticked("another");
        // Checked inside: a form sent twice must not find the secret that it made itself.
        let made = visit.once(&form, async {
            existing = check(&visit, &spot, &places, &key, &value, &mut fields).await?;
            let tag_ids = match fields.is_valid() {
                true => typed_tags(&visit, project_id, &form, &mut fields).await?,
                false => Vec::new(),
            };
            if !fields.is_valid() {
                return Err(Error::bad_request(""));
            }
            for at in &places {
                let new = NewSecret {
                    key: key.clone(),
                    value: value.clone(),
                    comment: form.optional("comment").map(SecretString::from),
                    tag_ids: tag_ids.clone(),
                    ..NewSecret::default()
                };
                secrets::create(&visit.app, &visit.caller, at, new).await?;
            }
            Ok(spot.address(if again { "/new" } else { "" }))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully created secret")),
            Err(Error::BadRequest { message, .. }) if message.is_empty() => {}
            Err(error) => fields.take(error, &[])?,
        }
    }
    let fields = fields.with("key", key).with("value", value.expose_secret());
    let fields = slugs.iter().fold(fields, |fields, slug| {
        if fields.has_value("environment", slug) { fields } else { fields.with("environment", slug.clone()) }
    });
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &create_page(&visit, &spot, fields, existing))
}

/// Checks the key in every place before anything is written.
async fn check(
    visit: &Visit,
    spot: &Spot,
    places: &[Location],
    key: &str,
    value: &SecretString,
    fields: &mut Fields,
) -> Result<Vec<Existing>, Error> {
    let mut existing = Vec::new();
    for at in places {
        let name = spot.project.environments.iter().find(|own| own.slug == at.environment).map_or("", |own| own.name.as_str());
        let standing = match compare(&visit.app, &visit.caller, at, &[(key, value)]).await {
            Ok(mut list) => list.pop().unwrap_or(Standing::New),
            Err(Error::NotFound { .. }) => {
                fields.fail("environment", format!("{name} has no folder {}.", at.path));
                continue;
            }
            Err(other) => return Err(other),
        };
        match standing {
            Standing::New => {}
            Standing::Invalid(message) => {
                fields.fail("key", message);
                break;
            }
            Standing::Denied("create") => fields.fail("environment", format!("You may not create this secret in {name}.")),
            Standing::Changed { .. } | Standing::Same | Standing::Unknown { .. } | Standing::Denied(_) => {
                let input = GetInput { view_value: false, ..GetInput::new(at.clone(), key) };
                let secret = secrets::get(&visit.app, &visit.caller, &input).await?;
                fields.fail("key", format!("Secret already exists in {name}"));
                existing.push(Existing {
                    environment: name.to_owned(),
                    version: secret.version,
                    address: format!("{}/edit", spot.secret(secret.id)),
                });
            }
        }
    }
    Ok(existing)
}

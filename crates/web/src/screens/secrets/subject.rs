//! The secret that a screen is about.

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::browse::{Detail, detail};
use keyferry_domain::{Error, Result, tags};
use uuid::Uuid;

use super::spot::{Spot, steps};
use crate::form::{Fields, Form};
use crate::ui::Page;
use crate::visit::Visit;

/// A secret with its place.
pub(super) struct Subject {
    pub(super) detail: Detail,
    pub(super) spot: Spot,
}

impl Subject {
    /// The secret of the address (`{secretId}`), wherever in the project it lies by now.
    pub(super) async fn of(visit: &Visit) -> Result<Self> {
        let project = visit.project().await?;
        let id: Uuid = visit.param("secretId")?;
        let detail = detail(&visit.app, &visit.caller, project.row.id, id).await?;
        let path = SecretPath::parse(&detail.secret.path)?;
        let slug = detail.secret.environment.clone();
        Ok(Self { spot: Spot::within(visit, project, &slug, path).await?, detail })
    }

    /// An address of the secret, such as `/edit`.
    pub(super) fn address(&self, tail: &str) -> String {
        format!("{}{tail}", self.spot.secret(self.detail.secret.id))
    }

    /// The frame of the secret's page, or of one below it.
    pub(super) fn page(&self, visit: &Visit, title: &str) -> Page {
        let mut page = self.spot.page(visit, title);
        for step in steps(&self.spot.path) {
            page = page.below(step.name, self.spot.address_at("", &step.path));
        }
        if title != self.detail.secret.key {
            page = page.below(&*self.detail.secret.key, self.address(""));
        }
        page
    }

    /// Its tags as text.
    pub(super) fn tags(&self) -> String {
        self.detail.secret.tags.iter().map(|tag| tag.slug.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The slugs typed into a field of tags.
fn slugs(text: &str) -> Vec<String> {
    text.split([',', ' ', '\n']).map(str::trim).filter(|slug| !slug.is_empty()).map(str::to_lowercase).collect()
}

/// The tags typed into the field `tags`; those that do not exist yet are created.
pub(super) async fn typed_tags(visit: &Visit, project_id: Uuid, form: &Form, fields: &mut Fields) -> Result<Vec<Uuid>> {
    let wanted = slugs(form.text("tags"));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known = tags::list(&visit.app, &visit.caller, project_id).await?;
    let mut ids = Vec::with_capacity(wanted.len());
    for slug in wanted {
        match known.iter().find(|tag| tag.slug == slug) {
            Some(tag) => ids.push(tag.id),
            None => match tags::create(&visit.app, &visit.caller, project_id, &slug, None).await {
                Ok(tag) => ids.push(tag.id),
                Err(Error::PermissionDenied { .. }) => {
                    fields.fail("tags", format!("The tag “{slug}” does not exist, and you may not create tags."));
                }
                Err(error) => {
                    let mut own = Fields::new();
                    own.take(error, &[("slug", "tags")])?;
                    let message = own.errors().first().map(|error| error.message.clone()).unwrap_or_default();
                    fields.fail("tags", format!("{slug}: {message}"));
                }
            },
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

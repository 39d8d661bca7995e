//! Where a screen stands: a folder of one environment of a project, and what the visitor may do there.

use keyferry_domain::access::{Ability, Facts};
use keyferry_domain::environments::Environment;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::projects::Project;
use keyferry_domain::secrets::Location;
use keyferry_domain::{Error, Result};

use crate::ui::{Page, Place, ProjectFrame};
use crate::visit::Visit;

/// A query of these pairs; pairs with an empty value are left out.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    query.finish()
}

/// The folder that the address names; the root without one.
pub(super) fn path_of(visit: &Visit) -> Result<SecretPath> {
    visit.query("secretPath").map_or_else(|| Ok(SecretPath::root()), SecretPath::parse)
}

/// `secretPath` for addresses; empty for the root, which needs none.
pub(super) fn path_text(path: &SecretPath) -> &str {
    if path.is_root() { "" } else { path.as_str() }
}

/// A step of a folder path.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) path: SecretPath,
}

/// The folders on the way, topmost first, without the root.
pub(super) fn steps(path: &SecretPath) -> Vec<Step> {
    let mut at = SecretPath::root();
    path.segments()
        .map(|name| {
            at = at.join(name);
            Step { name: name.to_owned(), path: at.clone() }
        })
        .collect()
}

/// The folder around a folder.
pub(super) fn parent(path: &SecretPath) -> SecretPath {
    let names: Vec<&str> = path.segments().collect();
    SecretPath::from_names(names.iter().take(names.len().saturating_sub(1)).copied())
}

/// A folder of an environment.
pub(super) struct Spot {
    pub(super) project: Project,
    pub(super) environment: Environment,
    pub(super) path: SecretPath,
    pub(super) rights: Ability,
    base: String,
}

impl Spot {
    /// From the address: `{projectId}`, `{envSlug}` and `secretPath`.
    pub(super) async fn of(visit: &Visit) -> Result<Self> {
        Self::at_path(visit, path_of(visit)?).await
    }

    pub(super) async fn at_path(visit: &Visit, path: SecretPath) -> Result<Self> {
        let project = visit.project().await?;
        let slug: String = visit.param("envSlug")?;
        Self::within(visit, project, &slug, path).await
    }

    /// A folder of an environment of a project already at hand.
    pub(super) async fn within(visit: &Visit, project: Project, slug: &str, path: SecretPath) -> Result<Self> {
        let environment = project.environments.iter().find(|own| own.slug == slug).cloned().ok_or_else(|| {
            Error::not_found(format!("This project has no environment “{slug}”. It may have been renamed or deleted."))
        })?;
        let base = ProjectFrame::address(project.row.org_id, project.row.id);
        Ok(Self { rights: visit.rights().await?, project, environment, path, base })
    }

    /// For the domain.
    pub(super) fn location(&self) -> Location {
        Location { project_id: self.project.row.id, environment: self.environment.slug.clone(), path: self.path.clone() }
    }

    /// Whether the visitor may do something to some secret here.
    pub(super) fn may(&self, action: &str) -> bool {
        self.rights.allows(action, "secrets", Facts::at(&self.environment.slug, self.path.as_str()))
    }

    /// Whether the visitor may do something to folders or imports here.
    pub(super) fn may_on(&self, action: &str, subject: &str) -> bool {
        self.rights.allows(action, subject, Facts::at(&self.environment.slug, self.path.as_str()))
    }

    /// An address of this folder, such as `/new`; an empty tail is the dashboard.
    pub(super) fn address(&self, tail: &str) -> String {
        self.address_at(tail, &self.path)
    }

    /// An address of another folder of the same environment.
    pub(super) fn address_at(&self, tail: &str, path: &SecretPath) -> String {
        dashboard(&self.base, &self.environment.slug, tail, path)
    }

    /// The page of a secret.
    pub(super) fn secret(&self, id: uuid::Uuid) -> String {
        format!("{}/secrets/{}/{id}", self.base, self.environment.slug)
    }

    /// The address of a folder of any environment of the project.
    pub(super) fn address_in(&self, environment: &str, path: &str) -> String {
        let path = SecretPath::parse(path).unwrap_or_else(|_| SecretPath::root());
        dashboard(&self.base, environment, "", &path)
    }

    /// An address of the same folder in another environment.
    pub(super) fn address_in_at(&self, tail: &str, environment: &str) -> String {
        dashboard(&self.base, environment, tail, &self.path)
    }

    /// The frame of a page about this folder; the breadcrumb leads through the folders above it.
    pub(super) fn page(&self, visit: &Visit, title: &str) -> Page {
        let mut page = visit.project_page(&self.project, title, Place::Secrets);
        if title != self.environment.name || !self.path.is_root() {
            page = page.below(&*self.environment.name, self.address_at("", &SecretPath::root()));
        }
        page
    }

    /// Like [`Spot::page`], with this folder in the breadcrumb.
    pub(super) fn page_within(&self, visit: &Visit, title: &str) -> Page {
        let mut page = self.page(visit, title);
        for step in steps(&self.path) {
            page = page.below(step.name, self.address_at("", &step.path));
        }
        page
    }

    /// `Production` or `Production, folder /a/b`.
    pub(super) fn label(&self) -> String {
        label(&self.environment.name, &self.path)
    }
}

/// `Production` or `Production, folder /a/b`.
pub(super) fn label(environment: &str, path: &SecretPath) -> String {
    if path.is_root() { environment.to_owned() } else { format!("{environment}, folder {path}") }
}

/// The address of a folder of an environment.
pub(super) fn dashboard(base: &str, environment: &str, tail: &str, path: &SecretPath) -> String {
    with_query(format!("{base}/secrets/{environment}{tail}"), &[("secretPath", path_text(path))])
}

/// The address of the overview of a folder.
pub(super) fn overview(base: &str, path: &SecretPath) -> String {
    with_query(format!("{base}/overview"), &[("secretPath", path_text(path))])
}

/// An address with a query.
pub(super) fn with_query(address: String, pairs: &[(&str, &str)]) -> String {
    let query = query(pairs);
    if query.is_empty() { address } else { format!("{address}?{query}") }
}

/// An address, which may have a query, with more of one.
pub(super) fn and_query(address: String, pairs: &[(&str, &str)]) -> String {
    let query = query(pairs);
    match (query.is_empty(), address.contains('?')) {
        (true, _) => address,
        (false, true) => format!("{address}&{query}"),
        (false, false) => format!("{address}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_folder() {
        let path = SecretPath::from_names(["a", "b c"]);
        assert_eq!(dashboard("/p", "prod", "/new", &path), "/p/secrets/prod/new?secretPath=%2Fa%2Fb+c");
        assert_eq!(overview("/p", &SecretPath::root()), "/p/overview");
        assert_eq!(parent(&path).as_str(), "/a");
        assert_eq!(steps(&path).iter().map(|step| step.path.as_str()).collect::<Vec<_>>(), ["/a", "/a/b c"]);
    }
}

//! The frame around a page: title, navigation, breadcrumb, notices, and what every form needs.

use keyferry_domain::projects::Project;
use uuid::Uuid;

use super::notice::{Notice, PastNotice};
use super::theme::Theme;
use crate::visit::{Request, Visit};

/// A step of the way to a page.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// What it is called.
    pub label: String,
    /// Where it leads; none for the page itself.
    pub address: Option<String>,
}

/// Where in the navigation a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Projects of the organization.
    Projects,
    /// Secrets of a project.
    Secrets,
    /// Integrations of a project.
    Integrations,
    /// App Connections, of the organization or a project.
    AppConnections,
    /// Access Control, of the organization or a project.
    AccessControl,
    /// Audit Logs, of the organization or a project.
    AuditLogs,
    /// Settings, of the organization or a project.
    Settings,
    /// Nowhere in the navigation: account, help.
    Elsewhere,
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Its name.
    pub label: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Where it leads.
    pub address: String,
    /// Whether the page belongs to it.
    pub is_current: bool,
    /// The second key of its shortcut.
    pub shortcut: Option<char>,
}

/// What a frame knows of a project.
#[derive(Clone, Debug)]
pub struct ProjectFrame {
    /// The project's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its address, without a trailing slash.
    pub address: String,
}

impl ProjectFrame {
    /// The pattern of a project's addresses in routes.
    pub const PATTERN: &str = "/organizations/{orgId}/projects/secret-management/{projectId}";

    /// Of a project.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        Self { id: project.row.id, name: project.row.name.clone(), address: Self::address(project.row.org_id, project.row.id) }
    }

    /// The address of a sync's page; empty while there is none.
    #[must_use]
    pub fn sync_address(org_id: Uuid, project_id: Uuid, destination: &str, sync_id: Uuid) -> String {
        match crate::has_page(&format!("{}/integrations/secret-syncs/{destination}/{{syncId}}", Self::PATTERN)) {
            true => format!("{}/integrations/secret-syncs/{destination}/{sync_id}", Self::address(org_id, project_id)),
            false => String::new(),
        }
    }

    /// Where a project opens: at its secrets, or at its connections while those have no pages.
    #[must_use]
    pub fn home(&self) -> String {
        format!("{}/{}", self.address, if Self::has_overview() { "overview" } else { "app-connections" })
    }

    fn has_overview() -> bool {
        crate::has_page(&format!("{}/overview", Self::PATTERN))
    }

    /// The address of a project's pages, without a trailing slash.
    #[must_use]
    pub fn address(org_id: Uuid, project_id: Uuid) -> String {
        format!("/organizations/{org_id}/projects/secret-management/{project_id}")
    }
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page's own name, also its `h1`.
    pub title: String,
    /// The way to it.
    pub crumbs: Vec<Crumb>,
    /// The navigation; empty on pages without.
    pub nav: Vec<NavItem>,
    /// Name of the navigation.
    pub nav_label: &'static str,
    /// The project, on its pages.
    pub project: Option<ProjectFrame>,
    /// Address of the organization's pages, without a trailing slash; empty on pages without one.
    pub organization: String,
    /// Name of the organization.
    pub organization_name: Option<String>,
    /// Who is signed in.
    pub user: Option<String>,
    /// The colour scheme.
    pub theme: Theme,
    /// What the step before left to say, and errors that nobody dismissed.
    pub notices: Vec<Notice>,
    /// What was said lately, newest first; empty for guests.
    pub recent: Vec<PastNotice>,
    /// Carried by every form of a signed-in page.
    pub form_token: String,
    /// One-time key for forms that create or trigger something.
    pub form_key: String,
    /// Whether only the main part is sent.
    pub is_fragment: bool,
    /// Address of this page, to come back to.
    pub url: String,
    /// Id of the request, for error pages.
    pub request_id: String,
}

impl Page {
    /// Without navigation, for anybody.
    #[must_use]
    pub fn plain(request: &Request, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            crumbs: Vec::new(),
            nav: Vec::new(),
            nav_label: "",
            project: None,
            organization: String::new(),
            organization_name: None,
            user: None,
            theme: request.theme,
            notices: request.notice.iter().cloned().collect(),
            recent: Vec::new(),
            form_token: String::new(),
            form_key: String::new(),
            is_fragment: request.is_fragment,
            url: request.page_url(),
            request_id: request.origin.request_id.clone(),
        }
    }

    /// For somebody who is signed in, without navigation.
    #[must_use]
    pub fn account(visit: &Visit, title: &str) -> Self {
        let organization = visit.caller.org_id.map(|id| format!("/organizations/{id}")).unwrap_or_default();
        Self {
            organization,
            organization_name: visit.organization_name().map(str::to_owned),
            user: visit.caller.actor.name().map(str::to_owned),
            form_token: visit.form_token().to_owned(),
            form_key: visit.app.ids.v4().simple().to_string(),
            notices: visit.recent().open(),
            recent: visit.recent().all(visit.app.now_ms()),
            ..Self::plain(visit, title)
        }
    }

    /// A page of the organization.
    #[must_use]
    pub fn organization(visit: &Visit, title: &str, place: Place) -> Self {
        let mut page = Self::account(visit, title);
        let base = page.organization.clone();
        let item = |label, icon, path: &str, own, shortcut| NavItem {
            label,
            icon,
            address: format!("{base}/{path}"),
            is_current: own == place,
            shortcut,
        };
        page.nav = vec![
            item("Projects", "layers", "projects", Place::Projects, None),
            item("App Connections", "plug", "app-connections", Place::AppConnections, Some('c')),
            item("Access Control", "users", "access-control", Place::AccessControl, None),
            item("Audit Logs", "scroll-text", "audit-logs", Place::AuditLogs, Some('a')),
            item("Settings", "settings", "settings", Place::Settings, None),
        ];
        page.nav_label = "Organization";
        page.set_crumbs(title);
        page
    }

    /// A page of a project.
    #[must_use]
    pub fn project(visit: &Visit, project: ProjectFrame, title: &str, place: Place) -> Self {
        let mut page = Self::account(visit, title);
        let base = project.address.clone();
        let item = |label, icon, path: &str, own, shortcut| NavItem {
            label,
            icon,
            address: format!("{base}/{path}"),
            is_current: own == place,
            shortcut,
        };
        if ProjectFrame::has_overview() {
            page.nav.push(item("Secrets", "key-round", "overview", Place::Secrets, Some('s')));
        }
        if crate::has_page(&format!("{}/integrations", ProjectFrame::PATTERN)) {
            let path = "integrations?selectedTab=secret-syncs";
            page.nav.push(item("Integrations", "refresh-cw", path, Place::Integrations, Some('i')));
        }
        page.nav.extend([
            item("App Connections", "plug", "app-connections", Place::AppConnections, Some('c')),
            item("Access Control", "users", "access-control", Place::AccessControl, None),
            item("Audit Logs", "scroll-text", "audit-logs", Place::AuditLogs, Some('a')),
            item("Settings", "settings", "settings", Place::Settings, None),
        ]);
        page.nav_label = "Project";
        page.project = Some(project);
        page.set_crumbs(title);
        page
    }

    fn set_crumbs(&mut self, title: &str) {
        self.crumbs.push(Crumb { label: "Projects".to_owned(), address: Some(format!("{}/projects", self.organization)) });
        if let Some(project) = &self.project {
            self.crumbs.push(Crumb { label: project.name.clone(), address: Some(project.home()) });
        }
        if let Some(section) = self.nav.iter().find(|item| item.is_current && item.label != "Projects") {
            self.crumbs.push(Crumb { label: section.label.to_owned(), address: Some(section.address.clone()) });
        }
        if self.crumbs.last().is_some_and(|last| last.label == title) {
            self.crumbs.pop();
        }
        self.crumbs.push(Crumb { label: title.to_owned(), address: None });
    }

    /// The address of a page of the organization, such as `app-connections`.
    #[must_use]
    pub fn in_organization(&self, path: &str) -> String {
        format!("{}/{path}", self.organization)
    }

    /// The address of a page in the same project or, on pages of the organization, of the organization.
    #[must_use]
    pub fn here(&self, path: &str) -> String {
        match &self.project {
            Some(project) => format!("{}/{path}", project.address),
            None => self.in_organization(path),
        }
    }

    /// Puts a step in front of the page in the breadcrumb.
    #[must_use]
    pub fn below(mut self, label: impl Into<String>, address: impl Into<String>) -> Self {
        let at = self.crumbs.len().saturating_sub(1);
        self.crumbs.insert(at, Crumb { label: label.into(), address: Some(address.into()) });
        self
    }

    /// Says something at the head of the page.
    #[must_use]
    pub fn saying(mut self, notice: Notice) -> Self {
        self.notices.push(notice);
        self
    }

    /// The document's title: page, project, product.
    #[must_use]
    pub fn document_title(&self) -> String {
        match &self.project {
            Some(project) => format!("{} · {} · Keyferry", self.title, project.name),
            None => format!("{} · Keyferry", self.title),
        }
    }
}

//! The projects the visitor belongs to.

use askama::Template;
use keyferry_domain::access::Facts;
use keyferry_domain::projects::{self, SyncFigures};

use crate::screens::access_control::role_name;
use crate::text::{Moment, moment};
use crate::ui::{Page, Place, ProjectFrame};
use crate::visit::{Answer, Visit};

pub(super) struct Row {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) address: String,
    pub(super) environments: Vec<String>,
    pub(super) roles: String,
    pub(super) secrets: Option<u64>,
    pub(super) syncs: Option<SyncFigures>,
    /// The list of the project's syncs.
    pub(super) integrations: String,
    pub(super) changed: Moment,
}

impl Row {
    fn secrets_text(&self) -> Option<String> {
        self.secrets.map(|count| crate::text::plural(usize::try_from(count).unwrap_or(usize::MAX), "secret", "secrets"))
    }

    fn syncs_text(&self) -> Option<String> {
        self.syncs.map(|own| crate::text::plural(usize::try_from(own.total).unwrap_or(usize::MAX), "sync", "syncs"))
    }

    /// `2 syncs fail`, with the filter that shows them; nothing while all is well.
    fn troubles(&self) -> Vec<(&'static str, String)> {
        let own = self.syncs.unwrap_or_default();
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let mut troubles = Vec::new();
        if own.failed > 0 {
            troubles.push(("failed", crate::text::plural(count(own.failed), "sync fails", "syncs fail")));
        }
        if own.waiting > 0 {
            troubles
                .push(("waiting", crate::text::plural(count(own.waiting), "sync waits for approval", "syncs wait for approval")));
        }
        troubles
    }
}

#[derive(Template)]
#[template(path = "screens/projects/list.html")]
pub(super) struct ProjectsPage {
    pub(super) page: Page,
    pub(super) rows: Vec<Row>,
    pub(super) total: usize,
    pub(super) search: String,
    pub(super) sort: &'static str,
    pub(super) can_create: bool,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let can_create = {
        let rights = visit.rights().await?;
        ["project", "workspace"].iter().any(|subject| rights.allows("create", subject, Facts::any()))
    };
    let mut listed = projects::list(&visit.app, &visit.caller, None, true).await?;
    let total = listed.len();
    let search = visit.query("search").unwrap_or_default().to_owned();
    let wanted = search.to_lowercase();
    listed.retain(|listed| listed.project.row.name.to_lowercase().contains(&wanted));
    let sort = match visit.query("sort") {
        Some("changed") => "changed",
        _ => "name",
    };
    match sort {
        "changed" => listed.sort_by_key(|listed| std::cmp::Reverse(listed.project.row.updated_at_ms)),
        _ => listed.sort_by_key(|listed| listed.project.row.name.to_lowercase()),
    }
    let now_ms = visit.app.now_ms();
    let ids: Vec<uuid::Uuid> = listed.iter().map(|listed| listed.project.row.id).collect();
    let figures = projects::figures(&visit.app, &visit.caller, &ids).await?;
    let rows: Vec<Row> = listed
        .into_iter()
        .map(|listed| Row {
            secrets: figures.get(&listed.project.row.id).and_then(|own| own.secrets),
            syncs: figures.get(&listed.project.row.id).and_then(|own| own.syncs),
            integrations: format!("{}/integrations", ProjectFrame::address(listed.project.row.org_id, listed.project.row.id)),
            address: ProjectFrame::of(&listed.project).home(),
            name: listed.project.row.name,
            description: listed.project.row.description.unwrap_or_default(),
            environments: listed.project.environments.into_iter().map(|environment| environment.name).collect(),
            roles: listed.roles.iter().map(|slug| role_name(slug)).collect::<Vec<_>>().join(", "),
            changed: moment(listed.project.row.updated_at_ms, now_ms),
        })
        .collect();
    let page = visit.page("Projects", Place::Projects);
    visit.show(&ProjectsPage { page, rows, total, search, sort, can_create })
}

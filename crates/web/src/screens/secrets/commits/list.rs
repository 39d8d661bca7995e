//! The commits of a folder, newest first.

use askama::Template;
use keyferry_domain::secrets::commits::{self, ListCommits};

use super::counts;
use crate::screens::secrets::dashboard::Link;
use crate::screens::secrets::rows::actor;
use crate::screens::secrets::spot::Spot;
use crate::text::{Moment, moment, plural};
use crate::ui::Page;
use crate::visit::{Answer, Visit};

const PAGE_SIZE: u64 = 50;

pub(in crate::screens::secrets) struct Row {
    pub(in crate::screens::secrets) address: String,
    pub(in crate::screens::secrets) sequence: i64,
    pub(in crate::screens::secrets) message: String,
    pub(in crate::screens::secrets) by: String,
    pub(in crate::screens::secrets) at: Moment,
    pub(in crate::screens::secrets) counts: String,
    pub(in crate::screens::secrets) is_reverted: bool,
}

#[derive(Template)]
#[template(path = "screens/secrets/commits/list.html")]
pub(in crate::screens::secrets) struct CommitsPage {
    pub(in crate::screens::secrets) page: Page,
    pub(in crate::screens::secrets) place: String,
    pub(in crate::screens::secrets) environments: Vec<Link>,
    pub(in crate::screens::secrets) rows: Vec<Row>,
    pub(in crate::screens::secrets) total: String,
    pub(in crate::screens::secrets) search: String,
    pub(in crate::screens::secrets) path: String,
    pub(in crate::screens::secrets) here: String,
    pub(in crate::screens::secrets) previous: String,
    pub(in crate::screens::secrets) next: String,
    pub(in crate::screens::secrets) back: String,
}

pub(in crate::screens::secrets) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let search = visit.query("search").unwrap_or_default().trim().to_owned();
    let number = visit.query_as::<u64>("page").unwrap_or(1).clamp(1, 1_000_000);
    let wanted = ListCommits {
        search: Some(search.clone()).filter(|search| !search.is_empty()),
        offset: (number - 1) * PAGE_SIZE,
        limit: PAGE_SIZE,
        is_oldest_first: false,
    };
    let found = commits::list(&visit.app, &visit.caller, &spot.location(), wanted).await?;
    let now_ms = visit.app.now_ms();
    let rows = found.commits.into_iter().map(|commit| Row {
        address: spot.address(&format!("/commits/{}", commit.id)),
        sequence: commit.sequence,
        by: actor(&commit.actor_type, commit.actor_name.as_deref()),
        at: moment(commit.created_at_ms, now_ms),
        counts: counts(commit.added, commit.updated, commit.removed),
        is_reverted: commit.is_reverted,
        message: commit.message,
    });
    let page_of = |number: u64| visit.url_with("page", Some(&number.to_string()));
    let environments = spot.project.environments.iter().map(|environment| Link {
        label: environment.name.clone(),
        address: spot.address_in_at("/commits", &environment.slug),
        is_current: environment.id == spot.environment.id,
    });
    visit.show(&CommitsPage {
        page: spot.page_within(&visit, "Commits"),
        place: spot.label(),
        environments: environments.collect(),
        rows: rows.collect(),
        total: plural(usize::try_from(found.total).unwrap_or(usize::MAX), "commit", "commits"),
        search,
        path: super::super::spot::path_text(&spot.path).to_owned(),
        here: spot.address("/commits"),
        previous: if number > 1 { page_of(number - 1) } else { String::new() },
        next: if number * PAGE_SIZE < found.total { page_of(number + 1) } else { String::new() },
        back: spot.address(""),
    })
}

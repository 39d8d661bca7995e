//! The list, newest first.

use askama::Template;
use keyferry_domain::audit::{self, Entry};

use super::filters::Filters;
use super::words::{actor_name, event_words, raw, sentence};
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, Place};
use crate::visit::{Answer, Visit};

/// Rows of a page.
const PAGE: u64 = 50;

pub(super) struct Row {
    pub(super) at: Moment,
    pub(super) event: String,
    pub(super) event_type: String,
    pub(super) project: String,
    pub(super) actor: String,
    pub(super) actor_kind: String,
    pub(super) source: String,
    pub(super) sentence: String,
    pub(super) raw: String,
    pub(super) is_refused: bool,
}

#[derive(Template)]
#[template(path = "screens/audit_logs/list.html")]
pub(super) struct AuditPage {
    pub(super) page: Page,
    pub(super) filters: Filters,
    pub(super) ranges: Vec<Choice>,
    pub(super) actors: Vec<Choice>,
    pub(super) rows: Vec<Row>,
    /// Address of the rows after these; empty when there are none.
    pub(super) next: String,
    pub(super) clear: String,
    pub(super) is_organization: bool,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let project = match visit.has_param("projectId") {
        true => Some(visit.project().await?),
        false => None,
    };
    let filters = Filters::of(&visit);
    let now_ms = visit.app.now_ms();
    let query = filters.query(project.as_ref().map(|project| project.row.id), now_ms, PAGE);
    let mut entries = audit::query(&visit.app, &visit.caller, query).await?;
    let has_more = entries.len() as u64 > PAGE;
    entries.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = match has_more {
        true => visit.url_with("offset", Some(&(filters.offset + PAGE).to_string())),
        false => String::new(),
    };
    let page = match &project {
        Some(project) => visit.project_page(project, "Audit Logs", Place::AuditLogs),
        None => visit.page("Audit Logs", Place::AuditLogs),
    };
    visit.show(&AuditPage {
        clear: page.here("audit-logs"),
        page,
        filters,
        ranges: Filters::ranges(),
        actors: Filters::actors(),
        rows: entries.into_iter().map(|entry| row(entry, now_ms)).collect(),
        next,
        is_organization: project.is_none(),
    })
}

fn row(entry: Entry, now_ms: i64) -> Row {
    let row = entry.row;
    let client = row.user_agent_type.clone();
    Row {
        at: moment(row.created_at_ms, now_ms),
        event: event_words(&row.event_type),
        project: entry.project_name.unwrap_or_default(),
        actor: actor_name(&row),
        actor_kind: row.actor_type.clone(),
        source: match &row.ip {
            Some(ip) if !ip.is_empty() => format!("{client}, {ip}"),
            _ => client,
        },
        sentence: sentence(&row),
        raw: raw(&row),
        is_refused: row.outcome != "success",
        event_type: row.event_type,
    }
}

//! One sync: how it stands, and what it does.

use askama::Template;
use keyferry_domain::secret_syncs::model::{Breaker, SyncOptions, UnresolvedReferences};
use keyferry_domain::secret_syncs::runs::{self};
use keyferry_domain::secret_syncs::{self, EmptyValues, SyncView, UnmanagedSecrets};

use super::CHECKLY;
use super::live::Live;
use super::place::SyncPlace;
use super::runs::{Row, rows};
use super::timeline::Timeline;
use super::words::{Destination, reason, run_reason};
use crate::text::{Moment, moment};
use crate::ui::{Badge, Page, badge, sync_badge};
use crate::visit::{Answer, Request, Visit};

/// Runs in the table of the page.
const NEWEST: usize = 10;

#[derive(Template)]
#[template(path = "screens/secret_syncs/show.html")]
pub(super) struct ShowPage {
    pub(super) page: Page,
    pub(super) request: Request,
    pub(super) address: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) badge: Badge,
    pub(super) removal: Option<(Badge, String)>,
    pub(super) is_auto: bool,
    pub(super) is_paused: bool,
    /// Changes of the source that wait for a trigger while auto-sync is off.
    pub(super) unpushed: usize,
    pub(super) live: Option<Live>,
    pub(super) reason: Option<String>,
    pub(super) failing_since: Option<Moment>,
    pub(super) next: Option<Moment>,
    pub(super) last: Option<Moment>,
    pub(super) waiting: usize,
    pub(super) waiting_plan: String,
    /// Environment and path; none when they are gone.
    pub(super) source: Option<(String, String)>,
    pub(super) source_address: String,
    pub(super) connection: String,
    pub(super) connection_address: String,
    pub(super) destination: Destination,
    pub(super) options: Vec<(&'static str, String)>,
    /// Other syncs whose keys meet this one's at Checkly: name and address, both empty where they may not be seen.
    pub(super) overlaps: Vec<(String, String)>,
    pub(super) made: Moment,
    pub(super) timeline: Timeline,
    pub(super) rows: Vec<Row>,
    pub(super) may_trigger: bool,
    pub(super) may_edit: bool,
    pub(super) may_remove: bool,
    pub(super) may_delete: bool,
}

impl ShowPage {
    fn is_tab(&self, tab: &str) -> bool {
        tab == "overview"
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let (sync, now_ms) = (place.view.sync.clone(), visit.app.now_ms());
    let progress = secret_syncs::progress(&visit.app, &visit.caller, CHECKLY, sync.id).await?;
    let listed = runs::list(&visit.app, &visit.caller, CHECKLY, sync.id, None, runs::MOST_A_PAGE).await?;
    let page = place.own_page(&visit);
    let address = place.address(&page, "");
    let runs_address = place.address(&page, "runs");
    let timeline = Timeline::of(&listed.runs, &runs_address, visit.query("period").unwrap_or_default(), now_ms, None);
    let newest: Vec<_> = listed.runs.iter().take(NEWEST).cloned().collect();
    let failed = sync.sync_status.as_deref() == Some("failed");
    let told =
        listed.runs.iter().find(|run| run.status == "failed" && run.kind == "sync-secrets").and_then(|run| run.message.clone());
    let reason = match (failed, told, &sync.last_sync_message) {
        (true, Some(told), _) => Some(run_reason(&told)),
        (true, None, Some(message)) => Some(reason(message)),
        _ => None,
    };
    let connection_base = match place.view.connection.project_id {
        Some(_) => page.here("app-connections"),
        None => page.in_organization("app-connections"),
    };
    let rows = rows(&visit, &newest, &runs_address).await?;
    // A sync that never ran has everything before it; that is said elsewhere.
    let unpushed = match sync.is_auto_sync_enabled || sync.last_synced_at_ms.is_none() {
        true => 0,
        false => secret_syncs::unpushed(&visit.app, &visit.caller, CHECKLY, sync.id).await?,
    };
    let overlaps = secret_syncs::overlaps(&visit.app, &visit.caller, &place.view).await?;
    let overlaps = overlaps
        .into_iter()
        .map(|other| match other.sync {
            Some((id, name)) => {
                (name, crate::ui::ProjectFrame::sync_address(place.project.row.org_id, other.project_id, CHECKLY, id))
            }
            None => (String::new(), String::new()),
        })
        .collect();
    let live = progress.run.is_some().then(|| Live::of(&progress, &address, now_ms));
    visit.show(&ShowPage {
        request: (*visit).clone(),
        id: sync.id.to_string(),
        // What the progress shows is what the rest of the page shows.
        badge: match &live {
            Some(live) => live.badge.clone(),
            None => sync_badge(sync.sync_status.as_deref(), place.view.source.is_some()),
        },
        live,
        removal: removal(&place.view),
        is_auto: sync.is_auto_sync_enabled,
        is_paused: sync.is_paused,
        unpushed,
        reason,
        failing_since: sync.failing_since_ms.filter(|_| failed).map(|at_ms| moment(at_ms, now_ms)),
        next: sync.next_retry_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        last: sync.last_synced_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        waiting: usize::try_from(sync.pending_count).unwrap_or_default(),
        waiting_plan: sync.pending_plan_id.map(|id| format!("{address}/plans/{id}")).unwrap_or_default(),
        source: place.view.source.as_ref().map(|own| (own.environment.name.clone(), own.path.as_str().to_owned())),
        source_address: place
            .view
            .source
            .as_ref()
            .map(|own| secrets_address(&page, &own.environment.slug, own.path.as_str()))
            .unwrap_or_default(),
        connection: place.view.connection.name.clone(),
        connection_address: format!("{connection_base}/{}", place.view.connection.id),
        destination: place.destination(),
        options: options(&place.view),
        overlaps,
        made: moment(sync.created_at_ms, now_ms),
        timeline,
        rows,
        may_trigger: place.may("sync-secrets"),
        may_edit: place.may("edit"),
        may_remove: place.may("remove-secrets"),
        may_delete: place.may("delete"),
        description: sync.description.unwrap_or_default(),
        name: sync.name,
        page,
        address,
    })
}

/// The page of a folder's secrets; empty while there is none.
fn secrets_address(page: &Page, environment: &str, path: &str) -> String {
    if !crate::has_page(&format!("{}/secrets/{{envSlug}}", crate::ui::ProjectFrame::PATTERN)) {
        return String::new();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("secretPath", path).finish();
    page.here(&format!("secrets/{environment}?{query}"))
}

/// How the last removal ended.
fn removal(view: &SyncView) -> Option<(Badge, String)> {
    let said = view.sync.last_remove_message.as_deref().map(reason).unwrap_or_default();
    match view.sync.remove_status.as_deref() {
        Some("succeeded") => Some((badge("Secrets Removed").toned(crate::ui::Tone::Neutral, "circle-check"), String::new())),
        Some("failed") => Some((badge("Failed to Remove Secrets").toned(crate::ui::Tone::Danger, "triangle-alert"), said)),
        _ => None,
    }
}

/// The options of a stored sync in words.
fn options(view: &SyncView) -> Vec<(&'static str, String)> {
    let Ok(options) = SyncOptions::parse(&view.sync.sync_options) else { return Vec::new() };
    let beneath = options.include_all_sub_folders || view.sync.include_all_sub_folders.unwrap_or(false);
    let mut rows = option_rows(&options);
    rows.insert(0, ("Include secrets from subfolders", yes(beneath)));
    rows
}

/// Options in words, in the order of the form.
pub(super) fn option_rows(options: &SyncOptions) -> Vec<(&'static str, String)> {
    let schema =
        if options.key_schema.is_empty() { "None: names as they are".to_owned() } else { options.key_schema.as_str().to_owned() };
    let protection = match options.unmanaged_secrets {
        UnmanagedSecrets::Keep => "Only delete variables this sync created",
        UnmanagedSecrets::Approve => "Ask for what cannot be put back",
        UnmanagedSecrets::Delete => "Mirror exactly: delete everything not in the source",
    };
    let empty = match options.empty_values {
        EmptyValues::Delete => "Remove the variable",
        EmptyValues::Skip => "Leave the variable as it is",
        EmptyValues::Fail => "Block the key",
    };
    let references = match options.unresolved_references {
        UnresolvedReferences::Block => "Block the key",
        UnresolvedReferences::Literal => "Send the text as it stands",
    };
    let breaker = match options.deletion_breaker {
        Breaker::Inherited => "As the organization has it".to_owned(),
        Breaker::Off => "Off".to_owned(),
        Breaker::Rule(rule) => format!("More than {} keys or {} %, whichever is larger", rule.keys, rule.percent),
    };
    vec![
        ("Initial Sync Behavior", "Overwrite Destination Secrets".to_owned()),
        ("Key Schema", schema),
        ("Disable Secret Deletion", yes(options.disable_secret_deletion)),
        ("Protection", protection.to_owned()),
        ("Empty values", empty.to_owned()),
        ("References that lead nowhere", references.to_owned()),
        ("Deletions that wait for a yes", breaker),
    ]
}

/// A switch in a word.
pub(super) fn yes(is_on: bool) -> String {
    if is_on { "Yes" } else { "No" }.to_owned()
}

pub(super) struct Key {
    pub(super) secret_key: String,
    pub(super) destination_key: String,
    pub(super) version: String,
    pub(super) written: Option<Moment>,
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/keys.html")]
pub(super) struct KeysPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) keys: Vec<Key>,
    pub(super) total: usize,
    pub(super) search: String,
}

impl KeysPage {
    fn is_tab(&self, tab: &str) -> bool {
        tab == "keys"
    }
}

/// Rows of the tab "Keys".
const MOST_KEYS: usize = 500;

pub(super) async fn keys(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let (page, now_ms) = (place.page(&visit, "Keys"), visit.app.now_ms());
    let address = place.address(&page, "");
    let written = secret_syncs::written(&visit.app, &visit.caller, CHECKLY, place.view.sync.id).await?;
    let (search, total) = (visit.query("search").unwrap_or_default().to_owned(), written.len());
    let wanted = search.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let keys = written
        .into_iter()
        .filter(|key| has(&key.destination_key) || has(&key.secret_key))
        .take(MOST_KEYS)
        .map(|key| Key {
            version: key.secret_version.map_or_else(String::new, |version| version.to_string()),
            written: (key.written_at_ms > 0).then(|| moment(key.written_at_ms, now_ms)),
            secret_key: key.secret_key,
            destination_key: key.destination_key,
        })
        .collect();
    visit.show(&KeysPage { page, address, keys, total, search })
}

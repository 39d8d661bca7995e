use askama::Template as _;
use keyferry_domain::secret_syncs::plans::StoredPlan;
use keyferry_domain::secret_syncs::runs::Run;
use uuid::Uuid;

use super::words::Destination;
use super::*;
use crate::form::Fields;
use crate::text::moment;
use crate::ui::{Page, badge, choice};
use crate::visit::sample_request;

fn plain(title: &str) -> Page {
    Page::plain(&sample_request("/organizations/x"), title)
}

fn row(state: &'static str) -> list::Row {
    list::Row {
        id: Uuid::nil(),
        name: "checkly-prod".to_owned(),
        description: "<i>EU</i>".to_owned(),
        address: "/s".to_owned(),
        path: "/checkout".to_owned(),
        environment: "Production".to_owned(),
        connection: "eu".to_owned(),
        account: "Acme EU".to_owned(),
        part: "Global variables".to_owned(),
        state,
        states: vec![state],
        badge: badge("Failed to Sync"),
        is_auto: false,
        waiting: 2,
        reason: Some("TOKEN: no".to_owned()),
        keys: 1_234,
        last: None,
        last_ms: 0,
        next: Some(moment(60_000, 0)),
        may_trigger: true,
        may_edit: true,
        may_remove: true,
        may_delete: true,
    }
}

fn list_page(rows: Vec<list::Row>, total: usize) -> String {
    let page = list::ListPage {
        page: plain("Integrations"),
        request: sample_request("/organizations/x"),
        rows,
        total,
        search: "x".to_owned(),
        statuses: vec![choice("", "Every status")],
        status: String::new(),
        environments: Vec::new(),
        environment: String::new(),
        connections: Vec::new(),
        connection: String::new(),
        may_create: true,
        now: moment(0, 0),
    };
    page.render().expect("a page")
}

#[test]
fn the_list_renders_in_each_state() {
    assert!(list_page(Vec::new(), 0).contains("No connection yet? Create a Checkly Connection"));
    assert!(list_page(Vec::new(), 2).contains("No Secret Syncs match search..."));
    let html = list_page(vec![row("failed")], 1);
    for wanted in [
        "+ Add Sync",
        "Search secret syncs...",
        "Copy Sync ID",
        "Trigger Sync",
        "Plan…",
        "Remove Secrets",
        "Enable Auto-Sync",
        "Edit…",
        "Delete Sync",
        "Options for checkly-prod",
        "Failed to Sync",
        "TOKEN: no",
        "2 deletions wait",
        "row-failed",
        "every 60s",
        "&#60;i&#62;EU",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(list_page(vec![row("queued")], 1).contains("every 5s"), "a busy list looks more often");
}

fn run(status: &str, ended_ms: i64, took_ms: i64, counts: &str) -> Run {
    Run {
        id: Uuid::nil(),
        sync_id: Uuid::nil(),
        project_id: Uuid::nil(),
        kind: "sync-secrets".to_owned(),
        trigger: "manual".to_owned(),
        status: status.to_owned(),
        attempt: 1,
        plan_id: None,
        approved: None,
        counts: counts.to_owned(),
        calls: 3,
        waited_ms: 0,
        message: None,
        delete_sync_on_success: false,
        fence: 0,
        actor_type: "user".to_owned(),
        actor_id: None,
        actor_metadata: String::new(),
        started_at_ms: Some(ended_ms - took_ms),
        ended_at_ms: Some(ended_ms),
        next_retry_at_ms: None,
        created_at_ms: ended_ms - took_ms,
    }
}

#[test]
fn the_plot_has_a_mark_a_shape_and_words_for_each_run() {
    let now_ms = 1_000_000_000;
    let runs = [
        run("succeeded", now_ms - 1_000, 2_000, r#"{"create":2,"done":2}"#),
        run("failed", now_ms - 60_000, 40_000, r#"{"done":1,"failed":1}"#),
        run("failed", now_ms - 90_000, 500, r#"{"failed":1}"#),
        run("succeeded", now_ms - 95_000, 500, r#"{"awaitingApproval":1}"#),
        run("succeeded", now_ms - 90_000_000, 500, "{}"),
    ];
    let plot = timeline::Timeline::of(&runs, "/s/runs", "1h", now_ms, None).to_string();
    assert_eq!(plot.matches("class=\"plot-mark\"").count(), 4, "only what ended within the period: {plot}");
    for wanted in ["plot-done", "plot-partial", "plot-failed", "plot-waiting", "Triggered: ok. 2 created. 2.00 s", "/s/runs/"] {
        assert!(plot.contains(wanted), "{wanted} is missing from {plot}");
    }
    assert!(!plot.contains("style="), "{plot}");
    let empty = timeline::Timeline::of(&[], "/s/runs", "24h", now_ms, None).to_string();
    assert!(empty.contains("No runs in this period") && !empty.contains("plot-mark"), "{empty}");
}

fn plan() -> plan_table::PlanTable {
    let item = |key: &str, action: &str, reason: &str, waits: bool| {
        format!(
            r#"{{"secretKey":null,"destinationKey":"{key}","action":"{action}","reason":"{reason}","requiresApproval":{waits},
               "secretVersion":3,"before":{{"secret":false,"locked":false}},"after":null}}"#
        )
    };
    let items = [
        item("A", "create", "new", false),
        item("B", "delete", "not_in_source", true),
        item("C", "delete", "unmanaged", false),
        item("D", "blocked", "key_conflict", false),
        item("E", "keep", "unmanaged", false),
        item("F", "unchanged", "same", false),
    ];
    let stored = StoredPlan {
        id: Uuid::nil(),
        org_id: Uuid::nil(),
        project_id: Uuid::nil(),
        sync_id: None,
        digest: "d".to_owned(),
        request_digest: None,
        items: format!("[{}]", items.join(",")),
        counts:
            r#"{"create":1,"update":0,"reflag":0,"delete":2,"keep":1,"unchanged":1,"blocked":1,"adopts":0,"requiresApproval":1}"#
                .to_owned(),
        warnings: r#"[{"code":"x","message":"Mind this"}]"#.to_owned(),
        actor_type: "user".to_owned(),
        actor_id: None,
        created_at_ms: 0,
        expires_at_ms: 1,
    };
    plan_table::PlanTable::of(&stored).expect("a plan")
}

#[test]
fn a_plan_says_what_goes_and_asks_for_what_waits() {
    let table = plan();
    assert_eq!((table.free_deletions, table.waiting.len(), table.held.len()), (1, 1, 1));
    assert_eq!(table.effect(), "write 1, delete 1 variable");
    let page = super::plan::PlanPage {
        page: plain("Plan"),
        fields: Fields::new(),
        address: "/s".to_owned(),
        name: "checkly-prod".to_owned(),
        plan_id: "1".to_owned(),
        digest: "d".to_owned(),
        made: moment(0, 0),
        expires: moment(1, 0),
        is_expired: false,
        plan: table,
        may_apply: true,
        may_approve: true,
    };
    let html = page.render().expect("a page");
    for wanted in [
        "Create (1)",
        "Remove (2)",
        "Blocked (1)",
        "Leave alone (1)",
        "Unchanged (1)",
        "Mind this",
        "name=\"approve\" value=\"B\"",
        "Approve all: delete 1 variable",
        "Apply this plan: write 1, delete 1 variable",
        "Type checkly-prod to confirm",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(!html.contains("value=\"C\""), "what needs no yes has no box");
}

fn timeline() -> timeline::Timeline {
    timeline::Timeline::of(&[], "/s/runs", "7d", 1_000, None)
}

fn logs() -> Vec<runs::Row> {
    vec![runs::Row {
        address: "/s/runs/1".to_owned(),
        started: moment(0, 0),
        trigger: "Triggered",
        who: "admin@example.com".to_owned(),
        waited: "1 ms".to_owned(),
        took: "2.00 s".to_owned(),
        counts: "2 created".to_owned(),
        result: badge("Partial"),
        reason: Some("Checkly: A: no".to_owned()),
        attempts: 2,
    }]
}

#[test]
fn a_sync_renders_with_all_it_has_to_say() {
    let live = live::Live {
        badge: badge("Syncing"),
        text: "Syncing 40 of 214".to_owned(),
        settled: 40,
        planned: Some(214),
        next_attempt: Some(moment(5, 0)),
        reload: String::new(),
    };
    assert_eq!(live.said(), "214 variables to write");
    assert_eq!(live::Live { settled: 110, ..live.clone() }.said(), "50 per cent written");
    let page = show::ShowPage {
        page: plain("checkly-prod"),
        request: sample_request("/s"),
        address: "/s".to_owned(),
        id: "1".to_owned(),
        name: "checkly-prod".to_owned(),
        description: String::new(),
        badge: badge("Failed to Sync"),
        removal: Some((badge("Failed to Remove Secrets"), "no".to_owned())),
        is_auto: true,
        is_paused: true,
        unpushed: 7,
        live: Some(live),
        reason: Some("Checkly: A: no".to_owned()),
        failing_since: Some(moment(0, 0)),
        next: Some(moment(9, 0)),
        last: None,
        waiting: 3,
        waiting_plan: "/s/plans/1".to_owned(),
        source: None,
        source_address: String::new(),
        connection: "eu".to_owned(),
        connection_address: "/c".to_owned(),
        destination: Destination {
            account: "Acme EU".to_owned(),
            account_id: "9c".to_owned(),
            group: Some(("Checkout".to_owned(), "7".to_owned())),
        },
        options: vec![("Key Schema", "None".to_owned())],
        overlaps: vec![("other-sync".to_owned(), "/o".to_owned()), (String::new(), String::new())],
        made: moment(0, 0),
        timeline: timeline(),
        rows: logs(),
        may_trigger: true,
        may_edit: true,
        may_remove: true,
        may_delete: true,
    };
    let html = page.render().expect("a page");
    for wanted in [
        "Source Folder Deleted",
        "Choose a new source",
        "Last Sync Error",
        "Auto-Sync Enabled",
        "Syncing 40 of 214",
        "<progress",
        "sse-connect=\"/s/events\"",
        "3 deletions wait",
        "Failed to Remove Secrets",
        "Acme EU",
        "Checkout",
        "Paused after a backup",
        "All runs",
        "other-sync",
        "a sync you may not see",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

#[test]
fn the_other_pages_render() {
    let picker = picker::PickerPage {
        page: plain("Choose a destination"),
        tiles: vec![picker::Tile { app: "checkly", name: "Checkly" }],
        search: String::new(),
    };
    assert!(picker.render().expect("a page").contains("/checkly/source"));
    let runs = runs::RunsPage {
        page: plain("Sync Logs"),
        request: sample_request("/s/runs"),
        address: "/s".to_owned(),
        rows: logs(),
        timeline: timeline(),
        next: "/s/runs?cursor=1".to_owned(),
        is_first: true,
    };
    assert!(runs.render().expect("a page").contains("rel=\"next\""));
    let remove = remove::RemovePage {
        page: plain("Remove Secrets"),
        fields: Fields::new(),
        address: "/s".to_owned(),
        keys: vec!["A".to_owned(), "B".to_owned()],
        is_auto: true,
        may: true,
    };
    assert!(remove.render().expect("a page").contains("Remove 2 variables"));
    let delete = delete::DeletePage {
        page: plain("Delete Sync"),
        fields: Fields::new().with("variables", "leave"),
        address: "/s".to_owned(),
        name: "checkly-prod".to_owned(),
        keys: vec!["A".to_owned()],
        choices: vec![choice("leave", "Leave variables at Checkly"), choice("remove", "Remove Synced Secrets")],
        may: true,
        may_remove: true,
    };
    let html = delete.render().expect("a page");
    assert!(html.contains("Remove Synced Secrets") && html.contains("value=\"leave\" checked"), "{html}");
    let none = super::plan::NoPlanPage { page: plain("Plan"), address: "/s".to_owned(), message: "status 503".to_owned() };
    assert!(none.render().expect("a page").contains("status 503"));
    let run = run::RunPage {
        page: plain("Run"),
        request: sample_request("/s/runs/1"),
        address: "/s".to_owned(),
        id: "1".to_owned(),
        badge: badge("Partial"),
        trigger: "Triggered",
        who: "admin@example.com".to_owned(),
        summary: "Stopped after 2 of 5 – 1 written, 1 failed, 3 not reached".to_owned(),
        reason: Some("Checkly: A: no".to_owned()),
        queued: moment(0, 0),
        started: Some(moment(0, 0)),
        ended: None,
        next: None,
        took: String::new(),
        waited: "0 ms".to_owned(),
        attempts: 1,
        calls: 3,
        plan: "/s/plans/1".to_owned(),
        items: vec![run::Item {
            key: "SHOP_A".to_owned(),
            secret_key: "A".to_owned(),
            action: "Create",
            outcome: badge("Failed"),
            http_status: "500".to_owned(),
            message: "no".to_owned(),
            attempts: 1,
            took: "4 ms".to_owned(),
            version: "1".to_owned(),
            keeps_value: true,
        }],
        total: 2,
        outcomes: vec![
            ("All".to_owned(), "/s".to_owned(), true),
            ("Failed (1)".to_owned(), "/s?outcome=failed".to_owned(), false),
            ("Done (1)".to_owned(), "/s?outcome=done".to_owned(), false),
        ],
        timeline: timeline(),
        unfinished: 4,
        may_retry: true,
    };
    let html = run.render().expect("a page");
    for wanted in ["Retry 4 failed keys", "not reached", "SHOP_A", "from A", "Failed (1)"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let keys = show::KeysPage {
        page: plain("Keys"),
        address: "/s".to_owned(),
        keys: vec![show::Key {
            secret_key: "A".to_owned(),
            destination_key: "SHOP_A".to_owned(),
            version: "3".to_owned(),
            written: None,
        }],
        total: 1,
        search: String::new(),
    };
    assert!(keys.render().expect("a page").contains("On its way"));
}

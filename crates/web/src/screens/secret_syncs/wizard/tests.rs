use askama::Template as _;
use keyferry_domain::secret_syncs::SourcePreview;

use super::destination::Remote;
use super::source::{FolderChoice, Preview};
use super::*;
use crate::form::{Fields, Form};
use crate::text::moment;
use crate::ui::choice;
use crate::visit::sample_request;

fn plain(title: &str) -> Page {
    Page::plain(&sample_request("/organizations/x"), title)
}

fn frame(is_edit: bool) -> Frame {
    let step = |label, address: &str, is_current, is_done, reason: &str| StepLink {
        label,
        address: address.to_owned(),
        is_current,
        is_done,
        reason: reason.to_owned(),
    };
    Frame {
        steps: vec![
            step("Source", "/source", false, true, ""),
            step("Destination", "/destination", true, false, ""),
            step("Sync Options", "", false, false, "opens after Destination"),
        ],
        action: "/here".to_owned(),
        back: "/back".to_owned(),
        cancel: "/cancel".to_owned(),
        is_edit,
        before: "name=x".to_owned(),
    }
}

fn has(html: &str, all: &[&str]) {
    for wanted in all {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

#[test]
fn the_source_shows_what_is_there() {
    let source = SourcePreview {
        names: (0..12).map(|n| (format!("K{n}"), format!("K{n}"))).collect(),
        empty: vec!["K1".to_owned()],
        broken: vec!["K2".to_owned()],
        unreadable: Vec::new(),
        conflicts: vec![("K3".to_owned(), vec!["dev /a".to_owned(), "dev /b".to_owned()])],
    };
    let page = |preview| source::SourcePage {
        page: plain("Create Checkly Sync"),
        frame: frame(false),
        fields: Fields::new().with("path", "/"),
        environments: vec![choice("dev", "Development")],
        folders: vec![
            FolderChoice { path: "/".to_owned(), name: "/".to_owned(), depth: 0, is_current: true },
            FolderChoice { path: "/a".to_owned(), name: "a".to_owned(), depth: 1, is_current: false },
        ],
        preview,
    };
    let html = page(Preview::Source(Box::new(source))).render().expect("a page");
    has(
        &html,
        &[
            ">Environment</label>",
            ">Secret Path</label>",
            "Include secrets from subfolders",
            "12 secrets, 1 without a value",
            "The first 10 of 12",
            "dev /a and dev /b",
            "name=\"pick\" value=\"/a\"",
            "opens after Destination",
            ">Next<",
        ],
    );
    let why = "You do not have permission to create secret syncs in this environment or path.";
    has(&page(Preview::Refused(why.to_owned())).render().expect("a page"), &[why]);
}

#[test]
fn the_destination_lists_what_checkly_has_or_says_why_not() {
    let page = |accounts, groups| destination::DestinationPage {
        page: plain("Create Checkly Sync"),
        frame: frame(false),
        fields: Fields::new().with("account", "9c Acme EU"),
        connections: vec![choice("", "Select a connection"), choice("1", "eu")],
        accounts,
        groups,
        may_connect: true,
        may_add: true,
        duplicate: Some("this project".to_owned()),
        asked: moment(0, 0),
    };
    let listed = page(Remote::Listed(vec![choice("9c Acme EU", "Acme EU · 9c")]), Remote::Listed(Vec::new()));
    has(
        &listed.render().expect("a page"),
        &[
            ">Checkly Connection</label>",
            ">Account</label>",
            ">Group</label>",
            "Select an account",
            "No groups in this account",
            "Duplicate Destination Configuration",
            "Refresh list",
            "Create Connection",
            "name=\"listed_account\" value=\"9c\"",
        ],
    );
    let failed = page(Remote::Failed("Checkly is in trouble (status 503).".to_owned()), Remote::NotAsked);
    has(&failed.render().expect("a page"), &["status 503", "The id of the account at Checkly"]);
    has(&page(Remote::Listed(Vec::new()), Remote::NotAsked).render().expect("a page"), &["No accounts visible to this key"]);
    let none = destination::DestinationPage { may_connect: false, ..page(Remote::NotAsked, Remote::NotAsked) };
    has(&none.render().expect("a page"), &["connect on app-connections"]);
}

#[test]
fn the_options_and_details_render() {
    let options = options::OptionsPage {
        page: plain("Create Checkly Sync"),
        frame: frame(true),
        fields: Fields::new().with("auto_sync", "true").with("unmanaged", "keep").with("schema", "PROD_{{secretKey}}"),
        examples: vec![("API_KEY".to_owned(), "PROD_API_KEY".to_owned())],
        refused: None,
        conflicts: Vec::new(),
    };
    has(
        &options.render().expect("a page"),
        &[
            "Initial Sync Behavior",
            "Overwrite Destination Secrets",
            ">Key Schema</label>",
            "PROD_API_KEY",
            ">Auto-Sync Enabled</label>",
            ">Disable Secret Deletion</label>",
            "Only delete variables this sync created",
            "Mirror exactly: delete everything not in the source",
            "Ask for what cannot be put back",
            ">Save<",
        ],
    );
    let details = details::DetailsPage { page: plain("Create Checkly Sync"), frame: frame(false), fields: Fields::new() };
    has(&details.render().expect("a page"), &[">Name</label>", ">Description</label>"]);
    let review = review::ReviewPage {
        page: plain("Create Checkly Sync"),
        frame: frame(false),
        fields: Fields::new(),
        parts: vec![review::Part {
            id: "source",
            title: "Source",
            address: "/source".to_owned(),
            rows: vec![("Environment", "Production".to_owned()), ("Description", String::new())],
        }],
        plan: Err("Checkly answered 503".to_owned()),
        name: "x".to_owned(),
        is_mirror: false,
        is_auto: true,
        may_approve: true,
    };
    let html = review.render().expect("a page");
    has(&html, &["Checkly answered 503", "Try again", "Production"]);
    assert!(!html.contains("Create Sync"), "nothing is created unseen");
}

#[test]
fn names_are_told_what_they_lack() {
    let message = |name: &str| {
        let mut fields = Fields::new();
        details::check(&mut fields, name, "");
        fields.error("name").map(str::to_owned)
    };
    assert_eq!(message("").as_deref(), Some("Name field must be at least 1 character"));
    assert_eq!(message(&"a".repeat(257)).as_deref(), Some("Name field must be at most 256 characters"));
    assert_eq!(message("My Key").as_deref(), Some("Name field can only contain letters, numbers, and hyphens"));
    assert_eq!(message("checkly-prod"), None);
}

#[test]
fn a_draft_survives_its_address() {
    let mut draft = Draft::default();
    draft.take(&Form::of(&[("environment", "prod"), ("path", "/a b")]), Step::Source);
    draft.take(&Form::of(&[("connection", "c"), ("account", "9c Acme EU"), ("group", "")]), Step::Destination);
    assert_eq!((draft.text("account"), draft.text("account_name")), ("9c", "Acme EU"));
    assert!(draft.has(Step::Source) && draft.has(Step::Destination) && !draft.has(Step::Options));
    let again = Draft::of_query(&sample_request(&format!("/x?{}", draft.query())));
    assert_eq!(again.query(), draft.query());
    assert_eq!(again.text("path"), "/a b");
    assert_eq!(details::suggestion(&again), "checkly-prod-acme-eu");
    assert_eq!(draft.destination().account_name.as_deref(), Some("Acme EU"));
}

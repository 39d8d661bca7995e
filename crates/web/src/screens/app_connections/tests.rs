use askama::Template as _;

use super::*;
use crate::form::Fields;
use crate::text::moment;
use crate::ui::{Page, badge, choice, conflict};
use crate::visit::sample_request;

fn plain(title: &str) -> Page {
    Page::plain(&sample_request("/organizations/x/app-connections"), title)
}

fn working() -> state::State {
    state::State { key: "working", badge: badge("Working"), message: String::new(), checked: Some(moment(0, 60_000)) }
}

fn list_page(rows: Vec<list::Row>, total: usize) -> String {
    let page = list::ListPage {
        page: plain("App Connections"),
        request: sample_request("/organizations/x/app-connections"),
        rows,
        total,
        search: String::new(),
        states: vec![choice("", "Every state")],
        state: String::new(),
        scopes: vec![choice("", "Every scope")],
        scope: String::new(),
        is_unused: false,
        is_organization: true,
        may_create: true,
    };
    page.render().expect("a page")
}

#[test]
fn the_list_renders_in_each_state() {
    assert!(list_page(Vec::new(), 0).contains("No App Connections have been configured"));
    assert!(list_page(Vec::new(), 2).contains("No App Connections match search..."));
    let row = list::Row {
        id: uuid::Uuid::nil(),
        name: "checkly-eu".to_owned(),
        description: "<i>EU</i>".to_owned(),
        scope: "Organization".to_owned(),
        address: "/c".to_owned(),
        uses: 4,
        state: working(),
        made_by: "admin@example.com".to_owned(),
        made: moment(0, 60_000),
        may_edit: true,
        may_test: true,
        may_delete: true,
        is_foreign: false,
    };
    let html = list_page(vec![row], 1);
    for wanted in [
        "+ Add Connection",
        "Search connections...",
        "Copy Connection ID",
        "Edit Details",
        "Edit Credentials",
        "Delete Connection",
        "4 syncs",
        "Working",
        "&#60;i&#62;EU",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

#[test]
fn the_form_has_the_labels_of_the_published_page() {
    let page = create::CreatePage {
        page: plain("Checkly Connection"),
        fields: Fields::new().with("api_key", "cu_secret"),
        scopes: vec![choice("", "Organization")],
        fixed_scope: String::new(),
        checkly_keys_url: create::CHECKLY_KEYS_URL,
    };
    let html = page.render().expect("a page");
    for wanted in [
        "<h1>Checkly Connection</h1>",
        ">Name</label>",
        ">Description</label>",
        "Token Type",
        ">API Key Value</label>",
        "Connect to Checkly",
        "Select Another App",
        "Read/Write or Admin",
        "Name must be slug-friendly",
        "my-app-connection",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(!html.contains("cu_secret"), "a key is never sent back");
}

#[test]
fn names_are_told_what_they_lack() {
    let message = |name: &str| {
        let mut fields = Fields::new();
        create::check_name(&mut fields, name);
        fields.error("name").map(str::to_owned)
    };
    assert_eq!(message("").as_deref(), Some("Name field must be at least 1 character"));
    assert_eq!(message(&"a".repeat(65)).as_deref(), Some("Name field must be at most 64 characters"));
    assert_eq!(message("My Key").as_deref(), Some("Name field can only contain letters, numbers, and hyphens"));
    assert_eq!(message("my-key"), None);
}

#[test]
fn the_other_pages_render() {
    let picker = picker::PickerPage {
        page: plain("Add Connection"),
        tiles: vec![picker::Tile { app: "checkly", name: "Checkly" }],
        search: String::new(),
    };
    assert!(picker.render().expect("a page").contains("Checkly"));
    let edit = edit::EditPage { page: plain("Edit Details"), fields: Fields::new(), address: "/c".to_owned() };
    assert!(edit.render().expect("a page").contains("Description"));
    let conflict = conflict("/c/edit", "/c/edit").row("Name", "name", "mine", "theirs", "before").hidden("version", "2");
    let conflict = edit::EditConflictPage { page: plain("Changed"), conflict }.render().expect("a page");
    for wanted in ["Keep mine", "Take theirs", "Edit again", "before"] {
        assert!(conflict.contains(wanted), "{wanted} is missing from {conflict}");
    }
    let credentials = credentials::CredentialsPage {
        page: plain("Edit Credentials"),
        fields: Fields::new(),
        address: "/c".to_owned(),
        fingerprint: "0a1b2c3d".to_owned(),
        is_replacing: false,
        uses: 1,
        lost: vec![("shop".to_owned(), "prod".to_owned())],
        checkly_keys_url: create::CHECKLY_KEYS_URL,
    };
    assert!(credentials.render().expect("a page").contains("Update Credentials"));
    let user = delete::User { sync: "prod".to_owned(), project: "shop".to_owned(), address: "/s".to_owned() };
    let delete = |users| {
        let page = delete::DeletePage {
            page: plain("Delete"),
            fields: Fields::new(),
            address: "/c".to_owned(),
            name: "x".to_owned(),
            users,
            hidden: 0,
        };
        page.render().expect("a page")
    };
    assert!(delete(vec![user]).contains("Used by 1 sync"));
    assert!(delete(Vec::new()).contains("Type x to confirm"));
}

#[test]
fn a_connection_renders_with_what_is_known_of_it() {
    let page = show::ShowPage {
        page: plain("checkly-eu"),
        address: "/c".to_owned(),
        id: "1".to_owned(),
        name: "checkly-eu".to_owned(),
        description: String::new(),
        scope: "Organization".to_owned(),
        fingerprint: "0a1b2c3d".to_owned(),
        version: 1,
        made_by: "admin@example.com".to_owned(),
        made: moment(0, 60_000),
        changed: moment(0, 60_000),
        state: working(),
        uses: Vec::new(),
        hidden_uses: 2,
        accounts: Some(show::Accounts { rows: vec![("Acme EU".to_owned(), "id".to_owned())], took: "120 ms".to_owned() }),
        activity: Some(Vec::new()),
        is_created: true,
        may_edit: true,
        may_test: true,
        may_delete: false,
    };
    let html = page.render().expect("a page");
    for wanted in ["Connection created", "Acme EU", "0a1b2c3d", "2 syncs in projects", "delete on app-connections"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

use askama::Template as _;

use super::*;
use crate::form::Fields;
use crate::ui::Page;
use crate::visit::sample_request;

fn plain() -> Page {
    Page::plain(&sample_request("/settings"), "Settings")
}

fn project(may: bool) -> String {
    let environment = project::Environment {
        id: "1".to_owned(),
        name: "Production".to_owned(),
        slug: "prod".to_owned(),
        position: 1,
        is_first: true,
        is_last: true,
    };
    let page = project::SettingsPage {
        page: plain(),
        fields: Fields::new(),
        id: "1".to_owned(),
        environments: vec![environment],
        may_edit: may,
        may_create_environment: may,
        may_edit_environment: may,
        may_delete_environment: may,
        may_delete: may,
        is_protected: false,
    };
    page.render().expect("a page")
}

#[test]
fn a_project_shows_what_may_be_done() {
    let html = project(true);
    for wanted in ["Move Production up", "Add environment", "Delete project", "Versions kept"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let html = project(false);
    for wanted in ["edit on settings", "create on environments", "edit on environments", "delete on workspace"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

#[test]
fn the_other_pages_render() {
    let organization =
        organization::OrganizationPage { page: plain(), fields: Fields::new(), id: "1".to_owned(), may_edit: false };
    assert!(organization.render().expect("a page").contains("edit on settings"));
    let environment =
        environments::EnvironmentPage { page: plain(), fields: Fields::new(), action: "/e".to_owned(), is_new: true };
    assert!(environment.render().expect("a page").contains("Add environment"));
    let delete = environments::DeletePage {
        page: plain(),
        fields: Fields::new(),
        action: "/e".to_owned(),
        name: "Production".to_owned(),
        slug: "prod".to_owned(),
    };
    assert!(delete.render().expect("a page").contains("Type prod to confirm"));
    let delete = project::DeletePage {
        page: plain(),
        fields: Fields::new(),
        name: "shop".to_owned(),
        environments: 3,
        is_protected: false,
    };
    assert!(delete.render().expect("a page").contains("3 environments"));
}

#[test]
fn the_webhook_pages_render() {
    let row = |last_ok, is_disabled| webhooks::Row {
        id: uuid::Uuid::nil(),
        host: "https://hooks.example.com/…".to_owned(),
        format: "Slack",
        is_signed: true,
        environment: "<b>prod".to_owned(),
        path: "/**".to_owned(),
        events: "A sync fails".to_owned(),
        is_disabled,
        last_ok,
        last: None,
        error: "<i>503".to_owned(),
    };
    let page = webhooks::WebhooksPage {
        page: Page::plain(&sample_request("/p/settings/webhooks"), "Webhooks"),
        rows: vec![row(Some(false), false), row(Some(true), true), row(None, false)],
        may_create: true,
        may_edit: true,
        may_delete: true,
    };
    let html = page.render().expect("a page");
    for wanted in ["Refused", "Taken", "Paused", "Never", "&#60;b&#62;prod", "&#60;i&#62;503", "Slack, signed"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let page = webhooks::NewPage {
        page: Page::plain(&sample_request("/p/settings/webhooks/new"), "Add webhook"),
        fields: Fields::new().with("event", "secret-syncs.failed"),
        environments: Vec::new(),
        kinds: Vec::new(),
        events: vec![crate::ui::choice("secret-syncs.failed", "A sync fails")],
    };
    assert!(page.render().expect("a page").contains("value=\"secret-syncs.failed\" checked"));
    let page = webhooks::DeletePage {
        page: Page::plain(&sample_request("/p/settings/webhooks/x/delete"), "Delete webhook"),
        action: "/d".to_owned(),
        host: "https://hooks.example.com/…".to_owned(),
    };
    assert!(page.render().expect("a page").contains("is told nothing any more"));
}

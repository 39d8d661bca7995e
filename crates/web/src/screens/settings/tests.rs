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

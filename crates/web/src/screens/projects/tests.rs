use askama::Template as _;

use super::*;
use crate::form::Fields;
use crate::text::moment;
use crate::ui::Page;
use crate::visit::sample_request;

fn sample(rows: Vec<list::Row>, total: usize) -> String {
    let page = Page::plain(&sample_request("/organizations/x/projects"), "Projects");
    list::ProjectsPage { page, rows, total, search: String::new(), sort: "name", can_create: true }.render().expect("a page")
}

#[test]
fn the_list_renders_in_each_state() {
    assert!(sample(Vec::new(), 0).contains("No projects yet"));
    assert!(sample(Vec::new(), 3).contains("No projects match search..."));
    let row = list::Row {
        name: "<b>shop</b>".to_owned(),
        description: "A & B".to_owned(),
        address: "/p".to_owned(),
        environments: vec!["Production".to_owned()],
        roles: "admin".to_owned(),
        secrets: Some(1_234),
        syncs: Some(keyferry_domain::projects::SyncFigures { total: 3, failed: 2, waiting: 1 }),
        integrations: "/p/integrations".to_owned(),
        changed: moment(0, 60_000),
    };
    let html = sample(vec![row], 1);
    assert!(
        html.contains("1,234 secrets") && html.contains("2 syncs fail") && html.contains("/p/integrations?status=waiting"),
        "{html}"
    );
    assert!(html.contains("&#60;b&#62;shop") && html.contains("1 minute ago"), "{html}");
}

#[test]
fn the_form_renders() {
    let page = Page::plain(&sample_request("/organizations/x/projects/new"), "Create a new project");
    let html = create::NewProjectPage { page, fields: Fields::new() }.render().expect("a page");
    assert!(html.contains("Project Name") && html.contains("Create Project"), "{html}");
}

use askama::Template as _;

use super::filters::Filters;
use super::list::{AuditPage, Row};
use crate::text::moment;
use crate::ui::Page;
use crate::visit::sample_request;

fn sample(query: &str, rows: Vec<Row>) -> String {
    let request = sample_request(&format!("/audit-logs{query}"));
    let page = AuditPage {
        page: Page::plain(&request, "Audit Logs"),
        filters: Filters::of(&request),
        ranges: Filters::ranges(),
        actors: Filters::actors(),
        rows,
        next: String::new(),
        clear: "/audit-logs".to_owned(),
        is_organization: true,
    };
    page.render().expect("a page")
}

#[test]
fn the_list_renders_in_each_state() {
    assert!(sample("", Vec::new()).contains("No audit logs on file"));
    assert!(sample("?event=x", Vec::new()).contains("No audit logs match the filters"));
    let row = Row {
        at: moment(0, 60_000),
        event: "Create secret".to_owned(),
        event_type: "create-secret".to_owned(),
        project: "shop".to_owned(),
        actor: "a@b.co".to_owned(),
        actor_kind: "user".to_owned(),
        source: "web, 127.0.0.1".to_owned(),
        sentence: "secret key: <script>".to_owned(),
        raw: "{}".to_owned(),
        is_refused: true,
    };
    let html = sample("", vec![row]);
    assert!(html.contains("End of logs") && html.contains("Refused") && html.contains("&#60;script&#62;"), "{html}");
}

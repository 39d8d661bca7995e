//! The list of keyboard shortcuts.

use askama::Template;

use crate::Registry;
use crate::ui::{Page, ProjectFrame};
use crate::visit::{Answer, Guest, open_page};

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(open_page("/help/shortcuts", show));
}

#[derive(Template)]
#[template(path = "screens/help/shortcuts.html")]
struct ShortcutsPage {
    page: Page,
    /// Second keys that lead to pages of a project there are.
    places: Vec<(char, &'static str)>,
}

fn places() -> Vec<(char, &'static str)> {
    let pages = [('s', "Secrets", "overview"), ('i', "Integrations", "integrations")];
    let there = pages.into_iter().filter(|(_, _, path)| crate::has_page(&format!("{}/{path}", ProjectFrame::PATTERN)));
    there.map(|(key, name, _)| (key, name)).collect()
}

async fn show(guest: Guest) -> Answer {
    guest.show_anybody("Keyboard shortcuts", |page| ShortcutsPage { page, places: places() }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::sample_request;

    #[test]
    fn it_renders() {
        let page = ShortcutsPage {
            page: Page::plain(&sample_request("/help/shortcuts"), "Keyboard shortcuts"),
            places: vec![('s', "Secrets")],
        };
        assert!(page.render().expect("a page").contains("then <kbd class=\"kbd\">s</kbd>"));
    }
}

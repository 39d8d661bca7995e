//! The list of keyboard shortcuts.

use askama::Template;

use crate::Registry;
use crate::ui::Page;
use crate::visit::{Answer, Guest, open_page};

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(open_page("/help/shortcuts", show));
}

#[derive(Template)]
#[template(path = "screens/help/shortcuts.html")]
struct ShortcutsPage {
    page: Page,
}

async fn show(guest: Guest) -> Answer {
    guest.show(&ShortcutsPage { page: guest.page("Keyboard shortcuts") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::sample_request;

    #[test]
    fn it_renders() {
        let page = ShortcutsPage { page: Page::plain(&sample_request("/help/shortcuts"), "Keyboard shortcuts") };
        assert!(page.render().expect("a page").contains("<kbd"));
    }
}

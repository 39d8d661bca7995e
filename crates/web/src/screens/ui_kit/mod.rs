//! A living page of all components, in development builds only.

use askama::Template;

use crate::Registry;
use crate::form::Fields;
use crate::text::{Moment, moment};
use crate::ui::{Badge, Page, badge};
use crate::visit::{Answer, Guest, Request, open_page};

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(open_page("/ui-kit", show));
}

#[derive(Template)]
#[template(path = "screens/ui_kit/ui_kit.html")]
struct UiKitPage {
    page: Page,
    request: Request,
    good: Fields,
    bad: Fields,
    badges: Vec<Badge>,
    time: Moment,
}

fn kit(guest: &Request, page: Page) -> UiKitPage {
    let mut bad = Fields::new().with("bad_name", "My Key");
    bad.fail("bad_name", "Name field can only contain letters, numbers, and hyphens");
    bad.fail("", "An App Connection with the name \"checkly\" already exists");
    let words = [
        "Synced",
        "Failed to Sync",
        "Queued",
        "Syncing",
        "Auto-Sync Disabled",
        "Source Folder Deleted",
        "Drifted",
        "Not verifiable",
        "Waiting for approval",
        "Working",
        "Rejected by Checkly",
        "Not enough rights",
        "Rate limited",
        "Unreachable",
        "Never checked",
    ];
    UiKitPage {
        page,
        request: guest.clone(),
        good: Fields::new().with("name", "checkly-eu").with("tick", "true").with("pick", "b").with("behaviour", "a"),
        bad,
        badges: words.into_iter().map(badge).collect(),
        time: moment(1_772_452_800_000, 1_772_456_400_000),
    }
}

async fn show(guest: Guest) -> Answer {
    let page = kit(&guest, guest.page("Components"));
    guest.show(&page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::sample_request;

    #[test]
    fn every_component_renders() {
        let request = sample_request("/ui-kit?sort=name");
        let html = kit(&request, Page::plain(&request, "Components")).render().expect("a page");
        assert!(html.contains("aria-sort=\"ascending\"") && html.contains("aria-invalid=\"true\""), "{html}");
        assert!(!html.contains("/assets/missing/"), "an asset is missing");
    }
}

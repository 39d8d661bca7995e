//! What was said lately, to be read again (user interface contract, section 1.5).

use askama::Template;

use super::login::safe_next;
use crate::Registry;
use crate::form::Form;
use crate::ui::Page;
use crate::visit::{Answer, Visit, action, go, page};

const PATH: &str = "/notices";

pub(crate) fn routes(registry: &mut Registry) {
    registry.add(page(PATH, show).organization_optional());
    registry.add(action("/notices/dismiss", dismiss).organization_optional());
    registry.add(action("/notices/clear", clear).organization_optional());
}

#[derive(Template)]
#[template(path = "screens/notices/notices.html")]
struct NoticesPage {
    page: Page,
}

async fn show(visit: Visit) -> Answer {
    visit.show(&NoticesPage { page: visit.page_anywhere("Recent notices") })
}

/// Takes one from the head of the pages and leads back to where it stood.
async fn dismiss(visit: Visit, form: Form) -> Answer {
    let mut recent = visit.recent().clone();
    if let Ok(id) = form.text("id").parse() {
        recent.dismiss(id);
    }
    let to = safe_next(form.value("next")).unwrap_or_else(|| PATH.to_owned());
    visit.go(go(to).cookie(visit.web.cookies.keep_recent(&recent)))
}

async fn clear(visit: Visit, _: Form) -> Answer {
    visit.go(go(PATH).cookie(visit.web.cookies.drop_recent()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::moment;
    use crate::ui::PastNotice;
    use crate::visit::sample_request;

    #[test]
    fn it_renders_with_and_without_notices() {
        let mut page = Page::plain(&sample_request(PATH), "Recent notices");
        assert!(NoticesPage { page: page.clone() }.render().expect("a page").contains("Nothing was said yet"));
        let past = |text: &str, is_error| PastNotice {
            text: text.to_owned(),
            is_error,
            at: moment(0, 60_000),
            ago: "1 minute ago".to_owned(),
        };
        page.recent = vec![past("Checkly refused <the key>", true), past("Successfully created secret", false)];
        let html = NoticesPage { page }.render().expect("a page");
        assert!(
            html.contains("Checkly refused &#60;the key&#62;") && html.contains("Failed") && html.contains("<time"),
            "{html}"
        );
    }
}

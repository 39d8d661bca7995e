//! A page for somebody who is not signed in, opened by somebody who is.

use askama::Template;

use super::organization::home;
use crate::ui::Page;
use crate::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "screens/login/in_the_way.html")]
pub(super) struct InTheWayPage {
    pub(super) page: Page,
    /// What the page would do.
    pub(super) why: String,
    /// Where staying signed in leads.
    pub(super) home: String,
}

/// Says who is signed in, and offers to sign out and go on with the page.
pub(crate) fn in_the_way(visit: &Visit, title: &str, why: impl Into<String>) -> Answer {
    visit.show(&InTheWayPage { page: Page::account(visit, title), why: why.into(), home: home(visit.caller.org_id) })
}

use askama::Template as _;

use super::*;
use crate::form::Fields;
use crate::ui::Page;
use crate::visit::sample_request;

#[test]
fn every_step_renders() {
    let page = |title| Page::plain(&sample_request(ACCOUNT), title);
    let fields = || Fields::new().with("email", "a@b.co");
    let account = account::AccountPage { page: page("Create your Super Admin account"), fields: fields(), needs_token: true };
    let html = account.render().expect("a page");
    for wanted in ["Step 1 of 4", "First name", "Confirm password", "Setup token", "aria-current=\"step\""] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let organization = organization::OrganizationPage { page: page("Create your organization"), fields: fields() };
    assert!(organization.render().expect("a page").contains("Organization name"));
    let keys = keys::KeysPage {
        page: page("Protect the keys"),
        fields: fields(),
        fingerprint: "0a1b2c3d".to_owned(),
        address: "http://127.0.0.1:8080".to_owned(),
    };
    assert!(keys.render().expect("a page").contains("0a1b2c3d"));
    let project = project::FirstProjectPage { page: page("Your first project"), fields: fields() };
    assert!(project.render().expect("a page").contains("Project Name"));
}

#[test]
fn passwords_are_told_what_they_lack() {
    assert_eq!(password_problem("", ""), Some("Password is required"));
    assert_eq!(password_problem("short", ""), Some("Password must have at least 8 characters"));
    assert_eq!(password_problem("a@b.company", "a@b.company"), Some("Password must differ from the email"));
    assert_eq!(password_problem("long enough", "a@b.co"), None);
}

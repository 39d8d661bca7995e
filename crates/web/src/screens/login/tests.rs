use askama::Template as _;

use super::*;
use crate::visit::sample_request;

#[test]
fn the_form_renders_with_its_labels() {
    let page = Page::plain(&sample_request("/login"), "Log in");
    let mut fields = Fields::new();
    fields.fail("password", "Password is required");
    let html = LoginPage { page, fields, next: "/a?b=\"".to_owned() }.render().expect("a page");
    for wanted in ["<h1>Log in</h1>", "Continue with Email", "autocomplete=\"current-password\"", "aria-invalid=\"true\""] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(html.contains("/a?b=&#34;"), "{html}");
}

#[test]
fn only_addresses_of_this_server_are_followed() {
    assert_eq!(safe_next(Some("/organizations/x?y=1")).as_deref(), Some("/organizations/x?y=1"));
    for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"] {
        assert_eq!(safe_next(Some(bad)), None, "{bad}");
    }
}

#[test]
fn a_callback_port_is_a_high_number() {
    for bad in ["abc", "80", "", "+5000", "65536", "99999999"] {
        assert!(cli::port(bad).is_err(), "{bad}");
    }
    assert_eq!(cli::port("53122").ok(), Some(53_122));
}

#[test]
fn somebody_signed_in_is_told_so_and_may_log_out() {
    let mut page = Page::plain(&sample_request("/reset-password?token=t"), "Choose a new password");
    page.user = Some("ada@example.com".to_owned());
    let page = in_the_way::InTheWayPage { page, why: "This link <is>.".to_owned(), home: "/organizations/1/projects".to_owned() };
    let html = page.render().expect("a page");
    for wanted in ["ada@example.com", "This link &#60;is&#62;.", "value=\"/reset-password?token=t\"", "Log out and go on"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

use askama::Template as _;

use super::*;
use crate::form::Fields;
use crate::text::moment;
use crate::ui::{Page, choice};
use crate::visit::sample_request;

fn plain() -> Page {
    Page::plain(&sample_request("/access-control"), "Access Control")
}

#[test]
fn people_render() {
    let row = org_users::Row {
        id: "1".to_owned(),
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        role: "admin".to_owned(),
        state: "Active",
        last_login: Some(moment(0, 60_000)),
        is_self: false,
    };
    let page = org_users::UsersPage {
        page: plain(),
        tabs: tabs("/access-control", "users"),
        rows: vec![row],
        fields: Fields::new(),
        roles: roles::choices(&roles::ORGANIZATION),
        invitation: Some(("bob@example.com".to_owned(), "https://k/accept-invitation?token=t".to_owned())),
        reset_link: Some(("eve@example.com".to_owned(), "https://k/reset-password?token=t".to_owned())),
        is_instance_admin: true,
        may_invite: true,
        may_edit: true,
        may_remove: true,
    };
    let html = page.render().expect("a page");
    for wanted in [
        "Role of ada@example.com",
        "Machine Identities",
        "bob@example.com is invited",
        "Remove from organization",
        "A link to a new password for eve@example.com",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let page = |has_account, is_own| {
        let facts = invitation::Facts { organization: "Acme".to_owned(), email: "a@b.c".to_owned(), has_account, is_own };
        invitation::InvitationPage { page: plain(), fields: Fields::new(), facts: Some(facts) }.render().expect("a page")
    };
    assert!(page(false, false).contains("First name") && page(false, false).contains("Accept invitation"));
    assert!(page(true, false).contains("current-password") && !page(true, false).contains("First name"));
    assert!(page(true, true).contains("/accept-invitation/own") && !page(true, true).contains("current-password"));
    let stale = invitation::InvitationPage { page: plain(), fields: Fields::new(), facts: None };
    assert!(!stale.render().expect("a page").contains("<form method=\"post\" action=\"/accept"));
}

#[test]
fn machine_identities_render() {
    let row = identities::Row {
        name: "deploy".to_owned(),
        address: "/i".to_owned(),
        role: "Member".to_owned(),
        methods: identities::method_names(&["universal-auth"]),
        is_locked: true,
        last_login: None,
    };
    let page = identities::IdentitiesPage {
        page: plain(),
        tabs: tabs("/access-control", "machine-identities"),
        rows: vec![row],
        fields: Fields::new(),
        roles: roles::choices(&roles::ORGANIZATION),
        may_create: true,
    };
    let html = page.render().expect("a page");
    assert!(html.contains("Universal Auth") && html.contains("Locked out"), "{html}");
    let secret = identity::Secret {
        id: "s".to_owned(),
        description: "ci".to_owned(),
        prefix: "ab12".to_owned(),
        uses: "3 of 10".to_owned(),
        ends: "Never".to_owned(),
        made: moment(0, 60_000),
    };
    let page = identity::IdentityPage {
        page: plain(),
        address: "/i".to_owned(),
        id: "1".to_owned(),
        name: "deploy".to_owned(),
        role: "Member".to_owned(),
        methods: "Universal Auth".to_owned(),
        is_locked: true,
        projects: vec![("shop".to_owned(), "Viewer".to_owned())],
        client_id: Some("c-1".to_owned()),
        token_lifetime: "30 days".to_owned(),
        secrets: vec![secret],
        fields: Fields::new(),
        shown: Some("the-secret".to_owned()),
        server: "https://k".to_owned(),
        may_create_secret: true,
        may_revoke: true,
        may_edit: true,
        may_delete: true,
    };
    let html = page.render().expect("a page");
    for wanted in ["Client secret created", "I have stored it", "clientId=c-1", "30 days", "Unlock"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert_eq!(html.matches("the-secret").count(), 1, "the value is shown in one place");
    let page = identity::DeletePage {
        page: plain(),
        fields: Fields::new(),
        address: "/i".to_owned(),
        name: "deploy".to_owned(),
        projects: 1,
    };
    assert!(page.render().expect("a page").contains("Type deploy to confirm"));
}

#[test]
fn members_of_a_project_render() {
    let page = |is_machines, may| {
        let row = project_members::Row {
            id: "1".to_owned(),
            name: "ada@example.com".to_owned(),
            roles: vec!["Admin".to_owned()],
            role: "admin".to_owned(),
            who: "user:1".to_owned(),
            is_self: true,
        };
        let page = project_members::MembersPage {
            page: plain(),
            tabs: tabs("/access-control", "users"),
            is_machines,
            rows: vec![row],
            roles: roles::choices(&roles::PROJECT),
            candidates: vec![choice("1", "deploy")],
            may_add: may,
            may_edit: may,
            may_remove: may,
            subject: "member",
            fields: Fields::new(),
        };
        page.render().expect("a page")
    };
    assert!(page(true, true).contains("Add a machine identity"));
    assert!(page(false, false).contains("create on member"));
}

#[test]
fn groups_and_service_tokens_render() {
    let tabs = || project_tabs("/access-control", "groups");
    assert_eq!(
        tabs().iter().map(|tab| tab.label).collect::<Vec<_>>(),
        ["Users", "Groups", "Machine Identities", "Roles", "Service Tokens"]
    );
    let page = |rows, may| groups::GroupsPage {
        page: plain(),
        tabs: tabs(),
        rows,
        roles: roles::choices(&roles::PROJECT),
        candidates: Vec::new(),
        fields: Fields::new(),
        may_add: may,
        may_edit: may,
        may_remove: may,
        sees_all: false,
    };
    let row = groups::Row {
        id: "1".to_owned(),
        name: "Operations".to_owned(),
        address: "/g".to_owned(),
        roles: vec!["Viewer".to_owned()],
        held: vec!["viewer".to_owned()],
    };
    let html = page(vec![row], true).render().expect("a page");
    assert!(html.contains("Roles of Operations") && html.contains("value=\"viewer\" checked"), "{html}");
    let empty = page(Vec::new(), false).render().expect("a page");
    assert!(empty.contains("No groups in this project yet") && empty.contains("create on groups"), "{empty}");
    let page = |may| {
        let row = service_tokens::Row {
            id: "1".to_owned(),
            name: "deploy".to_owned(),
            places: vec!["prod /app/**".to_owned()],
            may: "Read".to_owned(),
            ends: "Never".to_owned(),
            used: None,
            made: moment(0, 60_000),
        };
        let page = service_tokens::ServiceTokensPage {
            page: plain(),
            tabs: tabs(),
            address: "/tokens".to_owned(),
            rows: vec![row],
            environments: vec![choice("prod", "Production")],
            fields: Fields::new(),
            shown: Some("st.1.2".to_owned()),
            may_create: may,
            may_revoke: may,
        };
        page.render().expect("a page")
    };
    let html = page(true);
    for wanted in ["Service token created", "/tokens/1/revoke", "prod /app/**", "Create service token"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert_eq!(html.matches("st.1.2").count(), 1, "the value is shown in one place");
    assert!(page(false).contains("create on service-tokens"));
}

#[test]
fn groups_of_the_organization_render() {
    let list = |rows, may| org_groups::GroupsPage {
        page: plain(),
        tabs: tabs("/access-control", "groups"),
        rows,
        fields: Fields::new(),
        roles: roles::choices(&roles::ORGANIZATION),
        may_create: may,
    };
    let row = org_groups::Row {
        name: "Operations".to_owned(),
        slug: "operations".to_owned(),
        address: "/g".to_owned(),
        role: "Member".to_owned(),
        members: "3 people".to_owned(),
    };
    let html = list(vec![row], true).render().expect("a page");
    assert!(html.contains("href=\"/g\"") && html.contains("3 people") && html.contains("Create group"), "{html}");
    let html = list(Vec::new(), false).render().expect("a page");
    assert!(html.contains("No groups yet") && html.contains("create on groups"), "{html}");
    let uses =
        || vec![group::Use { project: "shop".to_owned(), address: "/shop".to_owned(), roles: "Viewer (temporary)".to_owned() }];
    let page = |may, people: Vec<group::Person>, search: &str| group::GroupPage {
        page: plain(),
        address: "/g".to_owned(),
        id: "1".to_owned(),
        name: "Operations".to_owned(),
        role: "Member".to_owned(),
        total_people: people.len(),
        people,
        search: search.to_owned(),
        previous: String::new(),
        next: String::new(),
        candidates: vec![choice("bob@example.com", "bob@example.com")],
        has_candidates: may,
        machines: vec![group::Machine { id: "7".to_owned(), name: "robot".to_owned(), since: None }],
        free_machines: vec![choice("8", "deployer")],
        uses: uses(),
        hidden_uses: 2,
        fields: Fields::new(),
        roles: roles::choices(&roles::ORGANIZATION),
        may_edit: may,
        may_delete: may,
    };
    let ada = group::Person {
        username: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        since: Some(moment(0, 60_000)),
        is_self: true,
    };
    let html = page(true, vec![ada], "").render().expect("a page");
    for wanted in [
        "ada@example.com (you)",
        "/g/people/remove",
        "Add to group",
        "Add identity to group",
        "Viewer (temporary)",
        "2 projects that you",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let html = page(false, Vec::new(), "zed").render().expect("a page");
    assert!(html.contains("edit on groups") && html.contains("Clear filters") && html.contains("delete on groups"), "{html}");
    let page = group::DeletePage {
        page: plain(),
        fields: Fields::new(),
        address: "/g".to_owned(),
        name: "Operations".to_owned(),
        people: 1,
        uses: uses(),
        hidden_uses: 0,
    };
    let html = page.render().expect("a page");
    assert!(html.contains("Type Operations to confirm") && html.contains("1 member of"), "{html}");
}

#[test]
fn a_refusal_to_grant_more_than_one_holds_names_what_is_missing() {
    let missing = vec![serde_json::json!({"action": "edit", "subject": "secrets"})];
    let error = keyferry_domain::access::boundary_error("Failed to add user to a more privileged group", missing);
    let said = refused(error).expect("words");
    assert_eq!(said, "Failed to add user to a more privileged group: you lack edit on secrets");
    assert!(refused(keyferry_domain::Error::forbidden("no")).is_err());
}

#[test]
fn roles_and_their_editor_render() {
    let row = |address: &str| project_roles::Row {
        name: "App reader".to_owned(),
        slug: "app-reader".to_owned(),
        address: address.to_owned(),
        about: "Reads".to_owned(),
    };
    let list = project_roles::RolesPage {
        page: plain(),
        tabs: project_tabs("/access-control", "roles"),
        rows: vec![row(""), row("/r")],
        may_create: false,
    };
    let html = list.render().expect("a page");
    for wanted in ["Built-in", "Custom", "who=role:app-reader", "create on role"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let rules = || -> Vec<role_form::RuleForm> {
        let rules = serde_json::json!([
            {"subject": "secrets", "action": ["readValue"], "conditions": {"environment": "dev"}},
            {"subject": "pki", "action": ["issue"], "inverted": true}
        ]);
        let rules: Vec<keyferry_domain::access::Rule> = serde_json::from_value(rules).expect("rules");
        rules.iter().map(role_form::RuleForm::of).collect()
    };
    let page = |may, review| project_roles::EditPage {
        page: plain(),
        address: "/r".to_owned(),
        is_new: false,
        fields: Fields::new(),
        rules: rules(),
        review,
        version: "1".to_owned(),
        subjects: role_form::subjects(),
        templates: role_form::templates(),
        environments: "dev, prod".to_owned(),
        tags: "public".to_owned(),
        slug: "app-reader".to_owned(),
        may_save: may,
        may_delete: may,
    };
    let said = project_roles::Review { added: vec!["May see tags.".to_owned()], removed: vec!["May delete tags.".to_owned()] };
    let html = page(true, Some(said)).render().expect("a page");
    for wanted in
        ["May read values of secrets, in dev.", "Rules that go", "May delete tags.", "value=\"up-1\"", "Only paths below …"]
    {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let html = page(false, None).render().expect("a page");
    assert!(html.contains("edit on role") && !html.contains("Add rule"), "{html}");
    let page = project_roles::DeletePage {
        page: plain(),
        fields: Fields::new(),
        address: "/r".to_owned(),
        name: "App reader".to_owned(),
        slug: "app-reader".to_owned(),
    };
    assert!(page.render().expect("a page").contains("Type app-reader to confirm"));
}

#[test]
fn the_view_of_somebody_renders() {
    let viewer = keyferry_domain::access::project_role("viewer").expect("a role");
    let view = seen_by::View::new(&[("role Viewer".to_owned(), viewer)]);
    let page = |name: &str| {
        let rows = vec![view.row("dev", "Development", "/app")];
        seen_by::SeenByPage {
            page: plain(),
            people: vec![("People", vec![choice("user:1", "ada@example.com")])],
            who: "user:1".to_owned(),
            name: name.to_owned(),
            grants: vec![seen_by::Grant { name: "role Viewer".to_owned(), sentences: vec!["May see tags.".to_owned()] }],
            words: seen_by::words(&rows),
            columns: vec!["See names"; 7],
            rows,
            is_cut: true,
            others: view.others(),
            environments: vec![choice("dev", "Development")],
            actions: vec![choice("readValue:secrets", "Read values")],
            action: String::new(),
            environment: String::new(),
            path: String::new(),
            secret: String::new(),
            tested: Some(seen_by::Tested { said: "Yes: they may.".to_owned(), rule: "May see tags.".to_owned() }),
        }
    };
    let html = page("ada@example.com").render().expect("a page");
    for wanted in ["What ada@example.com may do", "<optgroup label=\"People\">", "role Viewer", "Yes: they may.", "/app"] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(page("").render().expect("a page").contains("Choose a person"));
}

//! Identities and people in projects: what they may do, who may say so, and for how long.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use keyferry_domain::access::{self, Facts, Rule};
use keyferry_domain::audit::{self, Query};
use keyferry_domain::identities::{self, CreateIdentity, MetadataEntry, NameMatch, Page, Search, UpdateIdentity};
use keyferry_domain::memberships::{self, GrantInput, IdentityPage, Temporary};
use keyferry_domain::project_roles::{self, CreateRole, UpdateRole};
use keyferry_domain::{Caller, Error, Result, organizations, token_auth, universal_auth};
use keyferry_test_support::{World, on_each_backend};
use serde_json::json;
use uuid::Uuid;

fn text<T>(result: Result<T>) -> String {
    result.err().unwrap().to_string()
}

fn is_boundary<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Forbidden { name: Some(name), details: Some(_), .. }) if name == "PermissionBoundaryError")
}

fn is_denied<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::PermissionDenied { .. }))
}

fn grants(roles: &[&str]) -> Vec<GrantInput> {
    roles.iter().map(|role| GrantInput::permanent(*role)).collect()
}

fn rules(value: serde_json::Value) -> Vec<Rule> {
    serde_json::from_value(value).unwrap()
}

async fn may(world: &World, caller: &Caller, project_id: Uuid, action: &str, subject: &str) -> bool {
    match access::project_ability(&world.app, world.app.db.read(), caller, project_id).await {
        Ok((_, ability)) => ability.allows(action, subject, Facts::any()),
        Err(_) => false,
    }
}

#[tokio::test]
async fn an_identity_joins_changes_roles_and_leaves() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let project_id = world.project("demo").await.unwrap();
        let identity = world.identity(world.org_id, "ci", "no-access").await.unwrap();
        let id = identity.actor.id().unwrap();
        let add = async |roles: &[&str]| memberships::add_identity(app, &world.admin, project_id, id, grants(roles)).await;
        let missing = format!("Project membership for identity with ID '{id} in project with ID '{project_id}' not found");
        assert_eq!(text(memberships::get_identity(app, &world.admin, project_id, id).await), missing);
        assert_eq!(text(add(&["made-up"]).await), "One or more custom project roles not found");
        let made = add(&["viewer"]).await.unwrap();
        assert!(may(&world, &identity, project_id, "readValue", "secrets").await);
        assert!(!may(&world, &identity, project_id, "create", "secrets").await);
        assert_eq!(text(add(&["viewer"]).await), format!("Identity with ID {id} already exists in project with ID {project_id}"));
        let changed = memberships::update_identity_roles(app, &world.admin, project_id, id, grants(&["member"])).await.unwrap();
        assert_eq!(changed.roles.len(), 1);
        assert!(may(&world, &identity, project_id, "create", "secrets").await, "felt at once");
        let found = memberships::find_membership(app, &world.admin, made.membership.id).await.unwrap();
        assert_eq!(found.identity.unwrap().id, id);
        let (list, total) = memberships::list_identities(app, &world.admin, project_id, IdentityPage::default()).await.unwrap();
        assert_eq!((list.len(), total), (1, 1));
        assert_eq!(identities::project_memberships(app, &world.admin, id).await.unwrap().len(), 1);
        memberships::remove_identity(app, &world.admin, project_id, id).await.unwrap();
        assert!(!may(&world, &identity, project_id, "readValue", "secrets").await, "felt at once");
        assert_eq!(
            text(memberships::update_identity_roles(app, &world.admin, project_id, id, grants(&["member"])).await),
            format!("Identity with ID {id} doesn't exists in project with ID {project_id}")
        );
    })
    .await;
}

#[tokio::test]
async fn a_temporary_grant_ends_by_itself() {
    let world = World::new().await.unwrap();
    let project_id = world.project("demo").await.unwrap();
    let identity = world.identity(world.org_id, "ci", "no-access").await.unwrap();
    let temporary = |range: &str| GrantInput {
        role: "viewer".to_owned(),
        temporary: Some(Temporary { range: range.to_owned(), start_at_ms: world.app.now_ms() }),
    };
    let id = identity.actor.id().unwrap();
    let bad = memberships::add_identity(&world.app, &world.admin, project_id, id, vec![temporary("soon")]).await;
    assert_eq!(text(bad), "The temporary range must be a duration such as 30m, 1h or 3d");
    let made = memberships::add_identity(&world.app, &world.admin, project_id, id, vec![temporary("1h")]).await.unwrap();
    assert_eq!(made.roles[0].grant.temporary_end_at_ms, Some(world.app.now_ms() + 3_600_000));
    world.clock.advance_ms(3_599_999);
    assert!(may(&world, &identity, project_id, "readValue", "secrets").await);
    world.clock.advance_ms(501);
    assert!(!may(&world, &identity, project_id, "readValue", "secrets").await);
}

#[tokio::test]
async fn people_join_by_name_only_within_their_organization() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let project_id = world.project("demo").await.unwrap();
        let bob = world.user(world.org_id, "bob@example.com", "member").await.unwrap();
        let other_org = world.organization("globex").await.unwrap();
        world.user(other_org, "eve@globex.com", "member").await.unwrap();
        let add = async |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            memberships::add_users(app, &world.admin, project_id, &names, vec!["member".to_owned()]).await
        };
        assert_eq!(text(add(&["eve@globex.com"]).await), "No users of the organization: eve@globex.com");
        assert_eq!(text(add(&["nobody@globex.com"]).await), "No users of the organization: nobody@globex.com");
        assert!(add(&["BOB@example.com", "eve@globex.com"]).await.is_err());
        assert!(!may(&world, &bob, project_id, "create", "secrets").await, "all or none");
        assert_eq!(add(&["BOB@example.com", "bob@example.com"]).await.unwrap().len(), 1);
        assert_eq!(add(&["bob@example.com"]).await.unwrap().len(), 0, "a member stays as it is");
        assert!(may(&world, &bob, project_id, "create", "secrets").await);
        let found = memberships::find_user(app, &world.admin, project_id, "bob@example.com").await.unwrap();
        let changed =
            memberships::update_user_roles(app, &world.admin, project_id, found.membership.id, grants(&["viewer"])).await;
        assert_eq!(changed.unwrap().roles[0].grant.role, "viewer");
        assert!(!may(&world, &bob, project_id, "create", "secrets").await);
        memberships::remove_users(app, &world.admin, project_id, &["bob@example.com".to_owned()]).await.unwrap();
        assert!(memberships::find_user(app, &world.admin, project_id, "bob@example.com").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn b5_nobody_grants_more_than_they_hold() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let project_id = world.project("demo").await.unwrap();
        let member = world.user(world.org_id, "bob@example.com", "member").await.unwrap();
        world.grant(project_id, &member, "member").await.unwrap();
        let identity = world.identity(world.org_id, "ci", "no-access").await.unwrap();
        let id = identity.actor.id().unwrap();
        let add = async |role: &str| memberships::add_identity(app, &member, project_id, id, grants(&[role])).await;
        let refused = add("admin").await;
        assert!(is_boundary(&refused));
        assert_eq!(text(refused), "Failed to assign to a more privileged role");
        add("viewer").await.unwrap();
        assert!(is_boundary(&memberships::update_identity_roles(app, &member, project_id, id, grants(&["admin"])).await));
        assert!(memberships::update_identity_roles(app, &member, project_id, id, grants(&["member"])).await.is_ok());

        memberships::update_identity_roles(app, &world.admin, project_id, id, grants(&["admin"])).await.unwrap();
        assert!(is_boundary(&memberships::update_identity_roles(app, &member, project_id, id, grants(&["viewer"])).await));
        assert!(is_boundary(&memberships::remove_identity(app, &member, project_id, id).await));

        // Who may edit roles cannot write itself a better one.
        let editor = world.user(world.org_id, "eva@example.com", "member").await.unwrap();
        let own = rules(json!([
            {"subject": "role", "action": ["read", "create", "edit", "delete"]},
            {"subject": "member", "action": ["read", "create", "edit"]},
            {"subject": "secrets", "action": ["describeSecret", "readValue"], "conditions": {"environment": "dev"}}
        ]));
        let role_id = world.grant_rules(project_id, &editor, &own).await.unwrap();
        let every = rules(json!([{"subject": "secrets", "action": ["readValue"]}]));
        let role = |slug: &str, permissions: Vec<Rule>| CreateRole {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: None,
            permissions,
        };
        assert!(is_boundary(&project_roles::create(app, &editor, project_id, role("all", every.clone())).await));
        let change = UpdateRole { permissions: Some(every.clone()), ..UpdateRole::default() };
        assert!(is_boundary(&project_roles::update(app, &editor, project_id, role_id, change).await));
        assert!(project_roles::create(app, &editor, project_id, role("same", own)).await.is_ok());
        project_roles::create(app, &world.admin, project_id, role("all", every)).await.unwrap();
        let own_membership = memberships::find_user(app, &editor, project_id, "eva@example.com").await.unwrap().membership.id;
        for better in ["all", "admin"] {
            let refused = memberships::update_user_roles(app, &editor, project_id, own_membership, grants(&[better])).await;
            assert!(is_boundary(&refused), "{better}");
        }
    })
    .await;
}

#[tokio::test]
async fn b5_credentials_need_what_their_identity_may_do() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let member = world.user(world.org_id, "bob@example.com", "member").await.unwrap();
    let make = |role: &str| CreateIdentity {
        name: "ci".to_owned(),
        role: role.to_owned(),
        has_delete_protection: false,
        metadata: Vec::new(),
        project_id: None,
    };
    let refused = identities::create(app, &member, make("admin")).await;
    assert!(is_boundary(&refused));
    assert_eq!(text(refused), "Failed to assign to a more privileged role");
    let own = identities::create(app, &member, make("member")).await.unwrap().identity.id;
    let up = UpdateIdentity { role: Some("admin".to_owned()), ..UpdateIdentity::default() };
    let refused = identities::update(app, &member, own, up).await;
    assert_eq!(text(refused), "Failed to change to a more privileged role");

    let strong = identities::create(app, &world.admin, make("admin")).await.unwrap().identity.id;
    assert!(is_boundary(&universal_auth::attach(app, &member, strong, universal_auth::Settings::default()).await));
    assert!(is_boundary(&token_auth::attach(app, &member, strong, token_auth::Settings::default()).await));
    assert!(is_boundary(&identities::update(app, &member, strong, UpdateIdentity::default()).await));
    assert!(is_boundary(&identities::delete(app, &member, strong).await));

    // An identity without rights in the organization may still hold a project.
    let project_id = world.project("demo").await.unwrap();
    let quiet = identities::create(app, &world.admin, make("no-access")).await.unwrap().identity.id;
    memberships::add_identity(app, &world.admin, project_id, quiet, grants(&["viewer"])).await.unwrap();
    assert!(is_boundary(&universal_auth::attach(app, &member, quiet, universal_auth::Settings::default()).await));
    world.grant(project_id, &member, "viewer").await.unwrap();
    universal_auth::attach(app, &member, quiet, universal_auth::Settings::default()).await.unwrap();
    let secret = universal_auth::create_client_secret(app, &member, quiet, universal_auth::CreateClientSecret::default()).await;
    assert!(is_denied(&secret), "a member of the organization makes no credentials");
}

#[tokio::test]
async fn b1_identities_of_another_organization_are_unknown() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let other_org = world.organization("globex").await.unwrap();
    let stranger = world.user(other_org, "boss@globex.com", "admin").await.unwrap();
    let project_id = world.project("demo").await.unwrap();
    let identity = world.identity(world.org_id, "ci", "no-access").await.unwrap();
    let id = identity.actor.id().unwrap();
    let unknown = format!("Failed to find identity with ID {id}");
    assert_eq!(text(identities::get(app, &stranger, id).await), unknown);
    assert_eq!(text(identities::delete(app, &stranger, id).await), unknown);
    assert_eq!(text(universal_auth::attach(app, &stranger, id, universal_auth::Settings::default()).await), unknown);
    assert!(matches!(memberships::grant_admin_access(app, &stranger, project_id).await, Err(Error::NotFound { .. })));
    let theirs = world.project_in(other_org, "theirs", &stranger).await.unwrap();
    assert_eq!(text(memberships::add_identity(app, &stranger, theirs, id, grants(&["viewer"])).await), unknown);
    let made = memberships::add_identity(app, &world.admin, project_id, id, grants(&["viewer"])).await.unwrap();
    assert!(matches!(memberships::find_membership(app, &stranger, made.membership.id).await, Err(Error::NotFound { .. })));
    assert!(is_denied(&identities::list(app, &identity, None).await), "no-access lists nothing");
}

#[tokio::test]
async fn identities_are_searched_by_what_is_typed() {
    on_each_backend(|world| async move {
        let app = &world.app;
        for (name, role) in [("Build", "member"), ("build_2", "no-access"), ("deploy%", "member")] {
            let metadata = vec![MetadataEntry { key: "team".to_owned(), value: name.to_owned() }];
            let input = CreateIdentity {
                name: name.to_owned(),
                role: role.to_owned(),
                has_delete_protection: false,
                metadata,
                project_id: None,
            };
            identities::create(app, &world.admin, input).await.unwrap();
        }
        let search = async |name: Option<NameMatch>, roles: Option<&str>| {
            let roles = roles.map(|role| vec![role.to_owned()]);
            let page = Page { offset: 0, limit: Some(50), descending: false };
            let (found, total) = identities::search(app, &world.admin, Search { name, roles, page }).await.unwrap();
            assert_eq!(u64::try_from(found.len()).unwrap(), total);
            let mut names: Vec<String> = found.into_iter().map(|view| view.identity.name).collect();
            names.sort();
            names
        };
        let part = |text: &str| Some(NameMatch::Contains(text.to_owned()));
        assert_eq!(search(part("BUILD"), None).await, ["Build", "build_2"]);
        assert_eq!(search(part("%"), None).await, ["deploy%"], "g10: wildcards mean themselves");
        assert_eq!(search(part("_"), None).await, ["build_2"]);
        assert!(search(part("'"), None).await.is_empty());
        assert_eq!(search(None, Some("member")).await, ["Build", "deploy%"]);
        let (all, total) = identities::list(app, &world.admin, None).await.unwrap();
        assert_eq!((all.len(), total), (3, 3));
        assert!(all.iter().all(|view| view.metadata[0].value == view.identity.name));
    })
    .await;
}

#[tokio::test]
async fn custom_roles_are_checked_before_they_are_kept() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let project_id = world.project("demo").await.unwrap();
        let create = async |slug: &str, permissions: serde_json::Value| {
            let input = CreateRole {
                slug: slug.to_owned(),
                name: "A role".to_owned(),
                description: None,
                permissions: rules(permissions),
            };
            project_roles::create(app, &world.admin, project_id, input).await
        };
        let issue = |result: Result<project_roles::RoleView>| match result.err().unwrap() {
            Error::Invalid(issues) => issues[0].body["message"].as_str().unwrap().to_owned(),
            other => other.to_string(),
        };
        let read = json!([{"subject": "secrets", "action": "readValue", "conditions": {"secretPath": {"$glob": "/app/**"}}}]);
        assert_eq!(
            issue(create("viewer", read.clone()).await),
            "Please choose a different slug, the slug you have entered is reserved"
        );
        let relative = json!([{"subject": "secrets", "action": "readValue", "conditions": {"secretPath": "app"}}]);
        assert_eq!(issue(create("a", relative).await), "Invalid Secret Path; it must start with a '/'");
        let blind = json!([{"subject": "secrets", "action": "readValue", "inverted": true, "conditions": {"weather": "rain"}}]);
        assert_eq!(issue(create("a", blind).await), "A forbidding rule cannot depend on 'weather'");
        let made = create("app-reader", read.clone()).await.unwrap();
        assert_eq!(text(create("app-reader", read).await), "A role with the slug 'app-reader' already exists in the project");
        assert_eq!(project_roles::get(app, &world.admin, made.role.id).await.unwrap().permissions, made.permissions);
        assert_eq!(project_roles::list(app, &world.admin, project_id).await.unwrap().len(), 1);
        let identity = world.identity(world.org_id, "ci", "no-access").await.unwrap();
        let id = identity.actor.id().unwrap();
        let joined = memberships::add_identity(app, &world.admin, project_id, id, grants(&["app-reader"])).await.unwrap();
        assert_eq!(joined.roles[0].custom_role.as_ref().unwrap().slug, "app-reader");
        assert_eq!(joined.roles[0].grant.role, "custom");
        assert!(may(&world, &identity, project_id, "readValue", "secrets").await);
        project_roles::delete(app, &world.admin, project_id, made.role.id).await.unwrap();
        assert!(!may(&world, &identity, project_id, "readValue", "secrets").await);
    })
    .await;
}

#[tokio::test]
async fn h1_what_was_done_is_in_the_log_of_its_organization_only() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let project_id = world.project("demo").await.unwrap();
        let identity = world.identity(world.org_id, "ci", "no-access").await.unwrap();
        let id = identity.actor.id().unwrap();
        memberships::add_identity(app, &world.admin, project_id, id, grants(&["viewer"])).await.unwrap();
        world.clock.advance_ms(10);
        identities::get(app, &world.admin, id).await.unwrap();
        let ask = async |caller: &Caller, query: Query| audit::query(app, caller, query).await;
        let all = || Query { limit: 20, ..Query::default() };
        let entries = ask(&world.admin, all()).await.unwrap();
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.row.event_type.as_str()).collect();
        assert_eq!(kinds, ["get-identity", "add-project-member"], "newest first, reads included");
        assert_eq!(entries[1].project_name.as_deref(), Some("demo"));
        let by_metadata = Query { event_metadata: vec![("identityId".to_owned(), id.to_string())], ..all() };
        assert_eq!(ask(&world.admin, by_metadata).await.unwrap().len(), 2);
        let other = Query { event_metadata: vec![("identityId".to_owned(), Uuid::nil().to_string())], ..all() };
        assert!(ask(&world.admin, other).await.unwrap().is_empty());
        let mut in_project = all();
        in_project.filter.project_id = Some(project_id);
        assert_eq!(ask(&identity, in_project.clone()).await.unwrap().len(), 1, "a viewer reads its project's log");
        assert!(is_denied(&ask(&identity, all()).await), "and not the organization's");
        let mut long = all();
        long.filter.from_ms = Some(0);
        assert_eq!(text(ask(&world.admin, long).await), "The date range cannot exceed 3 months");
        let other_org = world.organization("globex").await.unwrap();
        let stranger = world.user(other_org, "boss@globex.com", "admin").await.unwrap();
        assert!(ask(&stranger, all()).await.unwrap().is_empty());
        assert!(ask(&stranger, in_project).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_projects_own_identity_lives_and_is_managed_there() {
    let world = World::new().await.unwrap();
    let app = &world.app;
    let project_id = world.project("demo").await.unwrap();
    let input = CreateIdentity {
        name: "local".to_owned(),
        role: "admin".to_owned(),
        has_delete_protection: false,
        metadata: Vec::new(),
        project_id: Some(project_id),
    };
    let made = identities::create(app, &world.admin, input).await.unwrap();
    assert_eq!(made.membership.role, "no-access");
    let (listed, _) = identities::list(app, &world.admin, Some(project_id)).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(identities::list(app, &world.admin, None).await.unwrap().1, 0);
    let elsewhere = world.project("other").await.unwrap();
    let refused = memberships::add_identity(app, &world.admin, elsewhere, made.identity.id, grants(&["viewer"])).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
    assert!(
        memberships::update_identity_roles(app, &world.admin, project_id, made.identity.id, grants(&["viewer"])).await.is_ok()
    );
}

#[tokio::test]
async fn a_custom_role_of_the_organization_is_granted_and_kept_while_held() {
    on_each_backend(|world| async move {
        let app = &world.app;
        let role = |slug: &str, permissions: serde_json::Value| organizations::CreateOrgRole {
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: None,
            permissions: rules(permissions),
        };
        let auditor = role("auditor", json!([{"subject": "audit-logs", "action": ["read"]}]));
        let made = organizations::create_role(app, &world.admin, auditor).await.unwrap();
        let input = CreateIdentity {
            name: "auditor".to_owned(),
            role: "auditor".to_owned(),
            has_delete_protection: false,
            metadata: Vec::new(),
            project_id: None,
        };
        let holder = identities::create(app, &world.admin, input).await.unwrap();
        assert_eq!((holder.membership.role.as_str(), holder.custom_role.as_ref().unwrap().slug.as_str()), ("custom", "auditor"));
        assert_eq!(
            text(organizations::delete_role(app, &world.admin, made.role.id).await),
            "This role is held by members or groups of the organization; give them another one first"
        );

        // B5: who may edit roles cannot write itself a better one.
        let editor_role = role("editor", json!([{"subject": "role", "action": ["read", "create", "edit", "delete"]}]));
        organizations::create_role(app, &world.admin, editor_role).await.unwrap();
        let editor = world.user(world.org_id, "eva@example.com", "no-access").await.unwrap();
        let members = organizations::list_members(app, &world.admin).await.unwrap();
        let id = members.iter().find(|member| Some(member.user.id) == editor.actor.id()).unwrap().membership.id;
        let change = organizations::UpdateMember { role: Some("editor".to_owned()), is_active: None };
        organizations::update_member(app, &world.admin, id, change).await.unwrap();
        let better = role("better", json!([{"subject": "identity", "action": ["create-token"]}]));
        assert!(is_boundary(&organizations::create_role(app, &editor, better).await));
        assert!(is_boundary(&organizations::delete_role(app, &editor, made.role.id).await));
        assert_eq!(organizations::list_roles(app, &editor).await.unwrap().len(), 2);

        let other_org = world.organization("globex").await.unwrap();
        let stranger = world.user(other_org, "boss@globex.com", "admin").await.unwrap();
        assert!(matches!(organizations::get_role(app, &stranger, made.role.id).await, Err(Error::NotFound { .. })));
        identities::delete(app, &world.admin, holder.identity.id).await.unwrap();
        organizations::delete_role(app, &world.admin, made.role.id).await.unwrap();
    })
    .await;
}

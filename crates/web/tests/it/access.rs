use http::StatusCode;
use keyferry_test_support::World;

use crate::browser::Browser;

#[tokio::test]
async fn a_viewer_is_told_what_is_missing_and_may_not_post() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let viewer = world.user(world.org_id, "viewer@example.com", "member").await.unwrap();
    world.grant(project_id, &viewer, "viewer").await.unwrap();
    let mut browser = Browser::signed_in(&world, &viewer).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}", world.org_id);
    let settings = browser.get(&format!("{base}/settings")).await;
    settings
        .says(StatusCode::OK, &["edit on settings", "create on environments", "delete on workspace", "aria-disabled=\"true\""]);
    let fields = [("projectName", "mine"), ("slug", "mine"), ("pitVersionLimit", "10"), ("keep_mine", "true")];
    let answer = browser.submit(&settings, &format!("{base}/settings"), &fields).await;
    answer.says(StatusCode::FORBIDDEN, &["Missing permission: <strong>edit on settings</strong>", "Request ID"]);
    let connections = browser.get(&format!("{base}/app-connections")).await;
    connections.says(StatusCode::FORBIDDEN, &["read on app-connections"]);
    let path = format!("{base}/settings/environments/new");
    let answer = browser.submit(&settings, &path, &[("name", "QA"), ("slug", "qa")]).await;
    answer.says(StatusCode::FORBIDDEN, &["create on environments"]);
    let members = browser.get(&format!("{base}/access-control")).await;
    members.says(StatusCode::OK, &["viewer@example.com", "edit on member"]);
}

#[tokio::test]
async fn environments_are_added_moved_renamed_and_deleted() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/settings", world.org_id);
    let path = format!("{base}/environments/new");
    let form = browser.get(&path).await;
    let empty = browser.submit(&form, &path, &[]).await;
    empty.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required"]);
    let taken = browser.submit(&form, &path, &[("name", "Other"), ("slug", "dev")]).await;
    taken.says(StatusCode::UNPROCESSABLE_ENTITY, &["Another environment of this project has this slug"]);
    let made = browser.submit(&form, &path, &[("name", "QA"), ("slug", "qa")]).await;
    let settings = browser.follow(&made).await;
    settings.says(StatusCode::OK, &["Successfully created environment", "Move QA up"]);
    let id = settings
        .body
        .split("/environments/")
        .filter_map(|part| part.split('/').next())
        .filter(|id| id.len() == 36)
        .last()
        .unwrap();
    let moved = browser.submit(&settings, &format!("{base}/environments/{id}/move"), &[("position", "1")]).await;
    let settings = browser.follow(&moved).await;
    settings.says(StatusCode::OK, &["QA is now number 1"]);
    assert!(settings.body.find(">QA<") < settings.body.find(">Development<"));
    let path = format!("{base}/environments/{id}/delete");
    let form = browser.get(&path).await;
    browser.submit(&form, &path, &[("confirm", "x")]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type qa to confirm"]);
    let gone = browser.submit(&form, &path, &[("confirm", "qa")]).await;
    browser.follow(&gone).await.says(StatusCode::OK, &["Deleted the environment QA"]);
}

#[tokio::test]
async fn a_client_secret_is_shown_once() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let list = format!("/organizations/{}/access-control?selectedTab=machine-identities", world.org_id);
    let page = browser.get(&list).await;
    page.says(StatusCode::OK, &["No machine identities yet"]);
    let create = format!("/organizations/{}/access-control/machine-identities", world.org_id);
    let made = browser.submit(&page, &create, &[("name", "deploy"), ("role", "member")]).await;
    let address = made.location().to_owned();
    let identity = browser.follow(&made).await;
    identity.says(StatusCode::OK, &["deploy", "Universal Auth", "No client secrets yet"]);
    let path = format!("{address}/client-secrets");
    let shown = browser.submit(&identity, &path, &[("description", "ci"), ("uses", "5")]).await;
    shown.says(StatusCode::OK, &["Client secret created", "I have stored it", "of 5"]);
    let value = shown.body.split("id=\"client-secret\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    let value = value.split('"').next().unwrap();
    assert_eq!(value.len(), 64);
    let twice = browser.submit(&identity, &path, &[("description", "ci"), ("uses", "5")]).await;
    let after = browser.follow(&twice).await;
    after.says(StatusCode::OK, &["The form was sent twice"]);
    assert!(!after.body.contains(value));
    assert_eq!(after.body.matches("/revoke\"").count(), 1, "one secret was made");
    let login = keyferry_domain::universal_auth::LoginInput {
        client_id: after
            .body
            .split("Client ID</dt>")
            .nth(1)
            .unwrap()
            .split("<code>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned(),
        client_secret: value.to_owned().into(),
    };
    assert!(keyferry_domain::universal_auth::login(&world.app, keyferry_domain::Origin::default(), login).await.is_ok());
}

#[tokio::test]
async fn somebody_invited_joins() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let page = browser.get(&format!("/organizations/{}/access-control", world.org_id)).await;
    let path = format!("/organizations/{}/access-control/users/invite", world.org_id);
    let invited = browser.submit(&page, &path, &[("email", "new@example.com"), ("role", "member")]).await;
    invited.says(StatusCode::OK, &["new@example.com is invited", "Invited"]);
    let link = invited.body.split("value=\"http://127.0.0.1:8080").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut guest = Browser::new(&world);
    let form = guest.get(&link).await;
    let token = form.hidden("token");
    let joined = guest.post("/accept-invitation", &[("token", &token), ("password", "long enough"), ("first_name", "New")]).await;
    assert_eq!(joined.location(), "/");
    let home = guest.follow(&joined).await;
    guest.follow(&home).await.says(StatusCode::OK, &["acme", "new@example.com"]);
    let again = Browser::new(&world).post("/accept-invitation", &[("token", &token), ("password", "long enough")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_service_token_is_shown_once_and_revoked() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/access-control", world.org_id);
    browser.get(&base).await.says(StatusCode::OK, &["Service Tokens", "Groups"]);
    browser.get(&format!("{base}/groups")).await.says(StatusCode::OK, &["No groups in this project yet"]);
    let path = format!("{base}/service-tokens");
    let list = browser.get(&path).await;
    list.says(StatusCode::OK, &["No service tokens yet"]);
    let wrong = browser.submit(&list, &path, &[("environment", "dev"), ("path", "app"), ("days", "0")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required", "A path begins with a slash", "from 1 to 3650"]);
    let fields = [("name", "deploy"), ("environment", "dev"), ("path", "/"), ("rights", "read"), ("days", "30")];
    let shown = browser.submit(&list, &path, &fields).await;
    shown.says(StatusCode::OK, &["Service token created", "I have stored it", "dev /"]);
    let token = shown.body.split("id=\"service-token\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let origin = keyferry_domain::Origin::default;
    assert!(keyferry_domain::authentication::authenticate(&world.app, &token, origin()).await.is_ok());
    let twice = browser.submit(&list, &path, &fields).await;
    let after = browser.follow(&twice).await;
    after.says(StatusCode::OK, &["The form was sent twice"]);
    assert!(!after.body.contains(&token) && after.body.matches("/revoke\"").count() == 1);
    let id = token.split('.').nth(1).unwrap();
    let gone = browser.submit(&after, &format!("{path}/{id}/revoke"), &[]).await;
    browser.follow(&gone).await.says(StatusCode::OK, &["Revoked the service token deploy", "No service tokens yet"]);
    assert!(keyferry_domain::authentication::authenticate(&world.app, &token, origin()).await.is_err());
}

#[tokio::test]
async fn an_invitation_opened_by_somebody_signed_in() {
    let world = World::new().await.unwrap();
    let second = world.organization("beta").await.unwrap();
    let host = world.user(second, "host@example.com", "admin").await.unwrap();
    let token = async |email: &str| {
        let invitation = keyferry_domain::organizations::invite(&world.app, &host, email, "member").await.unwrap();
        secrecy::ExposeSecret::expose_secret(&invitation.token).to_owned()
    };
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let foreign = token("new@example.com").await;
    let page = browser.get(&format!("/accept-invitation?token={foreign}")).await;
    page.says(StatusCode::OK, &["This invitation to beta is for new@example.com", "Log out and go on"]);
    let refused = browser.submit(&page, "/accept-invitation/own", &[("token", &foreign)]).await;
    refused.says(StatusCode::FORBIDDEN, &["This invitation is for another account"]);

    let own = token("admin@example.com").await;
    let page = browser.get(&format!("/accept-invitation?token={own}")).await;
    page.says(StatusCode::OK, &["<strong>beta</strong> as admin@example.com", "You are logged in as the same person"]);
    let joined = browser.submit(&page, "/accept-invitation/own", &[("token", &own)]).await;
    assert_eq!(joined.location(), format!("/organizations/{second}/projects"));
    browser.follow(&joined).await.says(StatusCode::OK, &["You joined the organization", "beta"]);
    let used = browser.get(&format!("/accept-invitation?token={own}")).await;
    used.says(StatusCode::OK, &["This invitation is not good any more", "Account: admin@example.com"]);

    let other = world.user(world.org_id, "other@example.com", "member").await.unwrap();
    crate::browser::give_password(&world, &other).await;
    let known = token("other@example.com").await;
    let mut guest = Browser::new(&world);
    let page = guest.get(&format!("/accept-invitation?token={known}")).await;
    page.says(StatusCode::OK, &["Give the password of your account", "current-password"]);
    guest.get("/accept-invitation?token=bad").await.says(StatusCode::OK, &["This invitation is not good any more"]);
}

#[tokio::test]
async fn groups_are_made_filled_given_roles_and_deleted() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let ada = world.user(world.org_id, "ada@example.com", "member").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let list = format!("/organizations/{}/access-control/groups", world.org_id);
    let empty = browser.get(&list).await;
    empty.says(StatusCode::OK, &["No groups yet", "Create group"]);
    let wrong = browser.submit(&empty, &list, &[("name", ""), ("slug", "Not A Slug"), ("role", "no-access")]).await;
    wrong.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required", "single hyphens"]);
    let fields = [("name", "Operations"), ("slug", ""), ("role", "no-access")];
    let made = browser.submit(&empty, &list, &fields).await;
    assert_eq!(browser.submit(&empty, &list, &fields).await.location(), made.location(), "sent twice, made once");
    let address = made.location().to_owned();
    let group = browser.follow(&made).await;
    group.says(StatusCode::OK, &["Successfully created group", "Nobody is in this group yet", "Not a member of a project yet"]);
    let taken = browser.submit(&group, &list, &[("name", "Operations"), ("role", "no-access")]).await;
    taken.says(StatusCode::UNPROCESSABLE_ENTITY, &["already exists in the organization"]);

    let added = browser.submit(&group, &format!("{address}/people/add"), &[("username", "ada@example.com")]).await;
    let group = browser.follow(&added).await;
    group
        .says(StatusCode::OK, &["ada@example.com is in the group now", "Remove<span class=\"visually-hidden\"> ada@example.com"]);
    browser.get(&list).await.says(StatusCode::OK, &["1 person"]);
    let robot = world.identity(world.org_id, "robot", "no-access").await.unwrap().actor.id().unwrap().to_string();
    let machine = [("identity", robot.as_str())];
    let added = browser.submit(&group, &format!("{address}/machine-identities/add"), &machine).await;
    browser.follow(&added).await.says(StatusCode::OK, &["robot is in the group now", "no other machine identity"]);
    browser.get(&list).await.says(StatusCode::OK, &["1 person, 1 machine identity"]);
    let removed = browser.submit(&group, &format!("{address}/machine-identities/remove"), &machine).await;
    browser.follow(&removed).await.says(StatusCode::OK, &["robot is no longer in the group"]);
    let twice = browser.submit(&group, &format!("{address}/people/add"), &[("username", "ada@example.com")]).await;
    browser.follow(&twice).await.says(StatusCode::OK, &["already part of the group"]);
    let fields = [("name", "Night shift"), ("slug", "night-shift"), ("role", "member")];
    let saved = browser.submit(&group, &format!("{address}/edit"), &fields).await;
    browser.follow(&saved).await.says(StatusCode::OK, &["Successfully updated group", "<h1>Night shift</h1>"]);

    let base = format!("/organizations/{}/projects/secret-management/{project_id}/access-control/groups", world.org_id);
    let page = browser.get(&base).await;
    page.says(StatusCode::OK, &["No groups in this project yet", "Night shift"]);
    let id = address.rsplit('/').next().unwrap().to_owned();
    let joined = browser.submit(&page, &format!("{base}/add"), &[("group", &id), ("role", "viewer")]).await;
    let page = browser.follow(&joined).await;
    page.says(StatusCode::OK, &["Added to the project", "Viewer", "Every group of the organization is a member already"]);
    let roles = [("id", id.as_str()), ("role", "viewer"), ("role", "member")];
    let changed = browser.submit(&page, &format!("{base}/role"), &roles).await;
    browser.follow(&changed).await.says(StatusCode::OK, &["The roles are changed", "Member, Viewer"]);
    let none = browser.submit(&page, &format!("{base}/role"), &[("id", &id)]).await;
    browser.follow(&none).await.says(StatusCode::OK, &["Choose at least one role", "Member, Viewer"]);
    browser.get(&address).await.says(StatusCode::OK, &[">shop</a>", "Member, Viewer"]);

    let mut other = Browser::signed_in(&world, &ada).await;
    let seen = other.get(&address).await;
    seen.says(StatusCode::OK, &["edit on groups", "delete on groups", ">shop</a>"]);
    let denied = other.submit(&seen, &format!("{address}/people/remove"), &[("username", "ada@example.com")]).await;
    denied.says(StatusCode::FORBIDDEN, &["edit on groups"]);
    other.get(&format!("{address}/delete")).await.says(StatusCode::FORBIDDEN, &["delete on groups"]);

    let removed = browser.submit(&page, &format!("{base}/remove"), &[("id", &id)]).await;
    browser.follow(&removed).await.says(StatusCode::OK, &["Removed from the project", "No groups in this project yet"]);
    let form = browser.get(&format!("{address}/delete")).await;
    form.says(StatusCode::OK, &["1 member of", "Type Night shift to confirm"]);
    let path = format!("{address}/delete");
    browser.submit(&form, &path, &[("confirm", "no")]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type Night shift"]);
    let gone = browser.submit(&form, &path, &[("confirm", "Night shift")]).await;
    browser.follow(&gone).await.says(StatusCode::OK, &["Deleted the group Night shift", "No groups yet"]);
}

#[tokio::test]
async fn nobody_puts_themselves_into_a_stronger_group() {
    let world = World::new().await.unwrap();
    let rules = serde_json::json!([{"subject": "groups", "action": ["read", "create", "edit", "delete"]}]);
    let input = keyferry_domain::organizations::CreateOrgRole {
        slug: "group-keeper".to_owned(),
        name: "Group keeper".to_owned(),
        description: None,
        permissions: serde_json::from_value(rules).unwrap(),
    };
    keyferry_domain::organizations::create_role(&world.app, &world.admin, input).await.unwrap();
    let ada = world.user(world.org_id, "ada@example.com", "no-access").await.unwrap();
    let make = async |name: &str, role: &str| {
        let input =
            keyferry_domain::groups::CreateGroup { name: name.to_owned(), slug: name.to_lowercase(), role: role.to_owned() };
        keyferry_domain::groups::create(&world.app, &world.admin, input).await.unwrap().group
    };
    let keepers = make("Keepers", "group-keeper").await;
    keyferry_domain::groups::add_member(&world.app, &world.admin, keepers.id, "ada@example.com").await.unwrap();
    let group = make("Admins", "admin").await;
    let mut browser = Browser::signed_in(&world, &ada).await;
    let address = format!("/organizations/{}/access-control/groups/{}", world.org_id, group.id);
    let page = browser.get(&address).await;
    page.says(StatusCode::OK, &["Nobody is in this group yet"]);
    let path = format!("{address}/people/add");
    let refused = browser.submit(&page, &path, &[("username", "ada@example.com")]).await;
    let page = browser.follow(&refused).await;
    page.says(StatusCode::OK, &["Failed to add user to a more privileged group: you lack", "Nobody is in this group yet"]);
    let named = [("name", "Owners"), ("slug", "admins"), ("role", "admin")];
    let renamed = browser.submit(&page, &format!("{address}/edit"), &named).await;
    browser.follow(&renamed).await.says(StatusCode::OK, &["<h1>Owners</h1>"]);
    let list = format!("/organizations/{}/access-control/groups", world.org_id);
    let own = [("name", "Mine"), ("slug", "mine"), ("role", "admin")];
    let refused = browser.submit(&page, &list, &own).await;
    refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["Failed to create a more privileged group: you lack"]);
}

#[tokio::test]
async fn a_role_is_made_of_ready_made_conditions_reviewed_and_saved() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/access-control/roles", world.org_id);
    browser.get(&base).await.says(StatusCode::OK, &["Add Project Role", "Built-in", "no-access"]);
    let new = format!("{base}/new");
    let form = browser.get(&new).await;
    form.says(StatusCode::OK, &["No rules yet", "Only secrets tagged …"]);
    let add = [("rules", "0"), ("intent", "add"), ("new_subject", "secrets"), ("new_template", "below"), ("new_value", "app")];
    browser.submit(&form, &new, &add).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["A path begins with a slash"]);
    let add = [("rules", "0"), ("intent", "add"), ("new_subject", "secrets"), ("new_template", "below"), ("new_value", "/app")];
    let form = browser.submit(&form, &new, &add).await;
    form.says(StatusCode::OK, &["May see names of and read values of secrets, in /app and below.", "value=\"/app/**\""]);
    let rule = [
        ("rules", "1"),
        ("subject-0", "secrets"),
        ("effect-0", "allow"),
        ("action-0", "readValue"),
        ("path-0", "/app/**"),
        ("environment-0", "dev"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&rule[..], more].concat();
    let unnamed = browser.submit(&form, &new, &with(&[("intent", "save"), ("name", "")])).await;
    unnamed.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required"]);
    let made = browser.submit(&form, &new, &with(&[("intent", "save"), ("name", "App reader")])).await;
    let address = made.location().to_owned();
    let role = browser.follow(&made).await;
    let said = "May read values of secrets, in dev, in /app and below.";
    role.says(StatusCode::OK, &["Successfully created role", "value=\"app-reader\"", said]);
    let version = role.hidden("version");
    let edited = |intent: &'static str| {
        let mut fields = with(&[("name", "App reader"), ("slug", "app-reader"), ("intent", intent)]);
        fields.retain(|(name, _)| *name != "environment-0");
        fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    let send = async |browser: &mut Browser, intent: &'static str, version: &str| {
        let mut fields = edited(intent);
        fields.push(("version", version.to_owned()));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(&role, &address, &fields).await
    };
    let review = send(&mut browser, "review", &version).await;
    review.says(StatusCode::OK, &["What changes", "May read values of secrets, in /app and below.", said, "Save role"]);
    let stale = send(&mut browser, "save", "1").await;
    stale.says(StatusCode::CONFLICT, &["Somebody saved this role after you had opened it"]);
    let saved = send(&mut browser, "save", &version).await;
    browser.follow(&saved).await.says(StatusCode::OK, &["Successfully updated role"]);

    let dev = world.user(world.org_id, "dev@example.com", "member").await.unwrap();
    world.grant(project_id, &dev, "member").await.unwrap();
    let mut other = Browser::signed_in(&world, &dev).await;
    let seen = other.get(&address).await;
    seen.says(StatusCode::OK, &["edit on role", "delete on role"]);
    other.submit(&seen, &address, &[("rules", "0"), ("intent", "back")]).await.says(StatusCode::FORBIDDEN, &["edit on role"]);
    other.get(&new).await.says(StatusCode::FORBIDDEN, &["create on role"]);
    let path = format!("{address}/delete");
    let form = browser.get(&path).await;
    browser.submit(&form, &path, &[("confirm", "x")]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type app-reader"]);
    let gone = browser.submit(&form, &path, &[("confirm", "app-reader")]).await;
    browser.follow(&gone).await.says(StatusCode::OK, &["Deleted the role App reader"]);
}

#[tokio::test]
async fn what_somebody_may_do_is_shown_with_the_grant_that_gives_it() {
    use keyferry_domain::access::Rule;
    use keyferry_domain::additional_privileges::{CreatePrivilege, Target};
    use keyferry_domain::memberships::GrantInput;
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let robot = world.identity(world.org_id, "robot", "no-access").await.unwrap();
    let identity_id = robot.actor.id().unwrap();
    world.grant(project_id, &robot, "viewer").await.unwrap();
    let (app, admin) = (&world.app, &world.admin);
    let input = keyferry_domain::groups::CreateGroup {
        name: "Operations".to_owned(),
        slug: "operations".to_owned(),
        role: "no-access".to_owned(),
    };
    let group = keyferry_domain::groups::create(app, admin, input).await.unwrap().group;
    let member = vec![GrantInput::permanent("member")];
    keyferry_domain::groups::add_to_project(app, admin, project_id, "Operations", member).await.unwrap();
    keyferry_domain::groups::add_identity(app, admin, group.id, identity_id).await.unwrap();
    let ban = serde_json::json!({
        "subject": "secrets", "action": ["readValue"], "inverted": true, "conditions": {"environment": "prod"}
    });
    let ban: Rule = serde_json::from_value(ban).unwrap();
    let privilege = CreatePrivilege { slug: Some("no-prod".to_owned()), permissions: vec![ban], temporary: None };
    let target = Target::Identity { project_id, identity_id };
    keyferry_domain::additional_privileges::create(app, admin, target, privilege).await.unwrap();

    let mut browser = Browser::signed_in(&world, admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}/access-control/seen-by", world.org_id);
    browser.get(&base).await.says(StatusCode::OK, &["Choose a person", "<optgroup label=\"Groups\">", "robot", "Operations"]);
    let page = browser.get(&format!("{base}?who=identity:{identity_id}")).await;
    let wanted = [
        "What robot may do",
        "role Viewer",
        "role Member through the group Operations",
        "additional privilege no-prod",
        "Development: see names, read values, create, change, delete, make folders and trigger syncs.",
        "Production: see names, create, change, delete, make folders and trigger syncs.",
        "<th scope=\"col\">Read values</th>",
    ];
    page.says(StatusCode::OK, &wanted);
    let asked = format!("{base}?who=identity:{identity_id}&action=readValue:secrets&environment=prod&path=app&secret=KEY");
    let said = "No: robot may not read values of KEY in prod at /app, by the additional privilege no-prod.";
    browser.get(&asked).await.says(StatusCode::OK, &[said, "The rule: May not read values of secrets, in prod."]);
    browser.get(&format!("{base}?who=group:{}", group.id)).await.says(StatusCode::OK, &["What Operations may do"]);
    browser.get(&format!("{base}?who=role:viewer")).await.says(StatusCode::OK, &["What Viewer may do"]);
    let unknown = browser.get(&format!("{base}?who=user:{}", uuid::Uuid::from_u128(9))).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    let nobody = world.user(world.org_id, "nobody@example.com", "member").await.unwrap();
    world.grant(project_id, &nobody, "no-access").await.unwrap();
    let mut other = Browser::signed_in(&world, &nobody).await;
    let hidden = other.get(&format!("{base}?who=identity:{identity_id}")).await;
    hidden.says(StatusCode::FORBIDDEN, &["read on identity"]);
    let own = nobody.actor.user_id().unwrap();
    other.get(&format!("{base}?who=user:{own}")).await.says(StatusCode::OK, &["Development: nothing."]);
}

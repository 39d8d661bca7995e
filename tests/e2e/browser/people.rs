//! People and machine identities: invited, made, given roles, shown their secrets once.

use serde_json::json;

use super::Stage;

#[tokio::test]
async fn a_person_is_invited_joins_and_sees_only_what_the_role_allows() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.organization("access-control")).await;
    tab.heading("Access Control").await;
    tab.fill("Email", "bob@example.com").await;
    tab.choose("Role", "Member").await;
    tab.press("Invite").await;
    tab.see("bob@example.com is invited").await;
    tab.inspect("people-invited").await;
    let link = tab.value("Invitation link").await;
    let (_, path) = link.split_once("/accept-invitation").unwrap();

    assert!(link.starts_with(&stage.server.url()), "{link} leads elsewhere than to the port that the server got");
    tab.go(&format!("/accept-invitation{path}")).await;
    tab.heading("Accept the invitation").await;
    tab.see("is for bob@example.com. To accept it, log out first.").await;
    tab.inspect("invitation-of-somebody-else").await;

    let bob = tab.beside().await;
    bob.go(&format!("/accept-invitation{path}")).await;
    bob.heading("Accept the invitation").await;
    bob.inspect("invitation").await;
    bob.press("Accept invitation").await;
    bob.see("Password is required").await;
    bob.fill("Password", "tractor beam seven").await;
    bob.press("Accept invitation").await;
    bob.heading("Projects").await;
    bob.see("No projects yet").await;
    bob.inspect("projects-none").await;
    bob.go(&stage.project("settings")).await;
    bob.heading("You may not do this").await;
    bob.inspect("refused").await;

    tab.go(&stage.project("access-control")).await;
    tab.heading("Access Control").await;
    tab.choose("Person", "bob@example.com").await;
    tab.choose("Role", "Viewer").await;
    tab.press("Add to project").await;
    tab.see("Added to the project").await;
    tab.inspect("project-people").await;
    bob.go(&stage.project("settings")).await;
    bob.heading("Settings").await;
    bob.see("Needs the permission").await;
    bob.inspect("project-settings-viewer").await;
    bob.go(&stage.project("access-control")).await;
    bob.heading("Access Control").await;
    bob.inspect("project-people-viewer").await;

    tab.go(&stage.organization("access-control")).await;
    tab.press("Options for bob@example.com").await;
    tab.inspect("people-menu").await;
    tab.press("Remove from organization").await;
    tab.see("bob@example.com no longer belongs to the organization").await;
    bob.go(&stage.project("settings")).await;
    bob.go("/").await;
    bob.see("You do not belong to an organization").await;
    bob.inspect("without-organization").await;
}

#[tokio::test]
async fn a_machine_identity_gets_a_client_secret_that_is_shown_once() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.organization("access-control?selectedTab=machine-identities")).await;
    tab.see("Instance Admin Identity").await;
    tab.inspect("machines-first").await;
    tab.fill("Name", "deployer").await;
    tab.press("Create identity").await;
    tab.see("Successfully created machine identity").await;
    tab.heading("deployer").await;
    tab.inspect("machine").await;
    tab.fill("Description", "the build server").await;
    tab.press("Create client secret").await;
    tab.see("it is not shown again").await;
    tab.inspect("machine-secret").await;
    let secret = tab.value("Client secret").await;
    let id = "return document.querySelector('[data-said=\"Client ID copied to clipboard\"]').dataset.copy";
    let id = tab.eval(id, json!([])).await;
    let body = json!({"clientId": id, "clientSecret": secret});
    let login = stage.server.client().post("/api/v1/auth/universal-auth/login", body).await;
    assert!(login["accessToken"].is_string(), "{login}");
    tab.press("I have stored it").await;
    tab.see("the build server").await;
    let html = tab.eval("return document.documentElement.outerHTML", json!([])).await;
    assert!(!html.as_str().unwrap().contains(&secret), "the client secret is shown once");
    tab.inspect("machine-with-secret").await;

    tab.go(&stage.project("access-control?selectedTab=machine-identities")).await;
    tab.see("Add a machine identity").await;
    tab.choose("Machine identity", "deployer").await;
    tab.press("Add to project").await;
    tab.see("Added to the project").await;
    tab.inspect("project-machines").await;
    tab.go(&stage.organization("access-control?selectedTab=machine-identities")).await;
    tab.see("deployer").await;
    tab.inspect("machines").await;
    tab.press("deployer").await;
    tab.press("Delete identity").await;
    tab.see("Type deployer to confirm").await;
    tab.inspect("machine-delete").await;
    tab.fill("Type deployer to confirm", "deployer").await;
    tab.press("Delete identity").await;
    tab.see("Deleted the machine identity deployer").await;
}

#[tokio::test]
async fn a_group_is_made_filled_and_added_to_a_project() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.organization("access-control/groups")).await;
    tab.see("No groups yet").await;
    tab.inspect("groups-none").await;
    tab.press("Create group").await;
    tab.see("There is a problem").await;
    tab.inspect("groups-refused").await;
    tab.fill("Name", "Operations").await;
    tab.choose("Role", "Member").await;
    tab.press("Create group").await;
    tab.heading("Operations").await;
    tab.see("Nobody is in this group yet").await;
    tab.choose("Person", "ann@example.com").await;
    tab.press("Add to group").await;
    tab.see("ann@example.com is in the group now").await;
    tab.choose("Machine identity", "Instance Admin Identity").await;
    tab.press("Add identity to group").await;
    tab.see("Instance Admin Identity is in the group now").await;
    tab.inspect("group").await;

    tab.go(&stage.project("access-control/groups")).await;
    tab.see("No groups in this project yet").await;
    tab.inspect("project-groups-none").await;
    tab.choose("Group", "Operations").await;
    tab.choose("Role", "Viewer").await;
    tab.press("Add to project").await;
    tab.see("Added to the project").await;
    tab.press("Change roles of Operations").await;
    tab.inspect("project-groups").await;
    tab.press("Operations").await;
    tab.heading("Operations").await;
    tab.see("Shop").await;
    tab.press("Delete group").await;
    tab.see("Type Operations to confirm").await;
    tab.inspect("group-delete").await;
    tab.fill("Type Operations to confirm", "Operations").await;
    tab.press("Delete group").await;
    tab.see("Deleted the group Operations").await;
}

#[tokio::test]
async fn a_role_is_written_and_its_view_looked_at() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.project("access-control/roles")).await;
    tab.see("Built-in").await;
    tab.inspect("roles").await;
    tab.press("Add Project Role").await;
    tab.heading("Add a project role").await;
    tab.fill("Name", "App reader").await;
    tab.choose("Condition", "Only paths below …").await;
    tab.fill("Which", "/app").await;
    tab.press("Add rule").await;
    tab.see("May see names of and read values of secrets, in /app and below.").await;
    tab.inspect("role-new").await;
    tab.press("Create role").await;
    tab.see("Successfully created role").await;
    tab.fill("Only in environments (rule 1)", "dev").await;
    tab.press("Review changes").await;
    tab.see("Rules that go").await;
    tab.inspect("role-review").await;
    tab.press("Save role").await;
    tab.see("Successfully updated role").await;
    tab.press("As seen by this role").await;
    tab.see("What App reader may do").await;
    tab.fill("Folder", "/app").await;
    tab.choose("Environment", "Development").await;
    tab.press("Ask").await;
    tab.see("Yes: App reader may see names of secrets in dev at /app").await;
    tab.inspect("seen-by").await;
}

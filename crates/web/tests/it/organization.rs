use http::StatusCode;
use keyferry_test_support::World;

use crate::browser::Browser;

#[tokio::test]
async fn a_project_is_created_once_with_the_words_of_the_contract() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let list = format!("/organizations/{}/projects", world.org_id);
    browser.get(&list).await.says(StatusCode::OK, &["No projects yet", "New project"]);
    let path = format!("{list}/new");
    let form = browser.get(&path).await;
    form.says(StatusCode::OK, &["<h1>Create a new project</h1>", "Project Name", "Project Description", "Create Project"]);
    browser.submit(&form, &path, &[]).await.says(StatusCode::UNPROCESSABLE_ENTITY, &["Required"]);
    let long = "x".repeat(1025);
    let answer = browser.submit(&form, &path, &[("projectName", &long[..65]), ("projectDescription", &long)]).await;
    let messages = ["Too long, maximum length is 64 characters", "Description too long, max length is 1024 characters"];
    answer.says(StatusCode::UNPROCESSABLE_ENTITY, &messages);
    let fields = [("projectName", "Shop <1>"), ("environments", "true")];
    let first = browser.submit(&form, &path, &fields).await;
    let second = browser.submit(&form, &path, &fields).await;
    assert_eq!(first.location(), second.location());
    let projects = browser.get(&list).await;
    projects.says(StatusCode::OK, &["Project created", "Shop &#60;1&#62;", "Production"]);
    assert_eq!(projects.body.matches("class=\"stretched\"").count(), 1);
    browser.get(&format!("{list}?search=zzz")).await.says(StatusCode::OK, &["No projects match search...", "Clear filters"]);
}

#[tokio::test]
async fn a_change_of_somebody_else_is_not_overwritten_unseen() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let path = format!("/organizations/{}/projects/secret-management/{project_id}/settings", world.org_id);
    let form = browser.get(&path).await;
    let version = form.hidden("version");
    let fields = |name: &'static str| {
        vec![("projectName", name), ("slug", "shop"), ("pitVersionLimit", "10"), ("was_name", "shop"), ("was_description", "")]
    };
    world.clock.advance_ms(5_000);
    let mut theirs = fields("theirs");
    theirs.push(("version", &version));
    let saved = browser.submit(&form, &path, &theirs).await;
    browser.follow(&saved).await.says(StatusCode::OK, &["Successfully updated the project", "theirs"]);
    let mut mine = fields("mine");
    mine.push(("version", &version));
    let conflict = browser.submit(&form, &path, &mine).await;
    conflict.says(StatusCode::CONFLICT, &["Keep mine", "Take theirs", "Edit again", ">theirs<", ">mine<"]);
}

#[tokio::test]
async fn the_audit_log_is_filtered() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let path = format!("/organizations/{}/audit-logs", world.org_id);
    browser.get(&path).await.says(StatusCode::OK, &["user-login", "admin@example.com", "End of logs"]);
    let none = browser.get(&format!("{path}?event=delete-project")).await;
    none.says(StatusCode::OK, &["No audit logs match the filters", "Clear filters"]);
}

#[tokio::test]
async fn the_theme_is_kept_and_applied_by_the_server() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::new(&world);
    browser.get("/login").await.says(StatusCode::OK, &["data-theme=\"system\""]);
    let answer = browser.post("/preferences/theme", &[("theme", "dark"), ("next", "/login")]).await;
    browser.follow(&answer).await.says(StatusCode::OK, &["data-theme=\"dark\""]);
    let answer = browser.post("/preferences/theme", &[("theme", "light"), ("next", "//evil.example")]).await;
    assert_eq!(answer.location(), "/");
}

//! What holds for every page and every form, whatever it is about.

use std::collections::BTreeSet;

use http::{Method, StatusCode, header};
use keyferry_test_support::World;

use crate::browser::{Answer, Browser};

/// An address of a route: the organization and project of the world, any other part unknown.
fn address(path: &str, world: &World, project_id: uuid::Uuid) -> String {
    path.split('/')
        .map(|part| match part {
            "{orgId}" => world.org_id.to_string(),
            "{projectId}" => project_id.to_string(),
            part if part.starts_with('{') => uuid::Uuid::from_u128(9).to_string(),
            part => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn check_page(path: &str, answer: &Answer) {
    let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
    assert_eq!(answer.headers[header::REFERRER_POLICY], "no-referrer", "{path}");
    assert!(answer.headers[header::VARY].to_str().unwrap().contains("HX-Request"), "{path}");
    if answer.status == StatusCode::SEE_OTHER {
        return;
    }
    let html = &answer.body;
    assert_eq!(html.matches("<h1").count(), 1, "{path}: {html}");
    for landmark in ["<header", "<main", "<footer", "Skip to main content", "<title>", "· Keyferry</title>", "lang=\"en\""] {
        assert!(html.contains(landmark), "{path}: {landmark} is missing");
    }
    for forbidden in [" style=", " onclick=", "<script>", "javascript:", "/assets/missing/", "An Unknown Error Occurred"] {
        assert!(!html.contains(forbidden), "{path}: {forbidden}");
    }
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "{path}: an id occurs twice in {ids:?}");
    for form in html.split("<form").skip(1).filter(|form| form.split('>').next().unwrap_or_default().contains("method=\"post\""))
    {
        let form = form.split("</form>").next().unwrap();
        let action = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let is_open = [
            "/login",
            "/admin/signup",
            "/admin/signup/organization",
            "/accept-invitation",
            "/login/second-factor",
            "/reset-password",
        ]
        .contains(&action);
        let is_guests = action == "/preferences/theme" && !html.contains("X-Form-Token");
        assert!(is_open || is_guests || form.contains("name=\"_token\""), "{path}: a form without a token: {form}");
    }
}

#[tokio::test]
async fn every_page_keeps_the_rules_for_pages() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let registry = keyferry_web::registry();
    assert_eq!(registry.duplicates(), Vec::<String>::new());
    for spec in registry.specs().filter(|spec| spec.method == Method::GET) {
        let path = address(spec.path, &world, project_id);
        let answer = browser.get(&path).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.body);
        check_page(&path, &answer);
        let part = browser.send(Method::GET, &path, None, &[("hx-request", "true")]).await;
        if part.status == StatusCode::OK {
            assert!(!part.body.contains("<!doctype") && part.body.contains("<main"), "{path}: a part is not a whole page");
        }
    }
}

#[tokio::test]
async fn no_link_of_a_page_leads_nowhere() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let mut browser = Browser::signed_in(&world, &world.admin).await;
    let mut waiting = vec![format!("/organizations/{}/projects", world.org_id)];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = browser.get(&path).await;
        assert!(answer.status == StatusCode::OK || answer.status == StatusCode::SEE_OTHER, "{path}: {}", answer.status);
        for link in answer.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let link = link.split('#').next().unwrap_or_default().replace("&#38;", "&");
            if link.starts_with('/') && !link.starts_with("/assets/") && !link.starts_with("/api/") {
                waiting.push(link);
            }
        }
    }
    let project = format!("/organizations/{}/projects/secret-management/{project_id}/", world.org_id);
    assert!(seen.iter().any(|path| path.starts_with(&project)) && seen.len() > 15, "{seen:?}");
}

#[tokio::test]
async fn without_a_sign_in_every_page_leads_to_the_login_and_no_form_works() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    for spec in keyferry_web::registry().specs().filter(|spec| spec.auth.session) {
        let path = address(spec.path, &world, project_id);
        let mut browser = Browser::new(&world);
        for cookie in [None, Some("forged")] {
            if let Some(value) = cookie {
                browser.cookies.insert("keyferry".to_owned(), value.to_owned());
            }
            let answer = browser.send(spec.method.clone(), &path, (spec.method == Method::POST).then_some(&[]), &[]).await;
            assert!(answer.location().starts_with("/login"), "{path}");
            check_page(&path, &answer);
        }
        let part = browser.send(Method::GET, &path, None, &[("hx-request", "true")]).await;
        if spec.method == Method::GET {
            assert_eq!(part.status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(part.headers["hx-redirect"].to_str().unwrap().starts_with("/login"), "{path}");
        }
    }
}

#[tokio::test]
async fn somebody_outside_a_project_sees_and_does_nothing_in_it() {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let outsider = world.user(world.org_id, "outsider@example.com", "member").await.unwrap();
    let mut browser = Browser::signed_in(&world, &outsider).await;
    let own = browser.get(&format!("/organizations/{}/projects/new", world.org_id)).await;
    for spec in keyferry_web::registry().specs().filter(|spec| spec.path.contains("{projectId}")) {
        let path = address(spec.path, &world, project_id);
        let answer = match spec.method {
            Method::POST => browser.submit(&own, &path, &[]).await,
            _ => browser.get(&path).await,
        };
        assert!(answer.status.is_client_error(), "{} {path}: {} {}", spec.method, answer.status, answer.body);
        assert!(!answer.body.contains(">shop<"), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_has_a_page_and_an_assets_address_never_changes_its_content() {
    let world = World::new().await.unwrap();
    let mut browser = Browser::new(&world);
    let answer = browser.get("/nowhere").await;
    answer.says(StatusCode::NOT_FOUND, &["<h1>Not found</h1>", "Request ID"]);
    check_page("/nowhere", &answer);
    let html = browser.get("/login").await.body;
    let mut assets = 0;
    for link in html.split('"').filter(|part| part.starts_with("/assets/")) {
        let answer = browser.get(link).await;
        assert_eq!(answer.status, StatusCode::OK, "{link}");
        assert!(answer.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"), "{link}");
        assets += 1;
    }
    assert!(assets >= 6, "{assets}");
    assert_eq!(browser.get("/assets/app.css").await.status, StatusCode::NOT_FOUND);
}

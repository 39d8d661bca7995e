//! Secrets come back as they went in, and only when asked for.

use keyferry_test_support::{backends, canary};
use serde_json::json;

use super::Person;

/// Keys and values that get lost easily.
pub fn nasty() -> Vec<(&'static str, String)> {
    vec![
        ("EMPTY", String::new()),
        ("LINES", format!("-----BEGIN-----\n{}\n-----END-----\n", canary("lines"))),
        ("QUOTES", "a \"b\" 'c' `id` $(id) \\ #no %s {{x}}".to_owned()),
        ("UNICODE", "schön 🔑 零 \u{202e}".to_owned()),
        ("TAB", "a\tb".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_come_back_as_they_went_in() {
    for backend in backends() {
        let person = Person::new(backend).await;
        person.sign_in().await;
        let nasty = nasty();
        for (key, value) in &nasty {
            let file = person.directory().join(key);
            std::fs::write(&file, value).unwrap();
            let set = person.json(&["secrets", "set", &format!("{key}=@{key}"), "--json"]).await;
            assert_eq!(set["created"], json!([key]), "{backend:?}");
            assert_eq!(person.done(&["secrets", "get", key, "--plain"]).await, format!("{value}\n"), "{backend:?} {key}");
        }
        let value = canary("piped");
        let set = person.typed(&["secrets", "set", "PIPED"], &value).await;
        assert!(set.status.success() && set.stderr.contains("Created 1"), "{}", set.stderr);

        let listed = person.done(&["secrets", "list"]).await;
        assert!(listed.contains("PIPED") && listed.contains("********") && !listed.contains(&value), "{listed}");
        assert!(!listed.contains('\u{1b}'), "no colors in a pipe");
        let masked = person.json(&["secrets", "list", "--json"]).await;
        assert!(masked["secrets"].as_array().unwrap().iter().all(|secret| secret["value"].is_null()), "{masked}");
        let shown = person.json(&["secrets", "list", "--json", "--reveal"]).await;
        for (key, value) in &nasty {
            let found = shown["secrets"].as_array().unwrap().iter().find(|secret| secret["key"] == *key).unwrap();
            assert_eq!(found["value"], *value, "{backend:?}");
        }
        let masked = person.done(&["secrets", "get", "PIPED"]).await;
        assert!(!masked.contains(&value), "{masked}");

        let unasked = person.run(&["secrets", "delete", "PIPED"]).await;
        assert_eq!(unasked.status.code(), Some(2), "{}", unasked.stderr);
        person.done(&["secrets", "delete", "PIPED", "EMPTY", "--yes"]).await;
        let gone = person.run(&["secrets", "get", "PIPED", "--plain"]).await;
        assert!(gone.status.code() == Some(1) && gone.stderr.contains("not found"), "{}", gone.stderr);
        assert!(gone.stdout.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_own_value_stands_before_the_shared_one() {
    let person = Person::signed_in().await;
    person.done(&["secrets", "set", "KEY=shared"]).await;
    person.done(&["secrets", "set", "KEY=mine", "--type", "personal"]).await;
    person.done(&["secrets", "set", "KEY=mine again", "--type", "personal"]).await;
    let get = async |more: &[&str]| person.done(&[&["secrets", "get", "KEY", "--plain"][..], more].concat()).await;
    assert_eq!(get(&[]).await, "mine again\n");
    assert_eq!(get(&["--personal=false"]).await, "shared\n");
    assert_eq!(get(&["--type", "shared"]).await, "shared\n");
    assert_eq!(person.done(&["run", "--", "printenv", "KEY"]).await, "mine again\n");
    assert_eq!(person.done(&["run", "--personal=false", "--", "printenv", "KEY"]).await, "shared\n");
    person.done(&["secrets", "delete", "KEY", "--type", "personal", "--yes"]).await;
    assert_eq!(get(&[]).await, "shared\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_place_comes_from_flags_variables_and_the_project_file() {
    let person = Person::signed_in().await;
    let client = &person.journey.client;
    let project = &person.journey.project;
    let folder = json!({"projectId": project, "environment": "dev", "name": "app", "path": "/"});
    client.post("/api/v2/folders", folder).await;
    let found = client.get(&format!("/api/v1/projects/{project}")).await;
    let slug = found["project"]["slug"].as_str().or(found["workspace"]["slug"].as_str()).unwrap().to_owned();
    person.done(&["secrets", "set", "KEY=prod"]).await;
    person.done(&["secrets", "set", "KEY=dev", "--env", "dev", "--project", &slug]).await;
    person.done(&["secrets", "set", "KEY=app", "--env", "dev", "--path", "app/"]).await;
    let value = async |variables: &[(&str, &str)]| {
        let mut command = person.command(&["secrets", "get", "KEY", "--plain"]);
        command.envs(variables.iter().copied());
        crate::harness::run_to_end(command).await.stdout
    };
    assert_eq!(value(&[]).await, "prod\n");
    assert_eq!(value(&[("INFISICAL_ENVIRONMENT", "dev")]).await, "dev\n");
    assert_eq!(value(&[("KEYFERRY_ENVIRONMENT", "dev"), ("KEYFERRY_SECRET_PATH", "/app")]).await, "app\n");
    // As the official command line writes it; a branch may have an environment of its own.
    std::fs::create_dir(person.directory().join(".git")).unwrap();
    std::fs::write(person.directory().join(".git/HEAD"), "ref: refs/heads/feature/x\n").unwrap();
    let file = json!({
        "workspaceId": project, "defaultEnvironment": "prod", "gitBranchToEnvironmentMapping": {"feature/x": "dev"},
    });
    std::fs::write(person.directory().join(".infisical.json"), file.to_string()).unwrap();
    assert_eq!(value(&[]).await, "dev\n");
    let again = person.run(&["init", "--project", project]).await;
    assert!(again.status.code() == Some(1) && again.stderr.contains("--force"), "{}", again.stderr);
    let recursive = person.json(&["secrets", "list", "--recursive", "--reveal", "--json"]).await;
    assert_eq!(recursive["secrets"].as_array().map(Vec::len), Some(2), "{recursive}");
}

#[tokio::test]
async fn completions_and_manual_pages_are_made() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let mut command = crate::harness::command();
        command.args(["completions", shell]);
        let made = crate::harness::run_to_end(command).await;
        assert!(
            made.status.success() && made.stdout.contains("import") && made.stdout.contains("serve"),
            "{shell}: {}",
            made.stderr
        );
    }
    let directory = tempfile::tempdir().unwrap();
    let mut command = crate::harness::command();
    command.arg("man").arg(directory.path().join("man1"));
    assert!(crate::harness::run_to_end(command).await.status.success());
    for page in ["keyferry.1", "keyferry-run.1", "keyferry-secrets-set.1", "keyferry-syncs-apply.1", "keyferry-serve.1"] {
        let text = std::fs::read_to_string(directory.path().join("man1").join(page)).unwrap();
        assert!(text.contains(".TH "), "{page}");
    }
}

//! Signing in and out: where the token goes, and where it does not.

use std::os::unix::fs::PermissionsExt as _;

use keyferry_test_support::{TestBackend, canary};
use serde_json::Value;

use super::Person;
use super::person::piped;
use crate::harness::run_to_end;

fn token_of(person: &Person) -> String {
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(person.credentials()).unwrap()).unwrap();
    kept["logins"][person.server.url()]["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_by_password_and_out_again() {
    let person = Person::new(TestBackend::Sqlite).await;
    let url = person.server.url();
    let login = ["login", "--server", &url, "--email", "ann@example.com"];

    let refused = person.typed(&login, "not the password\n").await;
    assert_eq!(refused.status.code(), Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("request req-") && !refused.stderr.contains("not the password"), "{}", refused.stderr);
    assert!(!person.credentials().exists());

    let plain = person.typed(&[&login[..], &["--plain"]].concat(), &person.journey.password).await;
    assert!(plain.status.success() && plain.stdout.trim().split('.').count() == 3, "{}", plain.stderr);
    assert!(!person.credentials().exists(), "--plain keeps nothing");

    person.sign_in().await;
    let file = person.credentials();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let token = token_of(&person);
    assert_eq!(person.json(&["secrets", "list", "--json"]).await["secrets"], serde_json::json!([]));

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = person.run(&["secrets", "list"]).await;
    assert!(refused.status.code() == Some(1) && refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    assert!(!refused.stderr.contains(&token));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

    person.done(&["logout"]).await;
    assert!(!std::fs::read_to_string(&file).unwrap().contains(&token));
    let mut list = person.command(&["secrets", "list", "--server", &url]);
    list.env("KEYFERRY_TOKEN", &token);
    let ended = run_to_end(list).await;
    assert_eq!(ended.status.code(), Some(1), "the token is good after logout");
    assert!(ended.stderr.contains("status 40") && !ended.stderr.contains(&token), "{}", ended.stderr);
    let nobody = person.run(&["secrets", "list"]).await;
    assert!(nobody.status.code() == Some(2) && nobody.stderr.contains("keyferry login"), "{}", nobody.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_signs_in_by_pipe_or_variables() {
    let person = Person::new(TestBackend::Sqlite).await;
    let (url, project) = (person.server.url(), person.journey.project.clone());
    let (id, secret) = person.machine().await;
    let value = canary("value");
    person.journey.put(&[("KEY".to_owned(), value.clone())]).await;
    let get = ["secrets", "get", "KEY", "--plain", "--project", &project, "--env", "prod"];

    let login = person.typed(&["login", "--server", &url, "--method", "universal-auth", "--client-id", &id], &secret).await;
    assert!(login.status.success() && !login.stderr.contains(&secret), "{}", login.stderr);
    assert_eq!(person.done(&get).await.trim_end(), value);
    person.done(&["logout"]).await;

    // The official names, and nothing kept.
    let mut command = person.command(&get);
    command.env("INFISICAL_API_URL", format!("{url}/api")).env("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", &id);
    command.env("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", &secret);
    assert_eq!(run_to_end(command).await.stdout.trim_end(), value);

    let mut command = person.command(&["login", "--method", "universal-auth", "--plain"]);
    command.env("KEYFERRY_URL", &url).env("KEYFERRY_CLIENT_ID", &id).env("KEYFERRY_CLIENT_SECRET", &secret);
    let token = run_to_end(command).await.stdout.trim().to_owned();
    let mut command = person.command(&get);
    command.env("KEYFERRY_URL", &url).env("INFISICAL_TOKEN", &token);
    assert_eq!(run_to_end(command).await.stdout.trim_end(), value);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_a_repository_does_not_decide_who_gets_a_token() {
    let person = Person::new(TestBackend::Sqlite).await;
    let token = canary("token");
    let file = format!(r#"{{"workspaceId": "{}", "domain": "{}/api"}}"#, person.journey.project, person.server.url());
    std::fs::write(person.directory().join(".infisical.json"), file).unwrap();
    for variable in ["KEYFERRY_TOKEN", "INFISICAL_TOKEN"] {
        let mut list = person.command(&["secrets", "list"]);
        list.env(variable, &token);
        let ended = run_to_end(list).await;
        assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(".infisical.json") && !ended.stderr.contains(&token), "{}", ended.stderr);
    }
    let login = person.typed(&["login", "--email", "ann@example.com"], &person.journey.password).await;
    assert_eq!(login.status.code(), Some(2), "{}", login.stderr);
    let http = person.run(&["secrets", "list", "--server", "http://secrets.example.com"]).await;
    assert!(http.status.code() == Some(2) && http.stderr.contains("not encrypted"), "{}", http.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyring_has_the_token_where_there_is_one() {
    let person = Person::new(TestBackend::Sqlite).await;
    let tools = tempfile::tempdir().unwrap();
    let script = "#!/bin/sh\nkept=\"$(dirname \"$0\")/kept\"\ncase $1 in\nstore) cat > \"$kept\" ;;\n\
                  lookup) test -f \"$kept\" || exit 1; cat \"$kept\" ;;\nclear) rm -f \"$kept\" ;;\nesac\n";
    let tool = tools.path().join("secret-tool");
    std::fs::write(&tool, script).unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o700)).unwrap();
    let with_keyring = |arguments: &[&str]| {
        let mut command = person.command(arguments);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", tools.path().display())).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        command
    };
    let url = person.server.url();
    let login = with_keyring(&["login", "--server", &url, "--email", "ann@example.com"]);
    let login = piped(login, &person.journey.password).await;
    assert!(login.status.success() && login.stderr.contains("keyring"), "{}", login.stderr);
    let token = std::fs::read_to_string(tools.path().join("kept")).unwrap();
    assert!(!std::fs::read_to_string(person.credentials()).unwrap().contains(&token));
    let list = ["secrets", "list", "--project", &person.journey.project, "--env", "prod"];
    assert!(run_to_end(with_keyring(&list)).await.status.success());
    let without = person.run(&list).await;
    assert!(without.status.code() == Some(1) && without.stderr.contains("keyring"), "{}", without.stderr);
    assert!(run_to_end(with_keyring(&["logout"])).await.status.success());
    assert!(!tools.path().join("kept").exists());
}

//! Seeds and flags.

use clap::Parser;
use keyferry_checkly_sim::cli::SimArgs;
use keyferry_checkly_sim::{Role, Seed, SimConfig, SimError, SimHandle};

use crate::world::{ACCOUNT, OTHER, World};

fn handle(seed: Seed) -> Result<SimHandle, SimError> {
    SimHandle::new(&SimConfig { seed: Some(seed), ..SimConfig::default() })
}

#[tokio::test]
async fn a_seed_file_becomes_the_state() {
    let text = format!(
        r#"{{
          "accounts": [
            {{"id": "{ACCOUNT}", "name": "One", "runtimeId": "2024.02",
              "variables": [{{"key": "A", "value": "1"}}, {{"key": "A", "value": "2"}}],
              "groups": [{{"id": 5, "name": "G", "settings": {{"muted": true}}}}]}},
            {{"id": "{OTHER}"}}
          ],
          "keys": [
            {{"key": "cu_all", "role": "READ_WRITE", "label": "all"}},
            {{"key": "sv_one", "role": "READ_ONLY", "accounts": ["{OTHER}"]}}
          ]
        }}"#
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let world = World { sim: handle(Seed::from_file(file.path()).unwrap()).unwrap() };
    let accounts = world.call_as("cu_all", None, "GET", "/v1/accounts", None).await;
    assert_eq!(accounts.json.as_array().unwrap().len(), 2);
    let own = world.call_as("sv_one", None, "GET", "/v1/accounts/me", None).await;
    assert_eq!(own.json["id"], OTHER);
    let path = "/v1/check-groups/5";
    let group = world.call_as("cu_all", Some(ACCOUNT), "GET", path, None).await;
    assert_eq!((&group.json["muted"], &group.json["activated"]), (&true.into(), &true.into()));
    assert_eq!(world.sim.variables(ACCOUNT).len(), 2);
    assert_eq!(world.sim.log()[0].key_label.as_deref(), Some("all"));
}

#[test]
fn bad_seeds_are_refused() {
    for text in [
        "{",
        r#"{"surprise": []}"#,
        r#"{"accounts": [{"id": "x"}]}"#,
        r#"{"keys": [{"key": "sk_x", "role": "OWNER"}]}"#,
        r#"{"keys": [{"key": "cu_x", "role": "BOSS"}]}"#,
        r#"{"keys": [{"key": "cu_x", "role": "OWNER", "accounts": ["x"]}]}"#,
        r#"{"keys": [{"key": "sv_x", "role": "OWNER"}]}"#,
    ] {
        let outcome = Seed::from_json(text).and_then(handle);
        assert!(matches!(outcome, Err(SimError::Seed(_))), "{text}");
    }
    let missing = Seed::from_file(std::path::Path::new("no-such-seed.json"));
    assert!(matches!(missing, Err(SimError::SeedRead { .. })));
}

#[test]
fn the_random_seed_is_a_demo_and_differs_each_time() {
    let (one, two) = (Seed::random(), Seed::random());
    assert_ne!(one.keys[0].key, two.keys[0].key);
    assert_ne!(one.accounts[0].account.id, two.accounts[0].account.id);
    let names: Vec<_> = one.accounts.iter().map(|planted| &planted.account.name).collect();
    assert_eq!(names, ["Acme EU", "Acme US"]);
    assert!(one.keys.iter().all(|key| key.key.starts_with("cu_")));
    assert_eq!(one.keys[0].role, Role::ReadWrite);
    let variables = &one.accounts[0].variables;
    assert!(variables.iter().any(|row| row.secret) && variables.iter().any(|row| !row.secret));
    assert!(handle(one).is_ok());
}

#[test]
fn debug_output_hides_keys_and_secret_values() {
    let seed = Seed::random();
    let shown = format!("{seed:?}");
    assert!(!shown.contains(&seed.keys[0].key));
    let secret = seed.accounts[0].variables.iter().find(|row| row.secret).unwrap();
    assert!(!shown.contains(&secret.value));
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    args: SimArgs,
}

#[test]
fn flags_have_the_documented_defaults() {
    let args = Flags::try_parse_from(["sim"]).unwrap().args;
    assert_eq!(args.listen, "127.0.0.1:4110".parse().unwrap());
    assert_eq!(args.rate_limit.0, Some("600/60s".parse().unwrap()));
    assert_eq!((args.latency_ms, args.seed), (0, None));
    let off = Flags::try_parse_from(["sim", "--rate-limit", "off", "--fail-rate", "0.1"]).unwrap();
    assert_eq!((off.args.rate_limit.0, off.args.fail_rate), (None, 0.1));
    assert!(Flags::try_parse_from(["sim", "--rate-limit", "many"]).is_err());
}

#[tokio::test]
async fn the_verb_refuses_bad_flags() {
    let run = |flags: &[&str]| {
        let words = ["sim"].iter().chain(flags).copied().collect::<Vec<_>>();
        keyferry_checkly_sim::cli::run(Flags::try_parse_from(words).unwrap().args)
    };
    let open = run(&["--listen", "0.0.0.0:0"]).await;
    assert!(matches!(open, Err(SimError::NotLoopback(_))));
    let missing = run(&["--listen", "127.0.0.1:0", "--seed", "no-such-seed.json"]).await;
    assert!(matches!(missing, Err(SimError::SeedRead { .. })));
    let rate = run(&["--listen", "127.0.0.1:0", "--fail-rate", "2"]).await;
    assert!(matches!(rate, Err(SimError::Setting(_))));
}

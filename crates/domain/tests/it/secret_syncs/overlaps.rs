//! Several syncs at one destination, and what surrounds a target.

use std::collections::BTreeMap;

use keyferry_checkly_sim::{Account, Fault, Group};
use keyferry_domain::secret_syncs::{self as syncs, UnmanagedSecrets, plans};
use keyferry_domain::secrets::{self, BatchMode, Change, Deletion};
use keyferry_test_support::{eventually, on_each_backend};
use uuid::Uuid;

use super::arrange::{GROUP, status, three, variable, warnings};
use super::{Bench, many};

fn codes(warnings: &[(String, String)]) -> Vec<&str> {
    warnings.iter().map(|(code, _)| code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_whose_keys_can_meet_are_named_in_plans() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("TOKEN", "v").await;
        let first = bench.sync(|input| "first".clone_into(&mut input.name)).await;
        assert!(bench.warnings(first).await.is_empty());

        let mut second = bench.input("second");
        second.sync_options.key_schema = Some("SHOP_{{secretKey}}".to_owned());
        let plan = plans::create_unsaved(&bench.world.app, bench.admin(), second.clone()).await.unwrap();
        let told = warnings(&plan);
        assert_eq!(codes(&told), ["overlapping_sync"], "{told:?}");
        assert!(told[0].1.contains("\"first\""), "{told:?}");

        // Schemas that cannot make one key do not meet, nor do an account and its group.
        let third = bench.sync(|input| input.sync_options.key_schema = Some("A_{{secretKey}}".to_owned())).await;
        let mut other = second.clone();
        other.sync_options.key_schema = Some("B_{{secretKey}}".to_owned());
        let plan = plans::create_unsaved(&bench.world.app, bench.admin(), other).await.unwrap();
        assert_eq!(warnings(&plan).iter().filter(|(_, text)| !text.contains("\"first\"")).count(), 0);
        bench.add_group(Vec::new());
        second.destination_config.group_id = Some(GROUP.to_string());
        let plan = plans::create_unsaved(&bench.world.app, bench.admin(), second).await.unwrap();
        assert!(!codes(&warnings(&plan)).contains(&"overlapping_sync"));
        assert_eq!(codes(&bench.warnings(third).await), ["overlapping_sync"]);

        // What another project has is told by the project's id, as the duplicate check does.
        let project_id = bench.world.project("other").await.unwrap();
        let mut foreign = bench.input("foreign");
        foreign.project_id = project_id.to_string();
        let plan = plans::create_unsaved(&bench.world.app, bench.admin(), foreign).await.unwrap();
        let told = warnings(&plan);
        assert!(told.iter().all(|(_, text)| text.contains(&bench.project_id.to_string())), "{told:?}");
        assert!(told.iter().all(|(_, text)| !text.contains("first")), "{told:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_two_syncs_outlives_either() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let dev = bench.root("dev");
        bench.put("SHARED", "of-prod").await;
        bench.put("ONLY_PROD", "v").await;
        let first = bench.sync(|input| "first".clone_into(&mut input.name)).await;
        bench.succeeded(first).await;
        bench.put_at(&dev, "SHARED", "of-dev").await;
        let mirror = Some(UnmanagedSecrets::Delete);
        let second = bench.sync_of(&dev, |input| input.sync_options.unmanaged_secrets = mirror).await;
        bench.succeeded(second).await;
        assert_eq!(bench.value("SHARED").as_deref(), Some("of-dev"), "the last to run wins");
        assert_eq!(bench.keys(), ["ONLY_PROD", "SHARED"]);
        bench.calls();

        // The second gives it up: it stays, and the first writes its own value again.
        let deletion = Deletion { key: "SHARED".to_owned(), ..Deletion::default() };
        secrets::delete_many(&bench.world.app, bench.admin(), &dev, &[deletion]).await.unwrap();
        bench.succeeded(second).await;
        bench.succeeded(first).await;
        assert_eq!(bench.value("SHARED").as_deref(), Some("of-prod"));
        assert_eq!(bench.writes(), ["PUT SHARED"], "nothing was deleted");
        for id in [first, second] {
            bench.trigger(id).await;
            bench.succeeded(id).await;
        }
        assert_eq!(bench.writes(), Vec::<String>::new(), "both are at rest");

        // Once it is the first one's alone, it goes with its secret.
        bench.remove(&["SHARED"]).await;
        bench.succeeded(first).await;
        assert_eq!(bench.keys(), ["ONLY_PROD"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_wins_what_both_have_and_says_so() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let dev = bench.root("dev");
        bench.put("SHARED", "of-prod").await;
        let first = bench.sync(|input| "first".clone_into(&mut input.name)).await;
        bench.put_at(&dev, "SHARED", "of-dev").await;
        let second = bench.sync_of(&dev, |_| {}).await;
        for (id, value) in [(first, "of-prod"), (second, "of-dev"), (first, "of-prod")] {
            let told = bench.warnings(id).await;
            assert_eq!(codes(&told), ["overlapping_sync", "written_by_another_sync"], "{told:?}");
            bench.calls();
            bench.trigger(id).await;
            bench.succeeded(id).await;
            assert_eq!(bench.value("SHARED").as_deref(), Some(value));
            assert_eq!(bench.writes(), ["PUT SHARED"]);
            bench.trigger(id).await;
            bench.succeeded(id).await;
            assert_eq!(bench.writes(), Vec::<String>::new(), "until the other runs there is nothing to do");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_sync_leaves_what_another_has() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let dev = bench.root("dev");
        bench.put("SHARED", "of-prod").await;
        let first = bench.sync(|_| {}).await;
        bench.put_at(&dev, "SHARED", "of-dev").await;
        bench.put_at(&dev, "ONLY_DEV", "v").await;
        let second = bench.sync_of(&dev, |_| {}).await;
        bench.succeeded(second).await;
        syncs::delete(&bench.world.app, bench.admin(), "checkly", second, true).await.unwrap();
        eventually("the sync is gone", || async { bench.row(second).await.is_none().then_some(()) }).await;
        bench.succeeded(first).await;
        assert_eq!(bench.keys(), ["SHARED"]);
        assert_eq!(bench.value("SHARED").as_deref(), Some("of-prod"));
    })
    .await;
}

/// A group is written as a whole, and shows no secret: each run sends back what the other last wrote.
#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_share_a_group_without_blanking_each_other() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.add_group(vec![variable("THEIRS", "x", false)]);
        let dev = bench.root("dev");
        bench.put_all(&many(1)).await;
        bench.put_at(&dev, "K", "dev-1").await;
        let to_group = |schema: &str| {
            let schema = schema.to_owned();
            move |input: &mut syncs::CreateSync| {
                input.destination_config.group_id = Some(GROUP.to_string());
                input.sync_options.key_schema = Some(schema);
                input.sync_options.unmanaged_secrets = Some(UnmanagedSecrets::Keep);
            }
        };
        let first = bench.sync_of(&bench.root("prod"), to_group("PROD_{{secretKey}}")).await;
        bench.succeeded(first).await;
        let second = bench.sync_of(&dev, to_group("DEV_{{secretKey}}")).await;
        bench.succeeded(second).await;
        bench.put("KEY_000", "prod-2").await;
        bench.succeeded(first).await;
        let theirs = || three("THEIRS", "x", false);
        assert_eq!(bench.group_variables(), [three("DEV_K", "dev-1", true), three("PROD_KEY_000", "prod-2", true), theirs()]);

        syncs::delete(&bench.world.app, bench.admin(), "checkly", first, true).await.unwrap();
        eventually("the sync is gone", || async { bench.row(first).await.is_none().then_some(()) }).await;
        assert_eq!(bench.group_variables(), [three("DEV_K", "dev-1", true), theirs()]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_point_out_what_hides_variables_and_old_runtimes() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let state = bench.world.sim.state();
        let account =
            Account { id: bench.account().to_owned(), name: "Acme EU".to_owned(), runtime_id: Some("2023.09".to_owned()) };
        state.add_account(account);
        bench.put_all(&many(2)).await;
        bench.put("CI", "reserved").await;
        let account_sync = bench.sync(|_| {}).await;
        bench.succeeded(account_sync).await;
        let owner = serde_json::json!({"logicalId": "shop-monitors"});
        let group = Group {
            id: GROUP,
            name: "Checkout".to_owned(),
            variables: vec![variable("KEY_001", "theirs", false)],
            project_owner: Some(owner),
            ..Group::default()
        };
        assert!(state.add_group(bench.account(), group));
        bench.calls();

        let told = bench.warnings(account_sync).await;
        assert_eq!(codes(&told), ["reserved_key", "old_runtime", "shadowed_by_group"], "{told:?}");
        assert!(told[2].1.contains("Checkout") && told[2].1.contains("KEY_001") && !told[2].1.contains("KEY_000"), "{told:?}");
        assert_eq!(bench.calls().len(), 3, "the variables, the accounts, the groups");

        let mut to_group = bench.input("to-group");
        to_group.destination_config.group_id = Some(GROUP.to_string());
        let plan = plans::create_unsaved(&bench.world.app, bench.admin(), to_group).await.unwrap();
        let told = warnings(&plan);
        for code in ["managed_by_code", "reserved_key", "shadows_account"] {
            assert!(codes(&told).contains(&code), "{code}: {told:?}");
        }
        let shadows = &told.iter().find(|(code, _)| code == "shadows_account").unwrap().1;
        assert!(shadows.contains("CI, KEY_000, KEY_001"), "{shadows}");
        assert!(bench.calls().len() <= 4);

        // Runs do not look around, and a plan does without where it cannot.
        bench.trigger(account_sync).await;
        bench.succeeded(account_sync).await;
        assert_eq!(bench.calls().len(), 1);
        state.push_fault(Fault::new(status(403)).on_path("/v1/accounts"));
        let told = bench.warnings(account_sync).await;
        assert_eq!(codes(&told), ["reserved_key", "surroundings_unknown"], "{told:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_name_overlaps_as_far_as_the_caller_may_see() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let app = &bench.world.app;
        let first = bench.sync(|input| "first".clone_into(&mut input.name)).await;
        let second = bench.sync(|input| "second".clone_into(&mut input.name)).await;
        let view = syncs::get(app, bench.admin(), "checkly", second).await.unwrap();
        let told = syncs::overlaps(app, bench.admin(), &view).await.unwrap();
        let named = |id: Uuid, name: &str| syncs::Overlap { project_id: bench.project_id, sync: Some((id, name.to_owned())) };
        assert_eq!(told, [named(first, "first")]);

        let other = bench.world.project("other").await.unwrap();
        let caller = bench.world.user(bench.world.org_id, "other@example.com", "member").await.unwrap();
        bench.world.grant(other, &caller, "admin").await.unwrap();
        let mut input = bench.input("third");
        input.project_id = other.to_string();
        let view = syncs::create(app, &caller, input).await.unwrap();
        let told = syncs::overlaps(app, &caller, &view).await.unwrap();
        let hidden = syncs::Overlap { project_id: bench.project_id, sync: None };
        assert_eq!(told, [hidden.clone(), hidden]);
        let told = syncs::overlaps(app, bench.admin(), &view).await.unwrap();
        assert_eq!(told, [named(first, "first"), named(second, "second")]);
    })
    .await;
}

/// Numbers from a seed, so that a failure can be played again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Whatever two syncs of one place live through: at rest it holds what either source has, with the value of one of them, and
/// what somebody else put there.
#[tokio::test(flavor = "multi_thread")]
async fn any_history_of_two_syncs_ends_with_both_sources() {
    for (seed, in_group) in [(1, false), (2, false), (3, true), (4, true)] {
        on_each_backend(|world| async move {
            let bench = Bench::new(world).await;
            let (app, admin) = (&bench.world.app, bench.admin());
            bench.add_group(vec![variable("THEIRS", "x", false)]);
            bench.set_there("THEIRS", "x", false);
            let places = [bench.root("prod"), bench.root("dev")];
            let mut ids = Vec::new();
            for place in &places {
                let id = bench
                    .sync_of(place, |input| {
                        input.sync_options.unmanaged_secrets = Some(UnmanagedSecrets::Keep);
                        input.sync_options.deletion_breaker = Some(None);
                        input.destination_config.group_id = in_group.then(|| GROUP.to_string());
                    })
                    .await;
                ids.push(id);
            }
            let mut sources = [BTreeMap::new(), BTreeMap::new()];
            let mut dice = Dice(seed);
            for step in 0..30 {
                let side = usize::try_from(dice.roll(2)).unwrap();
                let key = format!("K{}", dice.roll(4));
                if dice.roll(3) == 0 {
                    if sources[side].remove(&key).is_some() {
                        let gone = Deletion { key, ..Deletion::default() };
                        secrets::delete_many(app, admin, &places[side], &[gone]).await.unwrap();
                    }
                } else {
                    let value = format!("{side}-{step}");
                    sources[side].insert(key.clone(), value.clone());
                    let change = Change { key, value: Some(value.into()), ..Change::default() };
                    secrets::update_many(app, admin, &places[side], &[change], BatchMode::Upsert).await.unwrap();
                }
                // Sometimes changes meet a run, sometimes they do not.
                if dice.roll(2) == 0 {
                    for id in &ids {
                        bench.settled(*id).await;
                    }
                }
            }
            for id in ids.iter().chain(&ids) {
                bench.settled(*id).await;
                bench.succeeded(*id).await;
            }
            let there: BTreeMap<String, String> = if in_group {
                bench.group_variables().into_iter().map(|(key, value, _)| (key, value)).collect()
            } else {
                bench.keys().into_iter().map(|key| (key.clone(), bench.value(&key).unwrap())).collect()
            };
            let mut expected: Vec<&String> = sources.iter().flat_map(BTreeMap::keys).collect();
            let theirs = "THEIRS".to_owned();
            expected.push(&theirs);
            expected.sort();
            expected.dedup();
            assert_eq!(there.keys().collect::<Vec<_>>(), expected, "seed {seed}, in a group: {in_group}");
            for (key, value) in &there {
                let owned = sources.iter().any(|source| source.get(key) == Some(value));
                assert!(owned || *key == theirs, "seed {seed}: {key} holds {value}, which neither source has");
            }
        })
        .await;
    }
}

//! Many syncs under one API key: the budget holds, is shared evenly, and neither the small nor other keys wait for the big.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyferry_checkly_sim::{Account, Role};
use keyferry_domain::app_connections::{self, CreateConnection};
use keyferry_domain::rate_budget::SharedBudget;
use keyferry_domain::secret_syncs as syncs;
use keyferry_test_support::{World, WorldBuilder, backends, eventually};
use secrecy::SecretString;
use uuid::Uuid;

use super::{Bench, many};

/// Calls that a key is granted in a window.
const BUDGET: usize = 580;
/// Secrets of a big and of a small sync.
const BIG: usize = 60;
const SMALL: usize = 4;

fn account(n: usize) -> String {
    Uuid::from_u128(0x9c2f_6b7e_4c1d_4d55_8a1c_0000_0000_0000 + u128::try_from(n).unwrap()).to_string()
}

/// A bench with the budget of a real server and so many accounts, whose worker has not begun.
async fn crowd(mut world: World, accounts: usize) -> Bench {
    let app = Arc::get_mut(&mut world.app).unwrap();
    app.budget = Arc::new(SharedBudget::new(app.db.clone(), Arc::clone(&app.clock), Arc::clone(&app.ids)));
    let ids: Vec<String> = (0..accounts).map(account).collect();
    for id in &ids {
        world.sim.state().add_account(Account { id: id.clone(), name: "Shop".to_owned(), runtime_id: None });
    }
    world.sim.state().add_key(&world.api_key, Role::ReadWrite, &ids);
    let mut bench = Bench::new(world).await;
    bench.stop().await;
    bench.put_all(&many(BIG)).await;
    let staging = keyferry_domain::secrets::Location { environment: "staging".to_owned(), ..bench.at.clone() };
    for (key, value) in many(SMALL) {
        bench.put_at(&staging, &key, &value).await;
    }
    bench
}

async fn sync(bench: &Bench, n: usize, connection: Option<Uuid>, environment: &str) -> Uuid {
    let mut input = bench.input(&format!("sync-{n}"));
    environment.clone_into(&mut input.environment);
    input.destination_config.account_id = account(n);
    input.connection_id = connection.unwrap_or(input.connection_id);
    syncs::create(&bench.world.app, bench.admin(), input).await.unwrap().sync.id
}

/// The calls so far by account.
fn calls(bench: &Bench, key: &str) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for call in bench.world.sim.state().log().into_iter().filter(|call| call.key_label.as_deref() == Some(key)) {
        *calls.entry(call.account.unwrap_or_default()).or_default() += 1;
    }
    calls
}

async fn succeeded(bench: &Bench, ids: &[Uuid]) -> bool {
    for id in ids {
        if bench.row(*id).await.unwrap().sync_status.as_deref() != Some("succeeded") {
            return false;
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn j06_one_key_is_shared_evenly_and_another_does_not_wait() {
    for backend in backends() {
        let bench = &mut crowd(WorldBuilder::default().backend(backend).build().await.unwrap(), 20).await;
        // Three more accounts under a key of their own.
        let ids: Vec<String> = (20..23).map(account).collect();
        for id in &ids {
            bench.world.sim.state().add_account(Account { id: id.clone(), name: "Shop".to_owned(), runtime_id: None });
        }
        let other = "cu_fedcba9876543210fedcba9876543210";
        bench.world.sim.state().add_key(other, Role::ReadWrite, &ids);
        let input = CreateConnection {
            app: "checkly".to_owned(),
            name: "checkly-us".to_owned(),
            method: "api-key".to_owned(),
            description: None,
            project_id: None,
            api_key: SecretString::from(other.to_owned()),
        };
        let connection = app_connections::create(&bench.world.app, bench.admin(), input).await.unwrap().id;
        let (mut big, mut small, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..20 {
            if n < 10 {
                big.push(sync(bench, n, None, "prod").await);
            } else {
                small.push(sync(bench, n, None, "staging").await);
            }
        }
        for n in 20..23 {
            others.push(sync(bench, n, Some(connection), "prod").await);
        }
        // What creating them cost is over.
        bench.advance(61_000);
        bench.world.sim.state().clear_log();
        bench.start_wide();

        eventually("the others and the small ones are done", || async {
            (succeeded(bench, &others).await && succeeded(bench, &small).await).then_some(())
        })
        .await;
        let label = |key: &str| {
            let log = bench.world.sim.state().log();
            let id = if key == other { account(20) } else { account(0) };
            log.into_iter().find(|call| call.account.as_deref() == Some(&id)).and_then(|call| call.key_label).unwrap()
        };
        let first = label(&bench.world.api_key);
        let shares = eventually("the budget of the first key is spent", || async {
            let shares = calls(bench, &first);
            // Up to a block of calls may be lost when the machine is slow; none is granted beyond.
            (shares.values().sum::<usize>() > BUDGET - 60).then_some(shares)
        })
        .await;
        let of_big: Vec<usize> = (0..10).map(|n| shares.get(&account(n)).copied().unwrap_or_default()).collect();
        let (least, most) = (of_big.iter().min().unwrap(), of_big.iter().max().unwrap());
        assert!(least * 3 >= *most, "{backend:?}: shares {of_big:?}");
        assert!(calls(bench, &first).values().sum::<usize>() <= BUDGET, "{backend:?}: {shares:?}");
        assert_eq!(calls(bench, &label(other)).values().sum::<usize>(), 3 * (BIG + 1), "{backend:?}");

        // What a slow machine lost of its blocks takes another window.
        let (mut windows, mut quiet, mut before) = (1, 0, 0);
        loop {
            if quiet % 400 == 0 {
                bench.advance(61_000);
                windows += 1;
            }
            if succeeded(bench, &big).await {
                break;
            }
            let total = calls(bench, &first).values().sum::<usize>();
            quiet = if total == before { quiet + 1 } else { 1 };
            before = total;
            assert!(windows < 40, "{backend:?}: {total} calls in {windows} windows, and not done");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let total = calls(bench, &first).values().sum::<usize>();
        assert!(total <= windows * BUDGET, "{total} calls in {windows} windows");
        for n in 0..10 {
            assert_eq!(bench.world.sim.state().variables(account(n)).len(), BIG);
        }
    }
}

/// `KEYFERRY_TEST_SYNCS` says how many (a long run takes 1,000); unless set, more than run at once under one connection.
#[tokio::test(flavor = "multi_thread")]
async fn j06_a_crowd_of_syncs_on_one_key_all_get_through() {
    let count = std::env::var("KEYFERRY_TEST_SYNCS").map_or(110, |text| text.parse().unwrap());
    let bench = &mut crowd(WorldBuilder::default().build().await.unwrap(), count).await;
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(sync(bench, n, None, if n == 0 { "prod" } else { "staging" }).await);
    }
    bench.world.sim.state().clear_log();
    bench.start_wide();
    let conn = bench.world.app.db.read();
    let (mut left, mut seen) = (i64::MAX, Instant::now());
    while left > 0 {
        let before = left;
        left = eventually("fewer are left", || {
            // Twice as fast as real time: leases are renewed by real time, and must not run out.
            let passed_ms = i64::try_from(seen.elapsed().as_millis()).unwrap();
            seen = Instant::now();
            bench.advance(2 * passed_ms);
            async {
                let jobs = keyferry_db::jobs::stats(conn).await.unwrap();
                let now = jobs.waiting + jobs.running;
                (now < before).then_some(now)
            }
        })
        .await;
    }
    assert!(succeeded(bench, &ids).await);
    for n in 0..count {
        let held = bench.world.sim.state().variables(account(n)).len();
        assert_eq!(held, if n == 0 { BIG } else { SMALL }, "sync {n}");
    }
}

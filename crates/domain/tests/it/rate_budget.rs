//! The rate budget of an API key, shared by processes.

use std::sync::Arc;
use std::time::Duration;

use keyferry_connectors::{Priority, RateBudget as _};
use keyferry_domain::rate_budget::SharedBudget;
use keyferry_test_support::{World, on_each_backend};

const KEY: [u8; 32] = [7; 32];

fn budget(world: &World) -> Arc<SharedBudget> {
    Arc::new(SharedBudget::new(world.app.db.clone(), Arc::clone(&world.app.clock), Arc::clone(&world.app.ids)))
}

/// How many of `tries` calls are let through while the clock stands still.
async fn granted(budgets: &[Arc<SharedBudget>], tries: usize) -> usize {
    let calls = (0..tries).map(|i| {
        let budget = Arc::clone(&budgets[i % budgets.len()]);
        tokio::spawn(async move {
            let call = budget.acquire(&KEY, Priority::Change);
            tokio::time::timeout(Duration::from_secs(3), call).await.is_ok()
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut count = 0;
    for call in calls {
        count += usize::from(matches!(call.await, Ok(true)));
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_stay_below_the_limit_together() {
    on_each_backend(|world| async move {
        let budgets = [budget(&world), budget(&world)];
        let through = granted(&budgets, 640).await;
        assert!(through <= 580, "{through} calls in one window");
        assert!(through >= 540, "only {through} calls: blocks are wasted");
        world.clock.advance_ms(61_000);
        assert_eq!(granted(&budgets, 20).await, 20, "the next window is free again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_everybody_and_ends_with_one_call_alone() {
    on_each_backend(|world| async move {
        let budgets = [budget(&world), budget(&world)];
        budgets[0].retry_after(&KEY, Duration::from_secs(30)).await;
        assert_eq!(granted(&budgets, 4).await, 0, "during the pause");
        world.clock.advance_ms(30_001);
        assert_eq!(granted(&budgets, 6).await, 1, "one call finds out whether it is over");
        for budget in &budgets {
            budget.settled(&KEY).await;
        }
        assert_eq!(granted(&budgets, 6).await, 6, "after it ended well");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_clock_set_back_ends_the_waits_from_before() {
    const DAY_MS: i64 = 24 * 60 * 60_000;
    on_each_backend(|world| async move {
        let budget = budget(&world);
        let call = async || tokio::time::timeout(Duration::from_secs(30), budget.acquire(&KEY, Priority::Change)).await;

        budget.retry_after(&KEY, Duration::from_secs(600)).await;
        world.clock.advance_ms(-DAY_MS);
        assert!(call().await.is_ok(), "how much of Checkly's wait is over is not known: one call finds out");
        budget.settled(&KEY).await;

        while granted(&[Arc::clone(&budget)], 100).await == 100 {}
        world.clock.advance_ms(-DAY_MS);
        assert!(call().await.is_ok(), "calls of the future fill no window");
    })
    .await;
}

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use super::*;

const KEY: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn bursts_are_free_and_no_window_of_60_s_holds_600() {
    let budget = InProcessBudget::default();
    let mut times = Vec::new();
    for _ in 0..1500 {
        budget.acquire(&KEY, Priority::Change).await;
        times.push(Instant::now());
    }
    assert_eq!(times[0], times[579], "a burst waits for nothing");
    for (at, first) in times.iter().enumerate() {
        let inside = times[at..].iter().take_while(|time| **time < *first + seconds(60)).count();
        assert!(inside < 600, "{inside} calls in 60 s");
    }
    assert!(times[1499] - times[0] <= seconds(132), "1,500 calls keep to the limit's own pace");
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_wait_for_each_other() {
    let budget = InProcessBudget::new(1, seconds(60));
    assert_eq!(budget.acquire(&KEY, Priority::Change).await, Duration::ZERO);
    budget.retry_after(&KEY, seconds(600)).await;
    assert_eq!(budget.acquire(&OTHER, Priority::Preview).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_more_urgent_go_first_and_the_earlier_before_the_later() {
    let budget = Arc::new(InProcessBudget::new(1, seconds(1)));
    budget.acquire(&KEY, Priority::Manual).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (name, priority) in [
        ("preview", Priority::Preview),
        ("drift", Priority::Drift),
        ("change 1", Priority::Change),
        ("change 2", Priority::Change),
        ("manual", Priority::Manual),
    ] {
        let (budget, order) = (Arc::clone(&budget), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            budget.acquire(&KEY, priority).await;
            order.lock().unwrap().push(name);
        }));
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), ["manual", "change 1", "change 2", "drift", "preview"]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_caller_gives_its_place_up() {
    let budget = Arc::new(InProcessBudget::new(1, seconds(10)));
    budget.acquire(&KEY, Priority::Manual).await;
    let waiting = {
        let budget = Arc::clone(&budget);
        tokio::spawn(async move { budget.acquire(&KEY, Priority::Manual).await })
    };
    tokio::task::yield_now().await;
    let behind = {
        let budget = Arc::clone(&budget);
        tokio::spawn(async move { budget.acquire(&KEY, Priority::Preview).await })
    };
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(timeout(seconds(11), behind).await.unwrap().unwrap(), seconds(10));
}

#[tokio::test(start_paused = true)]
async fn everyone_waits_when_told_to_and_one_goes_ahead_to_see() {
    let budget = Arc::new(InProcessBudget::default());
    budget.acquire(&KEY, Priority::Change).await;
    budget.retry_after(&KEY, seconds(30)).await;
    budget.retry_after(&KEY, seconds(5)).await;
    let gone = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..20 {
        let (budget, gone) = (Arc::clone(&budget), Arc::clone(&gone));
        tokio::spawn(async move {
            let waited = budget.acquire(&KEY, Priority::Change).await;
            gone.lock().unwrap().push(waited);
        });
    }
    let count = || gone.lock().unwrap().len();
    advance(seconds(29)).await;
    settle().await;
    assert_eq!(count(), 0);
    advance(seconds(1)).await;
    settle().await;
    assert_eq!(count(), 1, "one probe");
    budget.retry_after(&KEY, seconds(30)).await;
    advance(seconds(30)).await;
    settle().await;
    assert_eq!(count(), 2, "one probe a wait");
    budget.settled(&KEY).await;
    settle().await;
    assert_eq!(count(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_never_ends_does_not_hold_the_others_for_ever() {
    let budget = InProcessBudget::default();
    budget.retry_after(&KEY, seconds(1)).await;
    assert_eq!(budget.acquire(&KEY, Priority::Change).await, seconds(1));
    assert_eq!(budget.acquire(&KEY, Priority::Change).await, seconds(15));
}

/// Lets every woken task run.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

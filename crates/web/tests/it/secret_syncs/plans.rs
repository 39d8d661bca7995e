use http::StatusCode;
use keyferry_checkly_sim::{ErrorBody, Fault, FaultEffect};

use super::Stage;

fn many() -> Vec<String> {
    (0..12).map(|n| format!("KEY_{n:02}")).collect()
}

#[tokio::test]
async fn many_deletions_wait_for_ticks_and_a_typed_name() {
    let mut stage = Stage::new().await;
    let keys = many();
    let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "1")).collect();
    stage.put(&pairs).await;
    let id = stage.sync(|_| {}).await;
    let gone: Vec<&str> = keys.iter().skip(1).map(String::as_str).collect();
    stage.take_away(&gone).await;
    assert_eq!(stage.settled(id).await.pending_count, 11);
    assert_eq!(stage.keys().len(), 12, "nothing was deleted");
    stage.list().await.says(StatusCode::OK, &["Waiting for approval", "11 deletions wait"]);
    let page = stage.browser.get(&stage.page(id)).await;
    page.says(StatusCode::OK, &["11 deletions wait", "Look at the plan"]);

    let plan = stage.browser.get(&format!("{}/plan", stage.page(id))).await;
    let address = plan.location().to_owned();
    let plan = stage.browser.get(&address).await;
    plan.says(StatusCode::OK, &["Remove (11)", "11 deletions wait", "Approve all: delete 11 variables", "Gone from the source."]);
    let digest = plan.hidden("digest");
    let refused = stage.browser.submit(&plan, &address, &[("digest", &digest), ("approve_all", "true")]).await;
    refused.says(StatusCode::UNPROCESSABLE_ENTITY, &["Type checkly-prod to confirm", "aria-invalid"]);
    assert_eq!(stage.keys().len(), 12);

    let one = [("digest", digest.as_str()), ("approve", "KEY_01"), ("confirm", "checkly-prod")];
    stage.browser.submit(&plan, &address, &one).await.location();
    assert_eq!(stage.settled(id).await.pending_count, 10, "what was not ticked goes on waiting");
    assert_eq!(stage.keys().len(), 11);

    // The old plan no longer holds: its form leads to the plan of now.
    let all = [("digest", digest.as_str()), ("approve_all", "true"), ("confirm", "checkly-prod")];
    let late = stage.browser.submit(&plan, &address, &all).await;
    let fresh_address = late.location().to_owned();
    let fresh = stage.browser.follow(&late).await;
    fresh.says(StatusCode::OK, &["Something changed since that plan was made", "Remove (10)"]);
    let digest = fresh.hidden("digest");
    let fields = [("digest", digest.as_str()), ("approve_all", "true"), ("confirm", "checkly-prod")];
    let path = fresh_address.split('?').next().unwrap();
    let done = stage.browser.submit(&fresh, path, &fields).await;
    stage.browser.follow(&done).await.says(StatusCode::OK, &["Successfully triggered Checkly Sync"]);
    assert_eq!(stage.settled(id).await.pending_count, 0);
    assert_eq!(stage.keys(), ["KEY_00"]);
}

#[tokio::test]
async fn a_plan_without_work_says_so_and_one_without_checkly_says_why() {
    let mut stage = Stage::new().await;
    stage.put(&[("A", "1")]).await;
    let id = stage.sync(|_| {}).await;
    let plan = stage.browser.get(&format!("{}/plan", stage.page(id))).await;
    stage.browser.follow(&plan).await.says(StatusCode::OK, &["Nothing to do.", "Unchanged (1)", "By our record"]);
    stage.world.sim.state().set_faults(vec![Fault::new(FaultEffect::Status {
        status: 503,
        body: ErrorBody::default(),
        apply: false,
    })]);
    let none = stage.browser.get(&format!("{}/plan", stage.page(id))).await;
    none.says(StatusCode::BAD_GATEWAY, &["No plan could be made", "Try again", "Nothing was written."]);
}

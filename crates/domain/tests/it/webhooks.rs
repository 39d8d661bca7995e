//! Webhooks: which turns are told, to whom, signed, and again until they are taken.

use keyferry_checkly_sim::{Fault, FaultEffect};
use keyferry_db::audit_logs::Filter;
use keyferry_domain::Error;
use keyferry_domain::webhooks::{self, CreateWebhook, Event, Kind, UpdateWebhook, Webhook};
use keyferry_test_support::{Received, Receiver, World, canary, eventually, on_each_backend};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::secret_syncs::{Bench, many};

const KEY: &str = "a key of the receiver's";

async fn hook(bench: &Bench, receiver: &Receiver, change: impl FnOnce(&mut CreateWebhook)) -> Webhook {
    let mut input = CreateWebhook {
        project_id: bench.project_id,
        environment: "prod".to_owned(),
        secret_path: "/**".to_owned(),
        kind: Kind::General,
        url: SecretString::from(receiver.url()),
        secret_key: Some(SecretString::from(KEY)),
        events: vec![Event::SyncFailed, Event::SyncRecovered, Event::SyncApprovalPending],
    };
    change(&mut input);
    webhooks::create(&bench.world.app, bench.admin(), input).await.unwrap()
}

/// Waits until no webhook is left to be called now, and gives the events received.
async fn told(bench: &Bench, receiver: &Receiver) -> Vec<String> {
    let db = bench.world.app.db.clone();
    eventually("the webhooks are called", || async {
        let now_ms = bench.world.app.now_ms();
        let jobs = keyferry_db::jobs::is_due(db.read(), &["webhook-delivery"], now_ms).await.unwrap();
        let running = keyferry_db::jobs::stats(db.read()).await.unwrap().running;
        (!jobs && running == 0).then_some(())
    })
    .await;
    receiver.received().iter().map(event).collect()
}

fn event(call: &Received) -> String {
    call.json()["event"].as_str().unwrap_or_default().to_owned()
}

fn break_key(bench: &Bench) {
    bench.world.sim.state().push_fault(Fault::new(FaultEffect::RefuseValue).on_key("BAD"));
}

fn mend(bench: &Bench) {
    bench.world.sim.state().set_faults(Vec::new());
}

/// The row as it is now.
async fn row(world: &World, hook: &Webhook) -> Webhook {
    webhooks::get(&world.app, &world.admin, hook.row.id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_turns_are_told_and_each_is_signed() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        let hook = hook(&bench, &receiver, |_| {}).await;
        let value = canary("value");
        bench.put("BAD", &value).await;
        break_key(&bench);
        let id = bench.sync(|_| {}).await;
        bench.failed(id).await;
        assert_eq!(told(&bench, &receiver).await, ["secret-syncs.failed"], "a first run that fails is a turn");
        for _ in 0..2 {
            bench.trigger(id).await;
            bench.failed(id).await;
        }
        assert_eq!(told(&bench, &receiver).await.len(), 1, "it failed before");
        mend(&bench);
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(told(&bench, &receiver).await, ["secret-syncs.failed", "secret-syncs.recovered"]);
        bench.trigger(id).await;
        bench.put("BAD", &canary("value")).await;
        bench.succeeded(id).await;
        assert_eq!(told(&bench, &receiver).await.len(), 2, "it worked before");
        break_key(&bench);
        bench.put("BAD", &canary("value")).await;
        bench.failed(id).await;
        assert_eq!(told(&bench, &receiver).await.len(), 3, "the next turn is told again");

        let calls = receiver.received();
        for call in &calls {
            let body = call.json();
            assert_eq!((call.target.as_str(), call.headers["content-type"].as_str()), ("POST /hook", "application/json"));
            assert!(call.is_signed_with(KEY) && !call.is_signed_with("another"), "{:?}", call.headers);
            let text = String::from_utf8(call.body.clone()).unwrap();
            assert!(!text.contains("canary") && !text.contains(KEY) && !text.contains(&bench.world.api_key), "{text}");
            assert_eq!(body["project"]["secretPath"], "/");
            assert_eq!(body["project"]["environmentName"], "Production");
        }
        let first = calls[0].json();
        assert_eq!(first["secretSync"]["id"], json!(id));
        assert!(first["secretSync"]["message"].as_str().unwrap().contains("BAD"), "{first}");
        assert_eq!(calls[1].json()["secretSync"]["status"], "succeeded");
        let ids: std::collections::BTreeSet<_> = calls.iter().map(|call| call.headers["x-keyferry-delivery"].clone()).collect();
        assert_eq!(ids.len(), 3, "every delivery has its id");
        assert_eq!(row(&bench.world, &hook).await.row.last_status.as_deref(), Some("success"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_that_begin_to_wait_are_told_once() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        hook(&bench, &receiver, |_| {}).await;
        bench.put_all(&many(1)).await;
        bench.set_there("OLD", "x", true);
        let id = bench.sync(|_| {}).await;
        let sync = bench.succeeded(id).await;
        assert_eq!(told(&bench, &receiver).await, ["secret-syncs.approval-pending"]);
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(told(&bench, &receiver).await.len(), 1, "they wait already");
        let body = receiver.received()[0].json();
        assert_eq!(body["secretSync"]["pendingApproval"], json!({ "count": 1, "planId": sync.pending_plan_id }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_is_called_again_until_it_takes_the_call() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        let hook = hook(&bench, &receiver, |_| {}).await;
        receiver.answer_next([500, 307, 404]);
        bench.put("BAD", "x").await;
        break_key(&bench);
        let id = bench.sync(|_| {}).await;
        bench.failed(id).await;
        for (calls, message) in [
            (1, Some("The receiver answered 500.")),
            (2, Some("The receiver answered 307. Redirects are not followed.")),
            (3, Some("The receiver answered 404.")),
            (4, None),
        ] {
            assert_eq!(told(&bench, &receiver).await.len(), calls);
            let row = row(&bench.world, &hook).await.row;
            assert_eq!(row.last_run_error_message.as_deref(), message);
            assert_eq!(row.last_status.as_deref(), Some(if message.is_some() { "failed" } else { "success" }));
            bench.advance(60 * 60_000);
        }
        assert_eq!(told(&bench, &receiver).await.len(), 4, "what is taken is not told again");
        let calls = receiver.received();
        let ids: std::collections::BTreeSet<_> = calls.iter().map(|call| call.headers["x-keyferry-delivery"].clone()).collect();
        assert_eq!(ids.len(), 1, "it is one delivery");
        assert!(calls[0].json()["timestamp"].as_i64() < calls[3].json()["timestamp"].as_i64());
        assert_eq!(calls[0].json()["occurredAt"], calls[3].json()["occurredAt"]);

        let (conn, filter) = (bench.world.app.db.read(), Filter::default());
        let rows = keyferry_db::audit_logs::list(conn, bench.world.org_id, &filter, None, 0, 500).await.unwrap();
        let triggered: Vec<_> = rows.iter().filter(|row| row.event_type == "webhook-triggered").collect();
        assert_eq!(triggered.len(), 1, "one row a delivery");
        let metadata: Value = serde_json::from_str(&triggered[0].event_metadata).unwrap();
        assert_eq!((&metadata["event"], &metadata["status"]), (&json!("secret-syncs.failed"), &json!("success")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_never_takes_a_call_is_given_up() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        hook(&bench, &receiver, |_| {}).await;
        receiver.answer_next([503; 20]);
        bench.put("BAD", "x").await;
        break_key(&bench);
        let id = bench.sync(|_| {}).await;
        bench.failed(id).await;
        for _ in 0..12 {
            told(&bench, &receiver).await;
            bench.advance(2 * 60 * 60_000);
        }
        assert_eq!(told(&bench, &receiver).await.len(), 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_meant_is_not_told() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        hook(&bench, &receiver, |input| input.environment = "dev".to_owned()).await;
        hook(&bench, &receiver, |input| input.secret_path = "/app/**".to_owned()).await;
        hook(&bench, &receiver, |input| input.events = vec![Event::SyncRecovered]).await;
        let off = hook(&bench, &receiver, |_| {}).await;
        let update = UpdateWebhook { is_disabled: Some(true), events: None };
        webhooks::update(&bench.world.app, bench.admin(), off.row.id, update).await.unwrap();
        let other_project = bench.world.project("other").await.unwrap();
        hook(&bench, &receiver, |input| input.project_id = other_project).await;
        bench.put("BAD", "x").await;
        break_key(&bench);
        let id = bench.sync(|_| {}).await;
        bench.failed(id).await;
        assert_eq!(told(&bench, &receiver).await, Vec::<String>::new());

        let all = hook(&bench, &receiver, |input| {
            (input.secret_path, input.events, input.kind) = ("/".to_owned(), Vec::new(), Kind::Slack);
        })
        .await;
        mend(&bench);
        bench.trigger(id).await;
        bench.succeeded(id).await;
        told(&bench, &receiver).await;
        let mut texts: Vec<_> = receiver.received().iter().map(|call| (call.json()["text"].is_string(), event(call))).collect();
        texts.sort();
        assert_eq!(texts, [(false, "secret-syncs.recovered".to_owned()), (true, String::new())]);
        webhooks::delete(&bench.world.app, bench.admin(), all.row.id).await.unwrap();
        let gone = webhooks::get(&bench.world.app, bench.admin(), all.row.id).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_changes_of_secrets_are_told_as_one() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        hook(&bench, &receiver, |input| input.events = vec![Event::SecretsModified]).await;
        let values: Vec<String> = (0..5).map(|_| canary("value")).collect();
        for value in &values {
            bench.put("TOKEN", value).await;
        }
        assert_eq!(told(&bench, &receiver).await, Vec::<String>::new(), "they gather");
        bench.advance(5_000);
        assert_eq!(told(&bench, &receiver).await, ["secrets.modified"]);
        let call = &receiver.received()[0];
        assert_eq!(call.json()["project"]["changedBy"], "admin@example.com");
        assert!(call.json().get("secretSync").is_none());
        assert!(!String::from_utf8_lossy(&call.body).contains("canary"));
        bench.remove(&["TOKEN"]).await;
        bench.advance(5_000);
        assert_eq!(told(&bench, &receiver).await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f1_private_addresses_are_refused_before_anything_is_connected_to() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let receiver = Receiver::start().await.unwrap();
        let hook = hook(&bench, &receiver, |_| {}).await;
        let port = receiver.address().port();
        // The world's exception is 127.0.0.0/8; these spellings lead elsewhere.
        for url in [format!("http://0.0.0.0:{port}/"), format!("http://[::]:{port}/"), "http://169.254.169.254/".to_owned()] {
            let input = CreateWebhook {
                project_id: bench.project_id,
                environment: "prod".to_owned(),
                secret_path: "/".to_owned(),
                kind: Kind::General,
                url: SecretString::from(url),
                secret_key: None,
                events: Vec::new(),
            };
            let refused = webhooks::create(&bench.world.app, bench.admin(), input).await.unwrap_err();
            assert!(refused.to_string().contains("not a public address"), "{refused}");
        }
        let tried = webhooks::test(&bench.world.app, bench.admin(), hook.row.id).await.unwrap();
        assert_eq!((tried.row.last_status.as_deref(), told(&bench, &receiver).await), (Some("success"), vec!["test".to_owned()]));
    })
    .await;
}

//! Plans, and what is approved with them.

use keyferry_domain::Error;
use keyferry_domain::secret_syncs::plans;
use keyferry_domain::secret_syncs::{self as syncs, ApproveInput, ApprovedKeys};
use keyferry_test_support::on_each_backend;

use super::{Bench, many};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_with_a_yes_and_only_once() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.set_there("OLD_A", "x", true);
        bench.set_there("OLD_B", "x", true);
        bench.put_all(&many(1)).await;
        let id = bench.sync(|_| {}).await;
        let row = bench.succeeded(id).await;
        assert_eq!(row.pending_count, 2);

        let plan_id = row.pending_plan_id.unwrap();
        let plan = plans::get(&bench.world.app, bench.admin(), "checkly", id, plan_id).await.unwrap();
        let only = Some(ApprovedKeys::Only(vec!["OLD_A".to_owned()]));
        let run = plans::apply(&bench.world.app, bench.admin(), "checkly", id, plan_id, &plan.digest, only).await.unwrap();
        assert_eq!(run.trigger, "apply");
        let row = bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["KEY_000", "OLD_B"]);
        assert_eq!(row.pending_count, 1);
        assert_ne!(row.pending_plan_id, Some(plan_id));

        bench.set_there("OLD_A", "again", true);
        bench.trigger(id).await;
        let row = bench.succeeded(id).await;
        assert_eq!(row.pending_count, 2, "the yes was for that run");
        assert_eq!(bench.keys(), ["KEY_000", "OLD_A", "OLD_B"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_no_longer_holds_is_refused_with_a_new_one() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(2)).await;
        let id = bench.sync(|input| input.is_auto_sync_enabled = false).await;
        let plan = plans::create_for_sync(&bench.world.app, bench.admin(), "checkly", id).await.unwrap();
        assert_eq!(bench.writes(), Vec::<String>::new(), "a plan writes nothing");
        let counts: serde_json::Value = serde_json::from_str(&plan.counts).unwrap();
        assert_eq!(counts["create"], 2);

        bench.put("KEY_000", "moved").await;
        let apply = |plan_id, digest: String| {
            let (app, admin) = (&bench.world.app, bench.admin());
            async move { plans::apply(app, admin, "checkly", id, plan_id, &digest, None).await }
        };
        let Err(Error::Conflict { name, details, .. }) = apply(plan.id, plan.digest.clone()).await else {
            unreachable!("the value moved")
        };
        assert_eq!(name, "PlanStale");
        let new_id = details.unwrap()["planId"].as_str().unwrap().parse().unwrap();
        let new = plans::get(&bench.world.app, bench.admin(), "checkly", id, new_id).await.unwrap();
        apply(new.id, new.digest).await.unwrap();
        bench.succeeded(id).await;
        assert_eq!(bench.value("KEY_000").as_deref(), Some("moved"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_waits_for_nothing_cannot_be_approved() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(1)).await;
        let id = bench.sync(|input| input.is_auto_sync_enabled = false).await;
        let plan = plans::create_for_sync(&bench.world.app, bench.admin(), "checkly", id).await.unwrap();
        let keys = Some(ApprovedKeys::Only(vec!["KEY_000".to_owned()]));
        let refused = plans::apply(&bench.world.app, bench.admin(), "checkly", id, plan.id, &plan.digest, keys).await;
        assert!(matches!(refused, Err(Error::BadRequest { .. })));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_before_the_sync_carries_its_yes_into_the_first_run() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.set_there("OLD", "x", true);
        bench.put_all(&many(1)).await;
        let plan = plans::create_unsaved(&bench.world.app, bench.admin(), bench.input("planned")).await.unwrap();
        assert!(plan.sync_id.is_none() && bench.writes().is_empty());

        let approve = ApproveInput { plan_id: plan.id, digest: "0".repeat(64), keys: ApprovedKeys::All };
        let id = bench.sync(|input| input.approve = Some(approve)).await;
        let row = bench.succeeded(id).await;
        assert_eq!(row.pending_count, 1, "a yes to another plan is none");

        syncs::delete(&bench.world.app, bench.admin(), "checkly", id, false).await.unwrap();
        bench.world.sim.state().delete_variable(bench.account(), "KEY_000");
        let approve = ApproveInput { plan_id: plan.id, digest: plan.digest.clone(), keys: ApprovedKeys::All };
        let id = bench.sync(|input| input.approve = Some(approve)).await;
        let row = bench.succeeded(id).await;
        assert_eq!((row.pending_count, bench.keys()), (0, vec!["KEY_000".to_owned()]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_asked_for_one_by_one() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let app = &bench.world.app;
        bench.set_there("OLD", "x", true);
        bench.put_all(&many(1)).await;
        let id = bench.sync(|_| {}).await;
        let row = bench.succeeded(id).await;
        let plan = plans::get(app, bench.admin(), "checkly", id, row.pending_plan_id.unwrap()).await.unwrap();
        let apply = |caller: keyferry_domain::Caller, approve: Option<ApprovedKeys>| {
            let (digest, plan_id) = (plan.digest.clone(), plan.id);
            async move { plans::apply(app, &caller, "checkly", id, plan_id, &digest, approve).await }
        };
        let denied = |result: Result<_, Error>, action: &str, subject: &str| match result {
            Err(Error::PermissionDenied { action: a, subject: s, .. }) => assert_eq!((a.as_str(), s.as_str()), (action, subject)),
            Err(other) => unreachable!("{other:?}"),
            Ok(_run) => unreachable!("{action} on {subject} was not asked for"),
        };
        let rule = keyferry_domain::access::Rule::allow;

        let viewer = bench.world.user(bench.world.org_id, "viewer@example.com", "member").await.unwrap();
        bench.world.grant(bench.project_id, &viewer, "viewer").await.unwrap();
        plans::create_for_sync(app, &viewer, "checkly", id).await.unwrap();
        denied(apply(viewer, None).await, "sync-secrets", "secret-syncs");

        let runner = bench.world.user(bench.world.org_id, "runner@example.com", "member").await.unwrap();
        let rules = [rule("secret-syncs", &["read", "sync-secrets"]), rule("secrets", &["readValue"])];
        bench.world.grant_rules(bench.project_id, &runner, &rules).await.unwrap();
        denied(apply(runner.clone(), Some(ApprovedKeys::All)).await, "remove-secrets", "secret-syncs");
        apply(runner, None).await.unwrap();
        bench.succeeded(id).await;
        assert!(bench.value("OLD").is_some());

        let blind = bench.world.user(bench.world.org_id, "blind@example.com", "member").await.unwrap();
        let rules = [rule("secret-syncs", &["read", "sync-secrets", "remove-secrets"]), rule("secrets", &["describeSecret"])];
        bench.world.grant_rules(bench.project_id, &blind, &rules).await.unwrap();
        denied(apply(blind, Some(ApprovedKeys::All)).await, "readValue", "secrets");
        assert!(bench.value("OLD").is_some());
    })
    .await;
}

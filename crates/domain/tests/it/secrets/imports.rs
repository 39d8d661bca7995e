//! Reading through imports.

use keyferry_domain::access::Rule;
use keyferry_domain::secrets::{GetInput, ListInput};
use keyferry_test_support::on_each_backend;
use serde_json::json;

use super::support::{Bench, pairs, refusal, value};

#[tokio::test(flavor = "multi_thread")]
async fn own_secrets_win_then_the_last_import() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let root = bench.folder("dev", "/").await;
        let (a, b, deep) =
            (bench.folder("dev", "/a").await, bench.folder("prod", "/b").await, bench.folder("prod", "/deep").await);
        bench.put("dev", "/", "OWN", "own").await;
        for (environment, path, keys) in [("dev", "/a", "OWN ALL A"), ("prod", "/b", "ALL B"), ("prod", "/deep", "ALL B DEEP")] {
            for key in keys.split(' ') {
                bench.put(environment, path, key, path).await;
            }
        }
        bench.import(root, "dev", "/a", 1).await;
        bench.import(root, "prod", "/b", 2).await;
        bench.import(root, "prod", "/missing", 3).await;
        bench.import(b, "prod", "/deep", 1).await;
        // Circles end.
        bench.import(deep, "dev", "/", 1).await;
        bench.import(a, "dev", "/a", 1).await;

        let input = ListInput { include_imports: true, ..ListInput::new(bench.at("dev", "/")) };
        let listing = bench.list_as(bench.admin(), &input).await.unwrap();
        assert_eq!(pairs(&listing.secrets), ["OWN=own"]);
        let entries: Vec<_> = listing.imports.iter().map(|i| (&*i.environment, &*i.path, pairs(&i.secrets))).collect();
        assert_eq!(entries[0], ("dev", "/a", vec!["A=/a".into(), "ALL=/a".into(), "OWN=/a".into()]));
        assert_eq!((entries[1].0, entries[1].1), ("prod", "/b"));
        assert!(entries[1].2.contains(&"ALL=/b".into()) && entries[1].2.contains(&"DEEP=/deep".into()));
        assert_eq!(entries.len(), 2);

        for (key, expected) in [("OWN", "own"), ("ALL", "/b"), ("A", "/a"), ("DEEP", "/deep")] {
            let input = GetInput { include_imports: true, ..GetInput::new(bench.at("dev", "/"), key) };
            assert_eq!(value(&bench.get_as(bench.admin(), &input).await.unwrap()), expected, "{key}");
        }
        let without = bench.get_as(bench.admin(), &GetInput::new(bench.at("dev", "/"), "A")).await;
        assert_eq!(refusal(without).0, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_out_of_reach_stay_out_of_sight() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let root = bench.folder("dev", "/").await;
        bench.put("prod", "/", "KEY", "canary").await;
        bench.import(root, "prod", "/", 1).await;
        let ci = bench.world.identity(bench.world.org_id, "ci", "no-access").await.unwrap();
        let conditions = json!({"environment": "dev"}).as_object().cloned();
        bench
            .world
            .grant_rules(bench.project_id, &ci, &[Rule { conditions, ..Rule::allow("secrets", &["read"]) }])
            .await
            .unwrap();
        let input = ListInput { include_imports: true, ..ListInput::new(bench.at("dev", "/")) };
        assert!(bench.list_as(&ci, &input).await.unwrap().imports.is_empty());
        let get = GetInput { include_imports: true, ..GetInput::new(bench.at("dev", "/"), "KEY") };
        assert_eq!(refusal(bench.get_as(&ci, &get).await), (404, "Secret with name 'KEY' not found".into()));
        assert_eq!(value(&bench.get_as(bench.admin(), &get).await.unwrap()), "canary");
    })
    .await;
}

//! The source of a sync.

use keyferry_domain::secrets::source::{SourceOptions, SourceValue, UnresolvedReferences, dependents, load};
use keyferry_test_support::on_each_backend;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::support::Bench;

async fn shown(bench: &Bench, folder_id: Uuid, options: SourceOptions) -> Vec<String> {
    let app = &bench.world.app;
    let source = load(app, app.db.read(), bench.project_id, folder_id, options).await.unwrap();
    let text = |value: &SourceValue| match value {
        SourceValue::Value(value) => value.expose_secret().to_owned(),
        SourceValue::Empty => "(empty)".to_owned(),
        SourceValue::Unreadable => "(unreadable)".to_owned(),
        SourceValue::UnresolvedReference => "(unresolved)".to_owned(),
    };
    source
        .secrets
        .iter()
        .map(|s| format!("{}:{} {}={} {:?}", s.environment, s.path, s.secret_key, text(&s.value), s.reached))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_taken_and_nothing_passed_over() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let root = bench.folder("dev", "/").await;
        bench.folder("dev", "/sub").await;
        bench.folder("prod", "/lib").await;
        bench.put("prod", "/", "HOST", "h").await;
        bench.put("prod", "/lib", "PLAIN", "lib").await;
        bench.put("prod", "/lib", "LIB_URL", "//${prod.HOST}").await;
        bench.import(root, "prod", "/lib", 1).await;
        bench.put("dev", "/", "PLAIN", "own").await;
        bench.put("dev", "/", "EMPTY", "").await;
        bench.put("dev", "/", "GONE", "${NOWHERE}").await;
        bench.put("dev", "/", "LOOP", "${LOOP}").await;
        bench.put("dev", "/sub", "PLAIN", "sub").await;
        let broken = bench.put("dev", "/", "BROKEN", "x").await;
        bench.put("dev", "/", "ON_BROKEN", "${BROKEN}").await;
        bench.overwrite_value(broken.id, vec![1, 2, 3]).await;

        let own = [
            "dev:/ BROKEN=(unreadable) {}",
            "dev:/ EMPTY=(empty) {}",
            "dev:/ GONE=(unresolved) {}",
            "prod:/lib LIB_URL=//h {(\"prod\", \"/\"), (\"prod\", \"/lib\")}",
            "dev:/ LOOP=(unresolved) {(\"dev\", \"/\")}",
            "dev:/ ON_BROKEN=(unreadable) {}",
            "dev:/ PLAIN=own {}",
        ];
        assert_eq!(shown(&bench, root, SourceOptions::default()).await, own);
        let with_sub = shown(&bench, root, SourceOptions { include_subfolders: true, ..SourceOptions::default() }).await;
        assert_eq!(with_sub.last().unwrap(), "dev:/sub PLAIN=sub {}");
        let literal = SourceOptions { unresolved_references: UnresolvedReferences::Literal, ..SourceOptions::default() };
        let literal = shown(&bench, root, literal).await;
        assert!(literal.contains(&"dev:/ GONE=${NOWHERE} {}".to_owned()), "{literal:?}");
        let app = &bench.world.app;
        let source = load(app, app.db.read(), bench.project_id, root, SourceOptions::default()).await.unwrap();
        let reached: Vec<(&str, &str)> = source.reached.iter().map(|(e, p)| (e.as_str(), p.as_str())).collect();
        assert_eq!(reached, [("dev", "/"), ("prod", "/"), ("prod", "/lib")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dependents_are_found_over_any_number_of_steps() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (root, one, two, apart) = (
            bench.folder("dev", "/").await,
            bench.folder("dev", "/one").await,
            bench.folder("prod", "/two").await,
            bench.folder("prod", "/apart").await,
        );
        bench.put("dev", "/", "A", "a").await;
        bench.put("dev", "/one", "B", "${dev.A}").await;
        bench.import(two, "dev", "/one", 1).await;
        bench.import(root, "prod", "/two", 1).await;
        bench.put("prod", "/apart", "C", "c").await;
        let db = bench.world.app.db.read();
        let mut found = dependents(db, bench.project_id, "dev", "/", root).await.unwrap();
        found.sort_unstable();
        let mut expected = vec![one, two];
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(dependents(db, bench.project_id, "prod", "/apart", apart).await.unwrap().is_empty());
        // A reference that is written over no longer counts.
        bench.set("dev", "/one", "B", "plain").await;
        assert!(dependents(db, bench.project_id, "dev", "/", root).await.unwrap().is_empty());
    })
    .await;
}

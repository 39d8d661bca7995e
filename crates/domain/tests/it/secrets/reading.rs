//! What a reader sees, by its rights and its filters.

use keyferry_domain::access::Rule;
use keyferry_domain::secrets::{self, Change, GetInput, ListInput, MetadataFilter, MetadataInput, NewSecret, TagChange};
use keyferry_test_support::on_each_backend;
use secrecy::SecretString;
use serde_json::json;

use super::support::{Bench, new, pairs, refusal, value};

fn rule(actions: &[&str], conditions: serde_json::Value) -> Rule {
    Rule { conditions: conditions.as_object().cloned(), ..Rule::allow("secrets", actions) }
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_asked_for_each_secret() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.folder("dev", "/sub").await;
        let tag = bench.tag("public").await;
        bench.put("dev", "/", "DB_URL", "db").await;
        bench.put("dev", "/", "OTHER", "other").await;
        bench.put("dev", "/sub", "DEEP", "deep").await;
        bench.put("prod", "/", "P", "p").await;
        bench.put("dev", "/", "TAGGED", "tagged").await;
        let tags = Some(TagChange::Set(vec![tag]));
        bench.change(&bench.at("dev", "/"), Change { key: "TAGGED".into(), tags, ..Change::default() }).await.unwrap();

        let ci = bench.world.identity(bench.world.org_id, "ci", "no-access").await.unwrap();
        let rules = [
            rule(&["describeSecret"], json!({"environment": "dev"})),
            rule(&["readValue"], json!({"environment": "dev", "secretName": {"$glob": "DB_*"}})),
            rule(&["readValue"], json!({"environment": "dev", "secretTags": {"$in": ["public"]}})),
        ];
        bench.world.grant_rules(bench.project_id, &ci, &rules).await.unwrap();
        let at = bench.at("dev", "/");
        let get = |key: &str| GetInput::new(at.clone(), key);
        assert_eq!(value(&bench.get_as(&ci, &get("DB_URL")).await.unwrap()), "db");
        assert_eq!(value(&bench.get_as(&ci, &get("TAGGED")).await.unwrap()), "tagged");
        assert_eq!(
            refusal(bench.get_as(&ci, &get("OTHER")).await),
            (403, "You do not have permission to view secret value on secret with name 'OTHER'".into())
        );
        let described = GetInput { view_value: false, ..get("OTHER") };
        assert_eq!(value(&bench.get_as(&ci, &described).await.unwrap()), "?");
        let elsewhere = GetInput::new(bench.at("prod", "/"), "P");
        assert_eq!(
            refusal(bench.get_as(&ci, &elsewhere).await),
            (403, "You are not allowed to describeSecret on secrets".into())
        );
        // Whether a secret exists in a place out of reach is not told either.
        assert_eq!(refusal(bench.get_as(&ci, &GetInput::new(bench.at("prod", "/"), "NO")).await).0, 403);

        assert_eq!(refusal(bench.list_as(&ci, &ListInput::new(at.clone())).await).0, 403);
        let names = ListInput { view_value: false, recursive: true, ..ListInput::new(at.clone()) };
        assert_eq!(pairs(&bench.list_as(&ci, &names).await.unwrap().secrets), ["DB_URL=?", "DEEP=?", "OTHER=?", "TAGGED=?"]);
        assert_eq!(refusal(bench.list_as(&ci, &ListInput::new(bench.at("prod", "/"))).await).0, 403);

        // Not a member at all.
        let stranger = bench.world.identity(bench.world.org_id, "stranger", "admin").await.unwrap();
        assert_eq!(refusal(bench.get_as(&stranger, &get("DB_URL")).await).0, 403);
        let id = bench.get_as(bench.admin(), &get("DB_URL")).await.unwrap().id;
        assert_eq!(refusal(secrets::get_by_id(&bench.world.app, &stranger, id).await).0, 404);
        assert_eq!(refusal(secrets::list_versions(&bench.world.app, &stranger, id, 0, 1, true).await).0, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn below_the_folder_what_cannot_be_read_is_left_out() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.folder("dev", "/open/x").await;
        bench.folder("dev", "/closed").await;
        bench.put("dev", "/", "TOP", "1").await;
        bench.put("dev", "/open/x", "OPEN", "2").await;
        bench.put("dev", "/closed", "CLOSED", "3").await;
        let ci = bench.world.identity(bench.world.org_id, "ci", "no-access").await.unwrap();
        let rules = [
            rule(&["read"], json!({"environment": "dev"})),
            Rule { inverted: true, ..rule(&["readValue"], json!({"secretPath": {"$glob": "/closed/**"}})) },
        ];
        bench.world.grant_rules(bench.project_id, &ci, &rules).await.unwrap();
        let listing = bench.list_as(&ci, &ListInput { recursive: true, ..ListInput::new(bench.at("dev", "/")) }).await.unwrap();
        assert_eq!(pairs(&listing.secrets), ["OPEN=2", "TOP=1"]);
        assert_eq!(listing.secrets.iter().map(|s| &*s.path).collect::<Vec<_>>(), ["/open/x", "/"]);
        let names = ListInput { recursive: true, view_value: false, ..ListInput::new(bench.at("dev", "/")) };
        assert_eq!(pairs(&bench.list_as(&ci, &names).await.unwrap().secrets).len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_by_tags_and_metadata() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (red, blue) = (bench.tag("red").await, bench.tag("blue").await);
        let entry = |key: &str, value: &str, is_encrypted| MetadataInput {
            key: key.to_owned(),
            value: SecretString::from(value),
            is_encrypted,
        };
        let dev = bench.at("dev", "/");
        for (key, tag_ids, metadata) in [
            ("A", vec![red], vec![entry("team", "x", false), entry("tier", "1", false)]),
            ("B", vec![blue], vec![entry("team", "x", false)]),
            ("C", vec![], vec![entry("team", "x", true)]),
        ] {
            let new = NewSecret { tag_ids, metadata, ..new(key, "v") };
            secrets::create(&bench.world.app, bench.admin(), &dev, new).await.unwrap();
        }
        let filter = |key: &str, value: Option<&str>| MetadataFilter { key: key.to_owned(), value: value.map(str::to_owned) };
        for (slugs, metadata, expected) in [
            (vec!["red", "blue"], vec![], vec!["A=v", "B=v"]),
            (vec!["red"], vec![], vec!["A=v"]),
            (vec!["%"], vec![], vec![]),
            (vec![], vec![filter("team", Some("x"))], vec!["A=v", "B=v"]),
            (vec![], vec![filter("team", Some("x")), filter("tier", None)], vec!["A=v"]),
            (vec!["blue"], vec![filter("tier", Some("1"))], vec![]),
        ] {
            let tag_slugs = slugs.into_iter().map(str::to_owned).collect();
            let listing = bench.list_as(bench.admin(), &ListInput { tag_slugs, metadata, ..ListInput::new(dev.clone()) }).await;
            assert_eq!(pairs(&listing.unwrap().secrets), expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_needs_its_own_rights() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("dev", "/", "A", "1").await;
        let (writer, viewer) = (
            bench.world.identity(bench.world.org_id, "writer", "no-access").await.unwrap(),
            bench.world.identity(bench.world.org_id, "viewer", "no-access").await.unwrap(),
        );
        bench
            .world
            .grant_rules(bench.project_id, &writer, &[rule(&["create", "edit"], json!({"environment": "dev"}))])
            .await
            .unwrap();
        bench.world.grant(bench.project_id, &viewer, "viewer").await.unwrap();
        let (app, dev) = (&bench.world.app, bench.at("dev", "/"));
        let change = Change { key: "A".into(), value: Some(SecretString::from("2")), ..Change::default() };
        // Who writes without reading gets no value back.
        assert_eq!(value(&secrets::update(app, &writer, &dev, change.clone()).await.unwrap()), "?");
        assert_eq!(value(&bench.put_as(&writer, &dev, "B", "3").await.unwrap()), "?");
        assert_eq!(refusal(bench.put_as(&writer, &bench.at("prod", "/"), "B", "3").await).0, 403);
        let deletion = secrets::Deletion { key: "A".into(), ..secrets::Deletion::default() };
        assert_eq!(refusal(secrets::delete(app, &writer, &dev, deletion).await).0, 403);
        assert_eq!(
            refusal(bench.put_as(&viewer, &dev, "C", "3").await),
            (403, "You are not allowed to create on secrets".into())
        );
        assert_eq!(refusal(secrets::update(app, &viewer, &dev, change).await).0, 403);
        assert_eq!(bench.raw("dev", "/", "A").await, "2");
    })
    .await;
}

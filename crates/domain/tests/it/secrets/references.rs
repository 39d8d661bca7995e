//! References inside values.

use keyferry_domain::Error;
use keyferry_domain::access::Rule;
use keyferry_domain::secrets::{self, Change, GetInput, Kind, ListInput, NewSecret};
use keyferry_test_support::on_each_backend;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::support::{Bench, new, pairs, refusal, value};

#[tokio::test(flavor = "multi_thread")]
async fn references_resolve_in_the_place_of_their_secret() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.folder("prod", "/db/main").await;
        bench.put("prod", "/db/main", "USER", "root").await;
        bench.put("prod", "/db/main", "URL", "pg://${USER}@host").await;
        bench.put("dev", "/", "USER", "dev-user").await;
        bench.put("dev", "/", "EMPTY", "").await;
        for (key, text, expected) in [
            ("R1", "${USER}", "dev-user"),
            ("R2", "<${prod.db.main.URL}> ${USER}", "<pg://root@host> dev-user"),
            ("R3", "${NO} ${EMPTY} ${nope.X} ${prod.no.X}", "${NO} ${EMPTY} ${nope.X} ${prod.no.X}"),
            ("R4", "${R1}${R1}", "dev-userdev-user"),
            ("R5", "${shop::dev.USER} $USER ${USER", "${shop::dev.USER} $USER ${USER"),
            ("SELF", "a${SELF}b", "aa${SELF}bb"),
        ] {
            bench.put("dev", "/", key, text).await;
            assert_eq!(bench.raw("dev", "/", key).await, text);
            assert_eq!(bench.expanded("dev", "/", key).await, expected, "{key}");
        }
        // A cycle of two is cut where it closes.
        bench.put("dev", "/", "X", "x").await;
        bench.put("dev", "/", "Y", "[${X}]").await;
        bench.set("dev", "/", "X", "(${Y})").await;
        assert_eq!(bench.expanded("dev", "/", "X").await, "([(${Y})])");
        let input = ListInput { expand_references: true, ..ListInput::new(bench.at("dev", "/")) };
        let listing = bench.list_as(bench.admin(), &input).await.unwrap();
        assert!(pairs(&listing.secrets).contains(&"R2=<pg://root@host> dev-user".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_end_and_do_not_multiply_without_bound() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("dev", "/", "L0", "end").await;
        for level in 1..=14 {
            bench.put("dev", "/", &format!("L{level}"), &format!("${{L{}}}", level - 1)).await;
        }
        assert_eq!(bench.expanded("dev", "/", "L10").await, "end");
        assert_eq!(bench.expanded("dev", "/", "L14").await, "${L2}");
        // Ten levels of a hundred references each would be 10^20 letters.
        bench.put("dev", "/", "B0", "boom").await;
        for level in 1..=10 {
            bench.put("dev", "/", &format!("B{level}"), &format!("${{B{}}}", level - 1).repeat(100)).await;
        }
        assert!(bench.expanded("dev", "/", "B10").await.len() < 4 << 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_breaks_are_escaped_when_asked() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("dev", "/", "CERT", "a\nb").await;
        for (key, text, expected) in [("E1", "${CERT}", "\"a\\nb\""), ("E2", "a\nb", "a\nb")] {
            let new = NewSecret { skip_multiline_encoding: Some(true), ..new(key, text) };
            secrets::create(&bench.world.app, bench.admin(), &bench.at("dev", "/"), new).await.unwrap();
            assert_eq!(bench.expanded("dev", "/", key).await, expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_override_is_preferred() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let other = bench.world.user(bench.world.org_id, "eve@example.com", "member").await.unwrap();
        bench.world.grant(bench.project_id, &other, "member").await.unwrap();
        let dev = bench.at("dev", "/");
        bench.put("dev", "/", "HOST", "shared").await;
        bench.put("dev", "/", "URL", "//${HOST}").await;
        let own = NewSecret { kind: Kind::Personal, ..new("HOST", "localhost") };
        secrets::create(&bench.world.app, bench.admin(), &dev, own).await.unwrap();
        let input = GetInput { expand_references: true, ..GetInput::new(dev, "URL") };
        assert_eq!(value(&bench.get_as(bench.admin(), &input).await.unwrap()), "//localhost");
        assert_eq!(value(&bench.get_as(&other, &input).await.unwrap()), "//shared");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn references_do_not_lead_around_rights() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put("prod", "/", "KEY", "canary").await;
        bench.put("dev", "/", "LEAK", "${prod.KEY}").await;
        let dev_only = bench.world.identity(bench.world.org_id, "dev", "no-access").await.unwrap();
        let conditions = json!({"environment": "dev"}).as_object().cloned();
        let rules = [Rule { conditions, ..Rule::allow("secrets", &["read", "create", "edit", "delete"]) }];
        bench.world.grant_rules(bench.project_id, &dev_only, &rules).await.unwrap();
        let dev = bench.at("dev", "/");

        let get = GetInput { expand_references: true, ..GetInput::new(dev.clone(), "LEAK") };
        let sentence = "You do not have permission to read secret 'KEY' in environment 'prod' at path '/', which is referenced by \
                        secret 'LEAK' in environment 'dev' at path '/'.";
        assert_eq!(refusal(bench.get_as(&dev_only, &get).await), (403, sentence.into()));
        let raw = GetInput { expand_references: false, ..get };
        assert_eq!(value(&bench.get_as(&dev_only, &raw).await.unwrap()), "${prod.KEY}");
        let list = bench.list_as(&dev_only, &ListInput { expand_references: true, ..ListInput::new(dev.clone()) }).await;
        let Err(Error::Forbidden { message, details, .. }) = list else { panic!("the list was answered") };
        assert_eq!((message.as_str(), details), ("Failed to expand one or more secret references", Some(json!([sentence]))));

        // Nor can such a reference be written, whether its target exists yet or not.
        for text in ["${prod.KEY}", "${prod.LATER}"] {
            let denied = (403, "You are not allowed to readValue on secrets".to_owned());
            assert_eq!(refusal(bench.put_as(&dev_only, &dev, "OWN", text).await), denied);
            let change = Change { key: "LEAK".into(), value: Some(SecretString::from(text)), ..Change::default() };
            assert_eq!(refusal(secrets::update(&bench.world.app, &dev_only, &dev, change).await), denied);
        }
        bench.put_as(&dev_only, &dev, "OWN", "${LEAK} ${not-an-environment.KEY}").await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_followed_by_references() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.folder("prod", "/x").await;
        bench.put("dev", "/", "A", "a").await;
        bench.put("dev", "/", "NEAR", "${A}").await;
        bench.put("prod", "/x", "FAR", "${dev.A}${A}").await;
        bench.put("prod", "/x", "A", "other").await;
        let rename = Change { key: "A".into(), new_key: Some("N".into()), ..Change::default() };
        let renamed = bench.change(&bench.at("dev", "/"), rename).await.unwrap();
        assert_eq!((renamed.key.as_str(), renamed.version), ("N", 2));
        assert_eq!(bench.raw("dev", "/", "NEAR").await, "${N}");
        assert_eq!(bench.raw("prod", "/x", "FAR").await, "${dev.N}${A}");
        assert_eq!(bench.expanded("prod", "/x", "FAR").await, "aother");
        assert_eq!(bench.get_as(bench.admin(), &GetInput::new(bench.at("dev", "/"), "NEAR")).await.unwrap().version, 2);
        let dotted = Change { key: "N".into(), new_key: Some("has.dot".into()), ..Change::default() };
        assert_eq!(refusal(bench.change(&bench.at("dev", "/"), dotted).await).0, 400);

        let app = &bench.world.app;
        let (tree, expanded) = secrets::reference_tree(app, bench.admin(), bench.at("prod", "/x"), "FAR").await.unwrap();
        assert_eq!(expanded.unwrap().expose_secret(), "aother");
        let children: Vec<_> = tree.children.iter().map(|c| (c.environment.as_str(), c.path.as_str(), c.key.as_str())).collect();
        assert_eq!((tree.key.as_str(), children), ("root", vec![("dev", "/", "N"), ("prod", "/x", "A")]));
        let users = secrets::dependency_tree(app, bench.admin(), bench.at("dev", "/"), "N").await.unwrap();
        assert_eq!(users.children.iter().map(|c| c.key.as_str()).collect::<Vec<_>>(), ["FAR", "NEAR"]);
    })
    .await;
}

//! Undoing imports and deletions.

use keyferry_domain::secrets::commits::{self, Effect, revert};
use keyferry_domain::secrets::{self, Change, GetInput, MetadataInput, NewSecret, write_many};
use keyferry_test_support::on_each_backend;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::support::{Bench, new, refusal, value};

fn valued(key: &str, value: &str) -> Change {
    Change { key: key.to_owned(), value: Some(SecretString::from(value)), ..Change::default() }
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_comes_back_with_its_history() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let tag = bench.tag("public").await;
        let at = bench.at("dev", "/");
        let rich = NewSecret {
            comment: Some(SecretString::from("why")),
            tag_ids: vec![tag],
            metadata: vec![MetadataInput { key: "owner".into(), value: SecretString::from("a"), is_encrypted: true }],
            reminder_note: Some(SecretString::from("rotate")),
            ..new("RICH", "one")
        };
        let made = secrets::create(app, admin, &at, rich).await.unwrap();
        bench.set("dev", "/", "RICH", "two ${OTHER}").await;
        bench.put("dev", "/", "OTHER", "x").await;
        bench.put("dev", "/", "TAKEN", "old").await;
        let id = write_many(app, admin, &at, &[], &keys(&["RICH", "OTHER", "TAKEN"])).await.unwrap().unwrap();
        assert_eq!(refusal(bench.get_as(admin, &GetInput::new(at.clone(), "RICH")).await).0, 404);
        bench.put("dev", "/", "TAKEN", "new").await;

        let record = commits::find(app, admin, bench.project_id, id).await.unwrap();
        assert_eq!((record.commit.environment.as_str(), record.commit.path.as_str()), ("dev", "/"));
        assert!(!record.commit.is_reverted);
        let effects: Vec<(&str, Effect)> = record.changes.iter().map(|change| (change.name.as_str(), change.effect)).collect();
        assert_eq!(effects, [("OTHER", Effect::Removed), ("RICH", Effect::Removed), ("TAKEN", Effect::Removed)]);

        let undone = revert(app, admin, bench.project_id, id).await.unwrap();
        assert_eq!((undone.restored, undone.kept), (2, keys(&["TAKEN"])));
        let back = bench.get_as(admin, &GetInput::new(at.clone(), "RICH")).await.unwrap();
        assert_eq!((back.id, back.version, value(&back).as_str()), (made.id, 2, "two ${OTHER}"));
        assert_eq!(back.comment.unwrap().expose_secret(), "why");
        assert_eq!(back.reminder_note.unwrap().expose_secret(), "rotate");
        assert_eq!((back.tags[0].slug.as_str(), back.metadata[0].value.expose_secret()), ("public", "a"));
        assert_eq!(bench.expanded("dev", "/", "RICH").await, "two x");
        assert_eq!(bench.raw("dev", "/", "TAKEN").await, "new");
        let old = GetInput { version: Some(1), ..GetInput::new(at.clone(), "RICH") };
        assert_eq!(value(&bench.get_as(admin, &old).await.unwrap()), "one");
        // The reference counts again: a new name of its target is followed.
        bench.change(&at, Change { new_key: Some("OTHERS".to_owned()), ..valued("OTHER", "y") }).await.unwrap();
        assert_eq!(bench.expanded("dev", "/", "RICH").await, "two y");

        let twice = refusal(revert(app, admin, bench.project_id, id).await);
        assert_eq!(twice, (400, "This change was undone already.".to_owned()));
        assert!(commits::find(app, admin, bench.project_id, id).await.unwrap().commit.is_reverted);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_put_back_where_nobody_changed_it_since() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let at = bench.at("dev", "/");
        for key in ["A", "B", "GONE"] {
            bench.put("dev", "/", key, "before").await;
        }
        let changes = [valued("A", "after"), valued("B", "after"), valued("NEW", "after"), valued("EDITED", "after")];
        let id = write_many(app, admin, &at, &changes, &keys(&["GONE"])).await.unwrap().unwrap();
        bench.set("dev", "/", "B", "mine").await;
        bench.set("dev", "/", "EDITED", "mine").await;
        let undone = revert(app, admin, bench.project_id, id).await.unwrap();
        assert_eq!((undone.restored, undone.kept), (3, keys(&["B", "EDITED"])));
        for (key, expected) in [("A", "before"), ("B", "mine"), ("EDITED", "mine"), ("GONE", "before")] {
            assert_eq!(bench.raw("dev", "/", key).await, expected, "{key}");
        }
        assert_eq!(refusal(bench.get_as(admin, &GetInput::new(at, "NEW")).await).0, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_needs_the_rights_of_what_it_does() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let at = bench.at("dev", "/");
        bench.put("dev", "/", "A", "1").await;
        let id = write_many(app, admin, &at, &[], &keys(&["A"])).await.unwrap().unwrap();
        let viewer = bench.world.user(bench.world.org_id, "vera@example.com", "member").await.unwrap();
        bench.world.grant(bench.project_id, &viewer, "viewer").await.unwrap();
        assert_eq!(refusal(revert(app, &viewer, bench.project_id, id).await).0, 403);
        let other = bench.world.project("elsewhere").await.unwrap();
        assert_eq!(refusal(commits::find(app, admin, other, id).await).0, 404);
        assert_eq!(refusal(revert(app, admin, bench.project_id, Uuid::nil()).await).0, 404);
        // A member made the next one, and takes it back by that right alone.
        let member = bench.world.user(bench.world.org_id, "mo@example.com", "member").await.unwrap();
        bench.world.grant(bench.project_id, &member, "member").await.unwrap();
        bench.world.clock.advance_ms(400 * 24 * 3_600_000);
        assert_eq!(revert(app, &member, bench.project_id, id).await.unwrap().restored, 1);
        assert_eq!(bench.raw("dev", "/", "A").await, "1");
    })
    .await;
}

//! Commits of folders: what they hold, and the way back.

use std::collections::BTreeMap;

use keyferry_domain::access::Rule;
use keyferry_domain::folders::{self, CreateFolder, MoveFolder, UpdateFolder};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::commits::{self, Effect, ListCommits, Resource, Rollback};
use keyferry_domain::secrets::{self, Change, Deletion, ListInput, MetadataInput, MoveInput, NewSecret};
use keyferry_test_support::on_each_backend;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::support::{Bench, new, pairs, refusal};

fn valued(key: &str, value: &str) -> Change {
    Change { key: key.to_owned(), value: Some(SecretString::from(value)), ..Change::default() }
}

fn renamed(key: &str, new_key: &str) -> Change {
    Change { key: key.to_owned(), new_key: Some(new_key.to_owned()), ..Change::default() }
}

fn all() -> ListCommits {
    ListCommits { limit: 100, ..ListCommits::default() }
}

impl Bench {
    async fn held(&self, path: &str) -> Vec<String> {
        pairs(&self.list_as(self.admin(), &ListInput::new(self.at("dev", path))).await.unwrap().secrets)
    }

    async fn commits(&self, path: &str) -> Vec<commits::Commit> {
        commits::list(&self.world.app, self.admin(), &self.at("dev", path), all()).await.unwrap().commits
    }

    async fn back_to(&self, commit_id: Uuid) -> commits::RolledBack {
        let input = Rollback { commit_id, ..Rollback::default() };
        commits::rollback(&self.world.app, self.admin(), self.project_id, &input).await.unwrap()
    }

    async fn delete(&self, path: &str, key: &str) {
        let deletion = Deletion { key: key.to_owned(), ..Deletion::default() };
        secrets::delete(&self.world.app, self.admin(), &self.at("dev", path), deletion).await.unwrap();
    }

    async fn make(&self, path: &str, name: &str) -> folders::Place {
        let input = CreateFolder {
            project_id: self.project_id,
            environment: "dev".to_owned(),
            path: SecretPath::parse(path).unwrap(),
            name: name.to_owned(),
            description: Some("mine".to_owned()),
        };
        folders::create(&self.world.app, self.admin(), input).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_folder_is_a_commit() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        bench.put("dev", "/", "A", "1").await;
        bench.set("dev", "/", "A", "2").await;
        bench.change(&bench.at("dev", "/"), renamed("A", "B")).await.unwrap();
        bench.make("/", "sub").await;
        let moving = MoveInput {
            from: bench.at("dev", "/"),
            to_environment: "dev".to_owned(),
            to_path: SecretPath::parse("/sub").unwrap(),
            secret_ids: vec![bench.get_as(admin, &secrets::GetInput::new(bench.at("dev", "/"), "B")).await.unwrap().id],
            should_overwrite: false,
        };
        secrets::move_secrets(app, admin, &moving).await.unwrap();
        let list = bench.commits("/").await;
        let told: Vec<(i64, &str)> = list.iter().map(|commit| (commit.sequence, commit.message.as_str())).collect();
        assert_eq!(
            told,
            [
                (5, "Removed 1 secret"),
                (4, "Added 1 folder"),
                (3, "Changed 1 secret"),
                (2, "Changed 1 secret"),
                (1, "Added 1 secret")
            ]
        );
        assert_eq!(bench.commits("/sub").await[0].message, "Added 1 secret");
        assert_eq!(commits::count(app, admin, &bench.at("dev", "/")).await.unwrap().0, 5);

        let found = commits::find(app, admin, bench.project_id, list[2].id).await.unwrap();
        let change = &found.changes[0];
        assert_eq!((change.resource, change.effect), (Resource::Secret, Effect::Updated));
        assert_eq!((change.name.as_str(), change.name_before.as_deref()), ("B", Some("A")));
        assert_eq!((change.version_before, change.version), (Some(2), Some(3)));

        // Values of what left the folder, and by now of what is deleted altogether.
        bench.delete("/sub", "B").await;
        let values = commits::reveal(app, admin, bench.project_id, list[3].id).await.unwrap();
        let text = |value: &Option<SecretString>| value.as_ref().unwrap().expose_secret().to_owned();
        assert_eq!((text(&values[0].before), text(&values[0].after)), ("1".to_owned(), "2".to_owned()));

        for (search, expected) in [("b", 3), ("SUB", 1), ("removed", 1), ("nothing", 0), ("%", 0)] {
            let wanted = ListCommits { search: Some(search.to_owned()), ..all() };
            let page = commits::list(app, admin, &bench.at("dev", "/"), wanted).await.unwrap();
            assert_eq!((page.total, page.commits.len()), (expected, usize::try_from(expected).unwrap()), "{search}");
        }
        let oldest = ListCommits { is_oldest_first: true, offset: 1, limit: 2, ..ListCommits::default() };
        let page = commits::list(app, admin, &bench.at("dev", "/"), oldest).await.unwrap();
        assert_eq!((page.total, page.commits.iter().map(|commit| commit.sequence).collect::<Vec<_>>()), (5, vec![2, 3]));
    })
    .await;
}

/// Whatever was done to a folder, going back to a commit brings back what was there after it, and the plan then is empty.
#[tokio::test(flavor = "multi_thread")]
async fn every_commit_can_be_gone_back_to() {
    let seed = std::env::var("KEYFERRY_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7_u64);
    on_each_backend(move |world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        bench.make("/", "aside").await;
        let mut random = StdRng::seed_from_u64(seed);
        let keys = ["A", "B", "C", "D"];
        let mut snapshots: BTreeMap<i64, (Uuid, Vec<String>)> = BTreeMap::new();
        for round in 0..60 {
            let (key, other) = (keys[random.random_range(0..4)], keys[random.random_range(0..4)]);
            let at = bench.at("dev", "/");
            let list = bench.list_as(admin, &ListInput::new(at.clone())).await.unwrap().secrets;
            let here = list.iter().find(|secret| secret.key == key);
            let has_other = list.iter().any(|secret| secret.key == other);
            match (random.random_range(0..10), here) {
                (0..=3, None) => drop(bench.put("dev", "/", key, &format!("new {round}")).await),
                (0..=3, Some(_)) => drop(bench.set("dev", "/", key, &format!("set {round}")).await),
                (4, Some(_)) => bench.delete("/", key).await,
                (5, Some(_)) if !has_other => drop(bench.change(&at, renamed(key, other)).await.unwrap()),
                (6, Some(secret)) => {
                    let input = MoveInput {
                        from: at,
                        to_environment: "dev".to_owned(),
                        to_path: SecretPath::parse("/aside").unwrap(),
                        secret_ids: vec![secret.id],
                        should_overwrite: true,
                    };
                    secrets::move_secrets(app, admin, &input).await.unwrap();
                }
                (7, _) => {
                    let changes = [valued("A", &format!("many {round}")), valued("D", &format!("many {round}"))];
                    let removed: Vec<String> =
                        list.iter().filter(|secret| secret.key == "B").map(|secret| secret.key.clone()).collect();
                    secrets::write_many(app, admin, &at, &changes, &removed).await.unwrap();
                }
                _ => {
                    if let Some((id, _)) = snapshots.values().nth(random.random_range(0..snapshots.len().max(1))) {
                        bench.back_to(*id).await;
                    }
                }
            }
            if let Some(commit) = bench.commits("/").await.first() {
                snapshots.insert(commit.sequence, (commit.id, bench.held("/").await));
            }
        }
        assert!(snapshots.len() > 30, "seed {seed}: too little happened");
        let mut order: Vec<_> = snapshots.into_values().collect();
        for index in 0..order.len() {
            let other = random.random_range(index..order.len());
            order.swap(index, other);
        }
        for (id, expected) in order {
            bench.back_to(id).await;
            assert_eq!(bench.held("/").await, expected, "seed {seed}");
            let rest = commits::compare(app, admin, bench.project_id, id, false).await.unwrap();
            assert!(rest.is_empty(), "seed {seed}: {rest:?}");
            assert_eq!(bench.back_to(id).await, commits::RolledBack::default(), "seed {seed}: a second time does nothing");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_folder_comes_back_with_all_that_was_in_it() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let tag = bench.tag("public").await;
        let sub = bench.make("/", "sub").await;
        bench.make("/sub", "empty").await;
        bench.make("/sub", "deep").await;
        let rich = NewSecret {
            comment: Some(SecretString::from("why")),
            tag_ids: vec![tag],
            metadata: vec![MetadataInput { key: "owner".into(), value: SecretString::from("a"), is_encrypted: true }],
            ..new("RICH", "one")
        };
        secrets::create(app, admin, &bench.at("dev", "/sub/deep"), rich).await.unwrap();
        bench.set("dev", "/sub/deep", "RICH", "two").await;
        bench.put("dev", "/sub", "S", "s").await;
        let before = bench.commits("/").await[0].id;
        bench.make("/", "later").await;
        folders::delete(app, admin, bench.project_id, "dev", &SecretPath::root(), "sub").await.unwrap();
        let deletion = bench.commits("/").await[0].id;
        assert_eq!(bench.commits("/").await[0].message, "Removed 1 folder");

        let check = async |bench: &Bench| {
            assert_eq!((bench.held("/sub").await, bench.held("/sub/deep").await), (vec!["S=s".into()], vec!["RICH=two".into()]));
            assert!(bench.held("/sub/empty").await.is_empty());
            let list = bench.list_as(bench.admin(), &ListInput::new(bench.at("dev", "/sub/deep"))).await.unwrap();
            let back = &list.secrets[0];
            assert_eq!(back.comment.as_ref().unwrap().expose_secret(), "why");
            assert_eq!((back.tags[0].slug.as_str(), back.metadata[0].value.expose_secret()), ("public", "a"));
            let place =
                folders::require(bench.world.app.db.read(), bench.project_id, "dev", &SecretPath::parse("/sub").unwrap(), "")
                    .await
                    .unwrap();
            assert_eq!((place.folder.id, place.folder.description.as_deref()), (sub.folder.id, Some("mine")));
        };
        // Reverting the deletion brings it back …
        let reverted = commits::revert(app, admin, bench.project_id, deletion).await.unwrap();
        assert_eq!((reverted.restored, reverted.kept.len()), (1, 0));
        check(&bench).await;
        // … and so does going back, which also takes the later folder away.
        folders::delete(app, admin, bench.project_id, "dev", &SecretPath::root(), "sub").await.unwrap();
        let differences = commits::compare(app, admin, bench.project_id, before, false).await.unwrap();
        let told: Vec<(&str, Vec<(Effect, &str)>)> = differences
            .iter()
            .map(|difference| {
                (
                    difference.path.as_str(),
                    difference.changes.iter().map(|change| (change.effect, change.name.as_str())).collect(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("/", vec![(Effect::Removed, "later"), (Effect::Added, "sub")]),
                ("/sub", vec![(Effect::Added, "deep"), (Effect::Added, "empty"), (Effect::Added, "S")]),
                ("/sub/deep", vec![(Effect::Added, "RICH")]),
            ]
        );
        let done = bench.back_to(before).await;
        assert_eq!((done.secrets, done.folders), (2, 4));
        check(&bench).await;
        assert!(commits::compare(app, admin, bench.project_id, before, false).await.unwrap().is_empty());
        // The folder's own history goes on where it stopped.
        let messages: Vec<String> = bench.commits("/sub").await.into_iter().map(|commit| commit.message).collect();
        assert_eq!(messages.len(), 7, "{messages:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_deeply_takes_the_folders_below_along() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        bench.make("/", "sub").await;
        bench.put("dev", "/sub", "S", "old").await;
        bench.put("dev", "/", "R", "old").await;
        let then = bench.commits("/").await[0].id;
        bench.world.clock.advance_ms(1_000);
        bench.set("dev", "/sub", "S", "new").await;
        bench.put("dev", "/sub", "T", "new").await;
        bench.set("dev", "/", "R", "new").await;
        let rename = UpdateFolder {
            id_or_name: "sub".to_owned(),
            environment: "dev".to_owned(),
            path: SecretPath::root(),
            name: "renamed".to_owned(),
            description: None,
        };
        folders::update(app, admin, bench.project_id, rename).await.unwrap();
        bench.back_to(then).await;
        assert_eq!(
            (bench.held("/").await, bench.held("/sub").await),
            (vec!["R=old".into()], vec!["S=new".into(), "T=new".into()])
        );
        let input = Rollback { commit_id: then, is_deep: true, message: Some("as it was".to_owned()), ..Rollback::default() };
        commits::rollback(app, admin, bench.project_id, &input).await.unwrap();
        assert_eq!(bench.held("/sub").await, ["S=old"]);
        assert_eq!(bench.commits("/sub").await[0].message, "as it was");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_folder_stays_where_it_was_moved_to() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let sub = bench.make("/", "sub").await;
        bench.make("/", "other").await;
        bench.put("dev", "/sub", "S", "s").await;
        let then = bench.commits("/").await[0].id;
        let moving = MoveFolder {
            id_or_name: "sub".to_owned(),
            environment: "dev".to_owned(),
            path: SecretPath::root(),
            to_environment: "prod".to_owned(),
            to_path: SecretPath::root(),
        };
        folders::move_folder(app, admin, bench.project_id, moving).await.unwrap();
        assert_eq!(bench.commits("/").await[0].message, "Removed 1 folder");
        let there = bench.at("prod", "/sub");
        let history = commits::list(app, admin, &there, all()).await.unwrap().commits;
        assert_eq!((history.len(), history[0].folder_id), (1, sub.folder.id), "its history goes along");
        let into = commits::list(app, admin, &bench.at("prod", "/"), all()).await.unwrap().commits;
        assert_eq!(into[0].message, "Added 1 folder");

        assert_eq!(bench.back_to(then).await, commits::RolledBack::default());
        let reverted = commits::revert(app, admin, bench.project_id, bench.commits("/").await[0].id).await.unwrap();
        assert_eq!((reverted.restored, reverted.kept), (0, vec!["sub".to_owned()]));
        assert_eq!(pairs(&bench.list_as(admin, &ListInput::new(there)).await.unwrap().secrets), ["S=s"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_needs_its_right_and_those_of_its_steps() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        bench.put("dev", "/", "A", "1").await;
        let then = bench.commits("/").await[0].id;
        bench.set("dev", "/", "A", "2").await;
        let viewer = bench.world.user(bench.world.org_id, "vera@example.com", "member").await.unwrap();
        bench.world.grant(bench.project_id, &viewer, "viewer").await.unwrap();
        let input = Rollback { commit_id: then, ..Rollback::default() };
        assert_eq!(refusal(commits::rollback(app, &viewer, bench.project_id, &input).await).0, 403);
        assert_eq!(bench.held("/").await, ["A=2"]);
        let elsewhere = bench.world.project("elsewhere").await.unwrap();
        assert_eq!(refusal(commits::rollback(app, admin, elsewhere, &input).await).0, 404);
        let other = Rollback { folder_id: Some(Uuid::nil()), ..input.clone() };
        assert_eq!(refusal(commits::rollback(app, admin, bench.project_id, &other).await).0, 400);
        let long = Rollback { message: Some("m".repeat(257)), ..input };
        assert!(commits::rollback(app, admin, bench.project_id, &long).await.is_err());
        assert_eq!(bench.commits("/").await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_somebody_may_not_know_are_told_nowhere() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let app = &bench.world.app;
        let changes = [valued("OPEN", "1"), valued("HIDDEN_KEY", "2")];
        let at = bench.at("dev", "/");
        let id = secrets::write_many(app, bench.admin(), &at, &changes, &[]).await.unwrap().unwrap();
        bench.set("dev", "/", "HIDDEN_KEY", "3").await;
        let ci = bench.world.identity(bench.world.org_id, "ci", "no-access").await.unwrap();
        let rule = |value: serde_json::Value| serde_json::from_value::<Rule>(value).unwrap();
        let rules = [
            rule(json!({ "subject": "secrets", "action": ["describeSecret", "readValue", "delete"] })),
            rule(json!({ "subject": "commits", "action": ["read", "perform-rollback"] })),
            rule(json!({
                "subject": "secrets", "action": ["describeSecret", "readValue"], "inverted": true,
                "conditions": { "secretName": { "$glob": "HIDDEN*" } },
            })),
        ];
        bench.world.grant_rules(bench.project_id, &ci, &rules).await.unwrap();
        for (search, expected) in [("open", 1), ("hidden", 0), ("secret", 2)] {
            let wanted = ListCommits { search: Some(search.to_owned()), ..all() };
            assert_eq!(commits::list(app, &ci, &at, wanted).await.unwrap().total, expected, "{search}");
        }
        let found = commits::find(app, &ci, bench.project_id, id).await.unwrap();
        assert_eq!((found.changes.len(), found.hidden), (1, 1));
        let values = commits::reveal(app, &ci, bench.project_id, id).await.unwrap();
        assert_eq!(values.iter().map(|value| value.key.as_str()).collect::<Vec<_>>(), ["OPEN"]);
        let reverted = commits::revert(app, &ci, bench.project_id, id).await.unwrap();
        assert_eq!((reverted.restored, reverted.kept), (1, vec![commits::UNNAMED.to_owned()]));
    })
    .await;
}

//! Creating, changing, deleting, moving.

use keyferry_db::entities::secrets as rows;
use keyferry_domain::secrets::{
    self, BatchMode, Change, Deletion, GetInput, Kind, ListInput, MetadataInput, MoveInput, NewSecret, Personal, TagChange,
};
use keyferry_test_support::on_each_backend;
use secrecy::{ExposeSecret as _, SecretString};

use super::support::{Bench, new, pairs, refusal, value};

fn renamed(key: &str, new_key: &str) -> Change {
    Change { key: key.to_owned(), new_key: Some(new_key.to_owned()), ..Change::default() }
}

fn valued(key: &str, value: &str) -> Change {
    Change { key: key.to_owned(), value: Some(SecretString::from(value)), ..Change::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_lives() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let tag = bench.tag("public").await;
        let at = bench.at("dev", "/");
        let made = secrets::create(
            &bench.world.app,
            bench.admin(),
            &at,
            NewSecret {
                comment: Some(SecretString::from("why")),
                tag_ids: vec![tag],
                metadata: vec![MetadataInput { key: "owner".into(), value: SecretString::from("a"), is_encrypted: false }],
                reminder_note: Some(SecretString::from("rotate")),
                reminder_repeat_days: Some(30),
                ..new("API_URL", " bytes \r\n as given\n")
            },
        )
        .await
        .unwrap();
        assert_eq!((made.version, value(&made).as_str()), (1, " bytes \r\n as given\n"));

        bench.world.clock.advance_ms(5_000);
        let changed = bench.set("dev", "/", "API_URL", "two").await;
        assert_eq!((changed.id, changed.version), (made.id, 2));
        assert_eq!(changed.updated_at_ms - changed.created_at_ms, 5_000);
        assert_eq!(changed.comment.as_ref().unwrap().expose_secret(), "why");
        assert_eq!(changed.reminder_note.as_ref().unwrap().expose_secret(), "rotate");
        assert_eq!((changed.tags[0].slug.as_str(), changed.metadata[0].key.as_str()), ("public", "owner"));

        let old = GetInput { version: Some(1), ..GetInput::new(at.clone(), "API_URL") };
        let old = bench.get_as(bench.admin(), &old).await.unwrap();
        assert_eq!((old.version, value(&old).as_str()), (1, " bytes \r\n as given\n"));
        assert_eq!(old.comment.unwrap().expose_secret(), "why");
        let (history, total) = secrets::list_versions(&bench.world.app, bench.admin(), made.id, 0, 20, true).await.unwrap();
        assert_eq!(history.iter().map(|v| v.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(total, 2);
        let by_id = secrets::get_by_id(&bench.world.app, bench.admin(), made.id).await.unwrap();
        assert_eq!((by_id.key.as_str(), &*by_id.environment, &*by_id.path), ("API_URL", "dev", "/"));

        let gone =
            secrets::delete(&bench.world.app, bench.admin(), &at, Deletion { key: "API_URL".into(), ..Deletion::default() });
        assert_eq!(value(&gone.await.unwrap()), "two");
        let missing = bench.get_as(bench.admin(), &GetInput::new(at, "API_URL")).await;
        assert_eq!(refusal(missing), (404, "Secret with name 'API_URL' not found".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_use_the_contracts_words() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (dev, nowhere) = (bench.at("dev", "/"), bench.at("dev", "/no"));
        bench.put("dev", "/", "A", "1").await;
        bench.put("dev", "/", "B", "1").await;
        let folder = "Folder with path '/no' in environment with slug 'dev' not found";
        let app = &bench.world.app;
        for (outcome, expected) in [
            (bench.put_as(bench.admin(), &dev, "A", "2").await, (400, "Secret already exists")),
            (bench.put_as(bench.admin(), &dev, "a/b", "2").await, (400, "Secret name cannot contain colon or forward slash.")),
            (bench.put_as(bench.admin(), &nowhere, "A", "2").await, (404, folder)),
            (bench.change(&nowhere, valued("A", "2")).await, (404, folder)),
            (bench.change(&dev, valued("X", "2")).await, (404, "Secret with name X not found")),
            (bench.change(&dev, renamed("A", "B")).await, (400, "Secret with the new name already exists")),
            (
                secrets::delete(app, bench.admin(), &dev, Deletion { key: "X".into(), ..Deletion::default() }).await,
                (404, "Secret with name 'X' not found"),
            ),
            (bench.get_as(bench.admin(), &GetInput::new(nowhere.clone(), "A")).await, (404, folder)),
            (
                secrets::create(app, bench.admin(), &dev, NewSecret { kind: Kind::Personal, ..new("P", "1") }).await,
                (400, "Failed to create personal secret override for no corresponding shared secret"),
            ),
        ] {
            assert_eq!(refusal(outcome), (expected.0, expected.1.to_owned()));
        }
        let list = bench.list_as(bench.admin(), &ListInput::new(nowhere)).await;
        assert_eq!(
            refusal(list).1,
            "Folder with path '/no' in environment 'dev' was not found. Please ensure the environment slug and secret path is correct."
        );
        let both = secrets::create_many(app, bench.admin(), &dev, &[new("B", "1"), new("C", "1"), new("A", "1")]).await;
        assert_eq!(refusal(both), (400, "Secret already exists: A,B".into()));
        let unknown_tag = NewSecret { tag_ids: vec![bench.tag("t").await, bench.project_id], ..new("T", "1") };
        assert_eq!(refusal(secrets::create(app, bench.admin(), &dev, unknown_tag).await), (404, "Tag not found. Found t".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_all_or_nothing() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.folder("dev", "/sub").await;
        let (app, dev) = (&bench.world.app, bench.at("dev", "/"));
        let news: Vec<NewSecret> = (0..1_000).map(|i| new(&format!("K{i:04}"), &i.to_string())).collect();
        assert_eq!(secrets::create_many(app, bench.admin(), &dev, &news).await.unwrap().len(), 1_000);

        let sub = keyferry_domain::paths::SecretPath::parse("/sub").unwrap();
        let changes = [valued("K0001", "x"), Change { path: Some(sub.clone()), ..valued("NEW", "y") }];
        let failed = secrets::update_many(app, bench.admin(), &dev, &changes, BatchMode::FailOnNotFound).await;
        assert_eq!(refusal(failed), (404, "Secret with name NEW not found".into()));
        assert_eq!(bench.raw("dev", "/", "K0001").await, "1");
        let ignored = secrets::update_many(app, bench.admin(), &dev, &changes, BatchMode::Ignore).await.unwrap();
        assert_eq!(pairs(&ignored), ["K0001=x"]);
        let upserted = secrets::update_many(app, bench.admin(), &dev, &changes, BatchMode::Upsert).await.unwrap();
        assert_eq!(pairs(&upserted), ["K0001=x", "NEW=y"]);
        assert_eq!((upserted[0].version, &*upserted[1].path), (3, "/sub"));

        let gone =
            [Deletion { key: "K0002".into(), ..Deletion::default() }, Deletion { key: "NO".into(), ..Deletion::default() }];
        assert_eq!(refusal(secrets::delete_many(app, bench.admin(), &dev, &gone).await).0, 404);
        assert_eq!(bench.raw("dev", "/", "K0002").await, "2");
        assert_eq!(secrets::delete_many(app, bench.admin(), &dev, &gone[..1]).await.unwrap().len(), 1);
        let listing = bench.list_as(bench.admin(), &ListInput::new(dev)).await.unwrap();
        assert_eq!(listing.secrets.len(), 999);
        assert!(listing.secrets.is_sorted_by(|a, b| a.key < b.key));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_changes_of_one_key_are_never_lost() {
    on_each_backend(|world| async move {
        let bench = std::sync::Arc::new(Bench::new(world).await);
        bench.put("dev", "/", "HOT", "0").await;
        let tasks: Vec<_> = (1..=20)
            .map(|i| {
                let bench = std::sync::Arc::clone(&bench);
                tokio::spawn(async move { bench.set("dev", "/", "HOT", &i.to_string()).await.version })
            })
            .collect();
        let mut versions = Vec::new();
        for task in tasks {
            versions.push(task.await.unwrap());
        }
        versions.sort_unstable();
        assert_eq!(versions, (2..=21).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_creates_of_one_key_have_one_winner() {
    on_each_backend(|world| async move {
        let bench = std::sync::Arc::new(Bench::new(world).await);
        let tasks: Vec<_> = (0..8)
            .map(|i: i32| {
                let bench = std::sync::Arc::clone(&bench);
                tokio::spawn(
                    async move { refusal(bench.put_as(bench.admin(), &bench.at("dev", "/"), "ONE", &i.to_string()).await) },
                )
            })
            .collect();
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.unwrap().0);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overrides_belong_to_one_user() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let other = bench.world.user(bench.world.org_id, "eve@example.com", "member").await.unwrap();
        let robot = bench.world.identity(bench.world.org_id, "robot", "member").await.unwrap();
        for caller in [&other, &robot] {
            bench.world.grant(bench.project_id, caller, "member").await.unwrap();
        }
        let (app, dev) = (&bench.world.app, bench.at("dev", "/"));
        let mine = NewSecret { kind: Kind::Personal, ..new("A", "mine") };
        assert_eq!(
            refusal(secrets::create(app, &robot, &dev, mine.clone()).await),
            (400, "Must be user to create personal secret".into())
        );
        bench.put("dev", "/", "A", "ours").await;
        secrets::create(app, bench.admin(), &dev, mine).await.unwrap();

        let with = |personal| ListInput { personal, ..ListInput::new(dev.clone()) };
        for (caller, personal, expected) in [
            (bench.admin(), Personal::Separate, vec!["A=mine", "A=ours"]),
            (bench.admin(), Personal::Override, vec!["A=mine"]),
            (bench.admin(), Personal::Exclude, vec!["A=ours"]),
            (&other, Personal::Separate, vec!["A=ours"]),
            (&robot, Personal::Override, vec!["A=ours"]),
        ] {
            let mut seen = pairs(&bench.list_as(caller, &with(personal)).await.unwrap().secrets);
            seen.sort();
            assert_eq!(seen, expected);
        }
        let change = Change { kind: Kind::Personal, ..valued("A", "changed") };
        assert_eq!(refusal(secrets::update(app, &other, &dev, change.clone()).await).0, 404);
        assert_eq!(secrets::update(app, bench.admin(), &dev, change).await.unwrap().version, 2);
        let rename = Change { kind: Kind::Personal, ..renamed("A", "B") };
        assert_eq!(refusal(bench.change(&dev, rename).await), (400, "Personal secret cannot change the key name".into()));

        // The override follows a new name, and ends with the shared secret.
        bench.change(&dev, renamed("A", "B")).await.unwrap();
        let personal = GetInput { kind: Kind::Personal, ..GetInput::new(dev.clone(), "B") };
        assert_eq!(value(&bench.get_as(bench.admin(), &personal).await.unwrap()), "changed");
        secrets::delete(app, bench.admin(), &dev, Deletion { key: "B".into(), ..Deletion::default() }).await.unwrap();
        assert_eq!(refusal(bench.get_as(bench.admin(), &personal).await).0, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_set_added_and_removed() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (red, _) = (bench.tag("red").await, bench.tag("blue").await);
        let dev = bench.at("dev", "/");
        bench.put("dev", "/", "A", "1").await;
        for (change, expected) in [
            (TagChange::Set(vec![red]), vec!["red"]),
            (TagChange::Add(vec!["blue".into(), "red".into()]), vec!["blue", "red"]),
            (TagChange::Remove(vec!["red".into()]), vec!["blue"]),
            (TagChange::Set(Vec::new()), vec![]),
        ] {
            let change = Change { key: "A".into(), tags: Some(change), ..Change::default() };
            let secret = bench.change(&dev, change).await.unwrap();
            assert_eq!(secret.tags.iter().map(|t| t.slug.as_str()).collect::<Vec<_>>(), expected);
            let read = bench.get_as(bench.admin(), &GetInput::new(dev.clone(), "A")).await.unwrap();
            assert_eq!(read.tags, secret.tags);
        }
        let unknown = Change { key: "A".into(), tags: Some(TagChange::Add(vec!["no".into()])), ..Change::default() };
        assert_eq!(refusal(bench.change(&dev, unknown).await), (404, "Tag not found. Found ".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_secrets_keep_their_history() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.folder("prod", "/app").await;
        let app = &bench.world.app;
        let a = bench.put("dev", "/", "A", "new").await;
        let old = bench.put("prod", "/app", "A", "old").await;
        let input = MoveInput {
            from: bench.at("dev", "/"),
            to_environment: "prod".into(),
            to_path: bench.at("prod", "/app").path,
            secret_ids: vec![a.id],
            should_overwrite: false,
        };
        let refused = secrets::move_secrets(app, bench.admin(), &input).await;
        assert_eq!(refusal(refused), (400, "Secret already exists: A".into()));
        let moved =
            secrets::move_secrets(app, bench.admin(), &MoveInput { should_overwrite: true, ..input.clone() }).await.unwrap();
        assert!(moved.is_source_updated && moved.is_destination_updated);
        let now = bench.get_as(bench.admin(), &GetInput::new(bench.at("prod", "/app"), "A")).await.unwrap();
        assert_eq!((now.id, now.version, value(&now).as_str()), (a.id, 2, "new"));
        assert!(keyferry_db::find_by_id::<rows::Model>(app.db.read(), old.id).await.unwrap().is_none());
        assert!(bench.list_as(bench.admin(), &ListInput::new(bench.at("dev", "/"))).await.unwrap().secrets.is_empty());
        let (history, _) = secrets::list_versions(app, bench.admin(), a.id, 0, 20, true).await.unwrap();
        assert_eq!(history.len(), 2);
    })
    .await;
}

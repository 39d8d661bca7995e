//! What starts a run, counted: nothing that matters is lost, nothing else runs (contract "connections and syncs", section 4.1).

use keyferry_db::entities::organizations;
use keyferry_domain::environments::{self, UpdateEnvironment};
use keyferry_domain::folders::{self, UpdateFolder};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_imports::{self, UpdateImport};
use keyferry_domain::secret_syncs::{self as syncs, BreakerRule};
use keyferry_domain::secrets::{self, Change, Kind, Location, MoveInput, NewSecret};
use keyferry_test_support::on_each_backend;
use secrecy::SecretString;
use uuid::Uuid;

use super::{Bench, many};

impl Bench {
    async fn set_at(&self, at: &Location, key: &str, value: &str) {
        let change = Change { key: key.to_owned(), value: Some(SecretString::from(value.to_owned())), ..Change::default() };
        secrets::update(&self.world.app, self.admin(), at, change).await.unwrap();
    }

    async fn secret(&self, at: &Location, key: &str, value: &str) -> Uuid {
        let new = NewSecret { key: key.to_owned(), value: SecretString::from(value.to_owned()), ..NewSecret::default() };
        secrets::create(&self.world.app, self.admin(), at, new).await.unwrap().id
    }

    async fn move_to(&self, from: &Location, to: &Location, id: Uuid) {
        let input = MoveInput {
            from: from.clone(),
            to_environment: to.environment.clone(),
            to_path: to.path.clone(),
            secret_ids: vec![id],
            should_overwrite: false,
        };
        secrets::move_secrets(&self.world.app, self.admin(), &input).await.unwrap();
    }

    async fn rename_folder(&self, environment: &str, name: &str, new_name: &str) {
        let input = UpdateFolder {
            id_or_name: name.to_owned(),
            environment: environment.to_owned(),
            path: SecretPath::root(),
            name: new_name.to_owned(),
            description: None,
        };
        folders::update(&self.world.app, self.admin(), self.project_id, input).await.unwrap();
    }

    async fn delete_folder(&self, environment: &str, name: &str) {
        let (app, admin) = (&self.world.app, self.admin());
        folders::delete(app, admin, self.project_id, environment, &SecretPath::root(), name).await.unwrap();
    }

    async fn environment(&self, slug: &str) -> Uuid {
        environments::get_by_slug(&self.world.app, self.admin(), self.project_id, slug).await.unwrap().id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_of_imports_and_references_across_environments_are_one_run() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let app = bench.folder("prod", "/app").await;
        let (shared, base) = (bench.folder("dev", "/shared").await, bench.folder("staging", "/base").await);
        let (refs, deep) = (bench.folder("staging", "/refs").await, bench.folder("dev", "/deep").await);
        bench.secret(&base, "BASE", "one").await;
        bench.import(&shared, &base).await;
        bench.import(&app, &shared).await;
        bench.secret(&deep, "DEEP", "one").await;
        bench.secret(&refs, "HOST", "${dev.deep.DEEP}").await;
        bench.secret(&app, "URL", "https://${staging.refs.HOST}").await;
        // Both ways lead to one folder, which is still one run.
        bench.import(&app, &refs).await;
        let id = bench.sync_of(&app, |_| {}).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["BASE", "HOST", "URL"]);

        assert_eq!(bench.runs_after(id, bench.set_at(&base, "BASE", "two")).await, 1);
        assert_eq!(bench.value("BASE").as_deref(), Some("two"));
        assert_eq!(bench.runs_after(id, bench.set_at(&deep, "DEEP", "two")).await, 1);
        assert_eq!(bench.value("URL").as_deref(), Some("https://two"));
        assert_eq!(bench.value("HOST").as_deref(), Some("two"));

        // What no chain reaches sets nothing in motion.
        let elsewhere = bench.folder("prod", "/app-2").await;
        let quiet = async |at: &Location, key: &str| {
            bench.secret(at, key, "x").await;
        };
        assert_eq!(bench.runs_after(id, quiet(&elsewhere, "A")).await, 0, "a folder beside it");
        assert_eq!(bench.runs_after(id, quiet(&bench.root("prod"), "B")).await, 0, "the folder above");
        assert_eq!(bench.runs_after(id, quiet(&bench.folder("prod", "/app/below").await, "C")).await, 0, "a folder beneath");
        let other = bench.world.project("other").await.unwrap();
        assert_eq!(bench.runs_after(id, quiet(&Location { project_id: other, ..bench.root("prod") }, "D")).await, 0);
        let personal = NewSecret {
            key: "URL".to_owned(),
            kind: Kind::Personal,
            value: SecretString::from("mine".to_owned()),
            ..NewSecret::default()
        };
        let override_it = async {
            secrets::create(&bench.world.app, bench.admin(), &app, personal).await.unwrap();
        };
        assert_eq!(bench.runs_after(id, override_it).await, 0, "a personal value");
        assert_eq!(bench.value("URL").as_deref(), Some("https://two"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn circles_end() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, back) = (bench.folder("prod", "/app").await, bench.folder("dev", "/back").await);
        bench.secret(&back, "M", "m").await;
        bench.secret(&app, "K", "${dev.back.M}").await;
        bench.secret(&app, "PLAIN", "p").await;
        let id = bench.sync_of(&app, |_| {}).await;
        bench.succeeded(id).await;
        assert_eq!(bench.runs_after(id, bench.set_at(&back, "M", "${prod.app.K}")).await, 1);
        assert_eq!(bench.value("K").as_deref(), Some("m"), "what cannot be resolved stays");
        assert_eq!(bench.runs_after(id, bench.set_at(&app, "PLAIN", "q")).await, 1);
        assert_eq!(bench.value("PLAIN").as_deref(), Some("q"));
        assert_eq!(bench.runs_after(id, bench.set_at(&back, "M", "mended")).await, 1);
        bench.succeeded(id).await;
        assert_eq!(bench.value("K").as_deref(), Some("mended"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_added_reordered_changed_and_removed() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let at = bench.folder("prod", "/app").await;
        let (one, two) = (bench.folder("dev", "/one").await, bench.folder("dev", "/two").await);
        bench.secret(&one, "X", "1").await;
        bench.secret(&two, "X", "2").await;
        let id = bench.sync_of(&at, |_| {}).await;
        let add = async {
            bench.import(&at, &one).await;
        };
        assert_eq!(bench.runs_after(id, add).await, 1);
        let row = bench.failed(id).await;
        assert!(row.last_sync_message.unwrap().contains('X'), "outside the grant until somebody with the right renews it");
        assert_eq!(bench.keys(), Vec::<String>::new());
        bench.import(&at, &two).await;
        bench.settled(id).await;
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.value("X").as_deref(), Some("2"), "the later import wins");

        let listed = secret_imports::list(app, admin, bench.project_id, "prod", &at.path).await.unwrap();
        let reorder = async {
            let input = UpdateImport { position: Some(1), ..UpdateImport::default() };
            let second = listed[1].row.id;
            secret_imports::update(app, admin, bench.project_id, "prod", &at.path, second, input).await.unwrap();
        };
        assert_eq!(bench.runs_after(id, reorder).await, 1);
        assert_eq!(bench.value("X").as_deref(), Some("1"));
        let remove = async {
            secret_imports::delete(app, admin, bench.project_id, "prod", &at.path, listed[0].row.id).await.unwrap();
        };
        assert_eq!(bench.runs_after(id, remove).await, 1);
        assert_eq!(bench.value("X").as_deref(), Some("2"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_renamed_and_deleted() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (at, shared) = (bench.folder("prod", "/app").await, bench.folder("dev", "/shared").await);
        bench.secret(&at, "OWN", "v").await;
        bench.secret(&shared, "X", "1").await;
        bench.import(&at, &shared).await;
        let id = bench.sync_of(&at, |_| {}).await;
        bench.succeeded(id).await;
        bench.calls();
        assert_eq!(bench.runs_after(id, bench.rename_folder("prod", "app", "renamed")).await, 1);
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), Vec::<String>::new(), "a sync follows its folder, and nothing else changed");
        assert_eq!(bench.runs_after(id, bench.rename_folder("prod", "renamed", "app")).await, 1);
        bench.folder("prod", "/beside").await;
        assert_eq!(bench.runs_after(id, bench.rename_folder("prod", "beside", "beside-2")).await, 0);
        assert_eq!(bench.runs_after(id, bench.delete_folder("prod", "beside-2")).await, 0);
        assert_eq!(bench.runs_after(id, bench.delete_folder("dev", "shared")).await, 1);
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["OWN"]);
        assert_eq!(bench.runs_after(id, bench.delete_folder("prod", "app")).await, 1);
        let row = bench.failed(id).await;
        assert!(row.last_sync_message.unwrap().contains("folder no longer exists"));
        assert_eq!(bench.keys(), ["OWN"], "a lost source deletes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_changed_and_deleted() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let (at, shared) = (bench.folder("prod", "/app").await, bench.folder("dev", "/shared").await);
        bench.secret(&at, "OWN", "v").await;
        bench.secret(&shared, "X", "1").await;
        bench.import(&at, &shared).await;
        let schema = Some("{{environment}}_{{secretKey}}".to_owned());
        let id = bench.sync_of(&at, |input| input.sync_options.key_schema = schema).await;
        bench.succeeded(id).await;
        assert_eq!(bench.keys(), ["prod_OWN", "prod_X"]);
        let (prod, dev, staging) =
            (bench.environment("prod").await, bench.environment("dev").await, bench.environment("staging").await);
        let change = async |id, input: UpdateEnvironment| {
            environments::update(app, admin, bench.project_id, id, input).await.unwrap();
        };
        let name = UpdateEnvironment { name: Some("Live".to_owned()), ..UpdateEnvironment::default() };
        assert_eq!(bench.runs_after(id, change(prod, name)).await, 0, "a name means nothing to a sync");
        let delete = async |id| {
            environments::delete(app, admin, bench.project_id, id).await.unwrap();
        };
        assert_eq!(bench.runs_after(id, delete(staging)).await, 0);
        let slug = UpdateEnvironment { slug: Some("live".to_owned()), ..UpdateEnvironment::default() };
        assert_eq!(bench.runs_after(id, change(prod, slug)).await, 1);
        bench.settled(id).await;
        assert!(bench.keys().contains(&"live_OWN".to_owned()), "{:?}", bench.keys());
        assert_eq!(bench.runs_after(id, delete(dev)).await, 1);
        let before = bench.keys();
        assert_eq!(bench.runs_after(id, delete(prod)).await, 1);
        assert!(bench.failed(id).await.last_sync_message.unwrap().contains("folder no longer exists"));
        assert_eq!(bench.keys(), before, "a lost source deletes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_moved_in_out_and_within() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let (at, shared) = (bench.folder("prod", "/app").await, bench.folder("dev", "/shared").await);
        let (far, farther) = (bench.folder("staging", "/far").await, bench.folder("staging", "/farther").await);
        bench.import(&at, &shared).await;
        let moving = bench.secret(&far, "MOVING", "v").await;
        let id = bench.sync_of(&at, |_| {}).await;
        bench.succeeded(id).await;
        for (from, to, runs, there) in [
            (&far, &farther, 0, false),
            (&farther, &shared, 1, true),
            (&shared, &at, 1, true),
            (&at, &shared, 1, true),
            (&shared, &far, 1, false),
        ] {
            bench.calls();
            assert_eq!(
                bench.runs_after(id, bench.move_to(from, to, moving)).await,
                runs,
                "{} {}",
                from.path.as_str(),
                to.path.as_str()
            );
            assert_eq!(bench.value("MOVING").is_some(), there);
            assert!(bench.calls().iter().all(|call| call.method != "DELETE" || !there), "it is there all the while");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_run_writes_every_value_again() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let id = bench.pushed(3).await;
        bench.set_there("KEY_001", "changed by hand", true);
        bench.calls();
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), Vec::<String>::new(), "a secret cannot be read back, so nobody sees it");
        syncs::force_sync_secrets(&bench.world.app, bench.admin(), "checkly", id).await.unwrap();
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), ["PUT KEY_000", "PUT KEY_001", "PUT KEY_002"]);
        assert_eq!(bench.value("KEY_001").as_deref(), Some("value-1"));
        assert_eq!(bench.last_run(id).await.0.trigger, "force");
        bench.trigger(id).await;
        bench.succeeded(id).await;
        assert_eq!(bench.writes(), Vec::<String>::new());
    })
    .await;
}

/// The sync's own rule, none at all, the organization's, and the default.
#[tokio::test(flavor = "multi_thread")]
async fn the_breaker_follows_the_nearest_rule() {
    let rule = |keys, percent| Some(Some(BreakerRule { keys, percent }));
    for (own, organization, waiting) in [
        (None, None, 0),
        (rule(1, 0), None, 3),
        (rule(2, 75), None, 0),
        (Some(None), Some(r#"{"keys":0,"percent":0}"#), 0),
        (None, Some(r#"{"keys":2,"percent":1}"#), 3),
    ] {
        on_each_backend(|world| async move {
            let bench = Bench::new(world).await;
            let app = &bench.world.app;
            let tx = app.db.begin().await.unwrap();
            let row = keyferry_db::find_by_id::<organizations::Model>(&tx, bench.world.org_id).await.unwrap().unwrap();
            let changed = organizations::Model { deletion_breaker: organization.map(str::to_owned), ..row };
            keyferry_db::update(&tx, changed).await.unwrap();
            tx.commit().await.unwrap();
            bench.put_all(&many(4)).await;
            let id = bench.sync(|input| input.sync_options.deletion_breaker = own).await;
            bench.succeeded(id).await;
            bench.remove(&["KEY_000", "KEY_001", "KEY_002"]).await;
            let row = bench.succeeded(id).await;
            assert_eq!(row.pending_count, waiting, "{own:?} {organization:?}");
            assert_eq!(bench.keys().len(), if waiting == 0 { 1 } else { 4 });
        })
        .await;
    }
}

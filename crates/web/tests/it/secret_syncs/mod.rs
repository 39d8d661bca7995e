//! Secret Syncs: every journey by plain forms, with a worker and the simulator behind it.

mod change;
mod checks;
mod create;
mod denied;
mod folders;
mod plans;
mod runs;

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use keyferry_db::entities::secret_syncs::Model;
use keyferry_domain::app_connections::{self, CreateConnection};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_syncs::{self, CreateSync, DestinationConfig, SyncOptionsInput};
use keyferry_domain::secrets::{self, BatchMode, Change, Deletion, Location};
use keyferry_jobs::{Worker, WorkerConfig, WorkerHandle};
use keyferry_test_support::{World, eventually};
use secrecy::SecretString;
use uuid::Uuid;

use crate::browser::{Answer, Browser};

/// A project with a connection, a worker, and a browser of its administrator.
struct Stage {
    world: World,
    browser: Browser,
    project_id: Uuid,
    connection_id: Uuid,
    at: Location,
    /// Address of the project's pages.
    base: String,
    _worker: WorkerHandle,
}

impl Stage {
    async fn new() -> Self {
        Self::of(World::new().await.unwrap()).await
    }

    async fn of(world: World) -> Self {
        let project_id = world.project("shop").await.unwrap();
        let input = CreateConnection {
            app: "checkly".to_owned(),
            name: "checkly-eu".to_owned(),
            method: "api-key".to_owned(),
            description: None,
            project_id: None,
            api_key: SecretString::from(world.api_key.clone()),
        };
        let connection_id = app_connections::create(&world.app, &world.admin, input).await.unwrap().id;
        let clock = Arc::clone(&world.app.clock);
        let worker = Worker::spawn(
            world.app.db.clone(),
            world.app.queue.clone(),
            secret_syncs::handlers(&world.app),
            WorkerConfig { owner: "test".to_owned(), concurrency: 4, lease_ms: 30_000, poll: Duration::from_millis(20) },
            Arc::new(move || clock.now_ms()),
        );
        let browser = Browser::signed_in(&world, &world.admin).await;
        let base = format!("/organizations/{}/projects/secret-management/{project_id}", world.org_id);
        let at = Location { project_id, environment: "prod".to_owned(), path: SecretPath::root() };
        Self { world, browser, project_id, connection_id, at, base, _worker: worker }
    }

    async fn put(&self, pairs: &[(&str, &str)]) {
        let changes: Vec<Change> = pairs
            .iter()
            .map(|(key, value)| Change { key: (*key).to_owned(), value: Some(SecretString::from(*value)), ..Change::default() })
            .collect();
        secrets::update_many(&self.world.app, &self.world.admin, &self.at, &changes, BatchMode::Upsert).await.unwrap();
    }

    async fn take_away(&self, keys: &[&str]) {
        let deletions: Vec<Deletion> =
            keys.iter().map(|key| Deletion { key: (*key).to_owned(), ..Deletion::default() }).collect();
        secrets::delete_many(&self.world.app, &self.world.admin, &self.at, &deletions).await.unwrap();
    }

    /// A sync of the whole environment to the account, at rest after its first run.
    async fn sync(&self, change: impl FnOnce(&mut CreateSync)) -> Uuid {
        let mut input = CreateSync {
            destination: "checkly".to_owned(),
            name: "checkly-prod".to_owned(),
            description: None,
            project_id: self.project_id.to_string(),
            connection_id: self.connection_id,
            environment: "prod".to_owned(),
            secret_path: "/".to_owned(),
            is_auto_sync_enabled: true,
            include_all_sub_folders: None,
            sync_options: SyncOptionsInput::default(),
            destination_config: DestinationConfig {
                account_id: self.world.account_id.clone(),
                account_name: Some("Acme EU".to_owned()),
                group_id: None,
                group_name: None,
            },
            approve: None,
        };
        change(&mut input);
        let id = secret_syncs::create(&self.world.app, &self.world.admin, input).await.unwrap().sync.id;
        self.settled(id).await;
        id
    }

    /// Waits until no run waits or works; none when the sync is gone.
    async fn at_rest(&self, id: Uuid) -> Option<Model> {
        eventually("the sync comes to rest", || async {
            let conn = self.world.app.db.read();
            for kind in ["sync-secrets", "remove-secrets"] {
                if let Some(job) = keyferry_db::jobs::find(conn, kind, &id.to_string()).await.unwrap()
                    && (job.state == "running" || job.run_at_ms <= self.world.app.now_ms())
                {
                    return None;
                }
            }
            Some(keyferry_db::find_by_id::<Model>(conn, id).await.unwrap())
        })
        .await
    }

    async fn settled(&self, id: Uuid) -> Model {
        self.at_rest(id).await.unwrap()
    }

    async fn the_only_sync(&self) -> Uuid {
        let project = self.project_id.to_string();
        let listed = secret_syncs::list(&self.world.app, &self.world.admin, None, &project).await.unwrap();
        assert_eq!(listed.len(), 1);
        listed[0].sync.id
    }

    fn page(&self, id: Uuid) -> String {
        format!("{}/integrations/secret-syncs/checkly/{id}", self.base)
    }

    fn step(&self, step: &str) -> String {
        format!("{}/integrations/secret-syncs/new/checkly/{step}", self.base)
    }

    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> =
            self.world.sim.state().variables(&self.world.account_id).into_iter().map(|variable| variable.key).collect();
        keys.sort();
        keys
    }

    fn set_there(&self, key: &str, is_secret: bool) {
        assert!(self.world.sim.state().set_variable(&self.world.account_id, key, "theirs", is_secret, is_secret));
    }

    async fn list(&mut self) -> Answer {
        let path = format!("{}/integrations?selectedTab=secret-syncs", self.base);
        self.browser.get(&path).await
    }

    /// Sends a step's form and answers where it leads.
    async fn send(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.browser.get(address).await;
        assert_eq!(form.status, StatusCode::OK, "{}", form.body);
        self.browser.submit(&form, address, fields).await
    }

    /// Goes through the steps up to the review, and answers its address.
    async fn up_to_review(&mut self, name: &str, options: &[(&str, &str)]) -> String {
        let connection = self.connection_id.to_string();
        let source = self.step("source");
        let answer = self.send(&source, &[("environment", "prod"), ("path", "/")]).await;
        let destination = answer.location().to_owned();
        let account = format!("{} Acme EU", self.world.account_id);
        let answer = self.send(&destination, &[("connection", &connection), ("account", &account), ("group", "")]).await;
        let at_options = answer.location().to_owned();
        let answer = self.send(&at_options, options).await;
        let details = answer.location().to_owned();
        let answer = self.send(&details, &[("name", name), ("description", "for tests")]).await;
        answer.location().to_owned()
    }
}

//! An installation with one organization, made without going through the rules under test.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use keyferry_checkly_sim::{Account, Role, Sim, SimConfig};
use keyferry_connectors::checkly::{Checkly, ChecklyOptions};
use keyferry_connectors::{InProcessBudget, RateBudget, Registry};
use keyferry_crypto::{PasswordCost, PasswordHasher, RootKey};
use keyferry_db::entities::{
    environments, folders, identities, org_memberships, organizations, project_membership_roles, project_memberships,
    project_roles, projects, server_settings, users,
};
use keyferry_db::{Db, DbConfig};
use keyferry_domain::access::{AbilityCache, Rule};
use keyferry_domain::keys::{Keys, Scope};
use keyferry_domain::rate_budget::SharedBudget;
use keyferry_domain::{Actor, App, Caller, Clock, Ids, Origin, Settings, SyncLeases, SystemClock};
use tempfile::TempDir;
use uuid::Uuid;

use crate::backend::TestBackend;
use crate::clock::{FakeClock, SequentialIds};

/// Midday of 2 March 2026; any instant would do, a fixed one keeps snapshots still.
const START_MS: i64 = 1_772_452_800_000;

/// How a world is made.
pub struct WorldBuilder {
    backend: TestBackend,
    real_clock: bool,
    latency: Duration,
    shared_budget: bool,
    checkly: ChecklyOptions,
    sync_leases: SyncLeases,
}

impl Default for WorldBuilder {
    fn default() -> Self {
        Self {
            backend: TestBackend::Sqlite,
            real_clock: false,
            latency: Duration::ZERO,
            shared_budget: false,
            checkly: ChecklyOptions::default(),
            sync_leases: SyncLeases::default(),
        }
    }
}

impl WorldBuilder {
    /// On this database.
    #[must_use]
    pub fn backend(mut self, backend: TestBackend) -> Self {
        self.backend = backend;
        self
    }

    /// With the system's clock instead of one that stands still.
    #[must_use]
    pub fn real_clock(mut self) -> Self {
        self.real_clock = true;
        self
    }

    /// The simulator takes this long for each call.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// With the rate budget that a server uses, in the database and by the world's clock.
    #[must_use]
    pub fn shared_budget(mut self) -> Self {
        self.shared_budget = true;
        self
    }

    /// With these limits of the calls to Checkly.
    #[must_use]
    pub fn checkly(mut self, options: ChecklyOptions) -> Self {
        self.checkly = options;
        self
    }

    /// With other leases of sync runs.
    #[must_use]
    pub fn sync_leases(mut self, leases: SyncLeases) -> Self {
        self.sync_leases = leases;
        self
    }

    /// Builds it.
    ///
    /// # Errors
    /// When the database or the simulator cannot be started.
    pub async fn build(self) -> anyhow::Result<World> {
        keyferry_connectors::tls::install();
        let dir = tempfile::tempdir()?;
        let url = self.backend.fresh_url(&dir).await?;
        let sim = keyferry_checkly_sim::start(SimConfig { latency: self.latency, ..SimConfig::default() }).await?;
        let clock = Arc::new(FakeClock::at(START_MS));
        let shared_clock: Arc<dyn Clock> = if self.real_clock { Arc::new(SystemClock) } else { clock.clone() };
        let root_key = RootKey::generate();
        let root_key_text = root_key.to_base64();
        let now_ms = shared_clock.now_ms();

        let db = Db::connect(&DbConfig { url: url.clone(), max_connections: 8 }).await?;
        db.migrate().await?;
        let (jwt_key, token_hash_key) = Keys::generate(&root_key);
        let settings = server_settings::Model {
            id: 1,
            instance_id: Uuid::nil(),
            is_initialized: true,
            root_key_fingerprint: root_key.fingerprint(),
            jwt_key,
            token_hash_key,
            setup_token_hash: None,
            allow_sign_up: false,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
        };
        let tx = db.begin().await?;
        keyferry_db::insert(&tx, settings.clone()).await?;
        tx.commit().await?;

        let ids: Arc<dyn Ids> = Arc::new(SequentialIds::default());
        let budget: Arc<dyn RateBudget> = if self.shared_budget {
            Arc::new(SharedBudget::new(db.clone(), Arc::clone(&shared_clock), Arc::clone(&ids)))
        } else {
            Arc::new(InProcessBudget::default())
        };
        let mut connectors = Registry::default();
        connectors.add(Arc::new(Checkly::new(sim.url().parse()?, self.checkly)?));
        let app = App {
            keys: Keys::open(root_key, &settings)?,
            clock: shared_clock,
            ids,
            settings: Settings {
                public_url: "http://127.0.0.1:8080".to_owned(),
                checkly_api_origin: sim.url(),
                version: "0.0.0-test".to_owned(),
                sync_leases: self.sync_leases,
            },
            passwords: PasswordHasher::new(PasswordCost::Test, 2),
            connectors,
            budget,
            // Tests have their receivers on this machine.
            outbound: keyferry_outbound::Client::new("127.0.0.0/8".parse()?),
            queue: keyferry_jobs::Queue::new(),
            audit: keyferry_domain::audit::Sink::start(db.clone()),
            abilities: AbilityCache::default(),
            tokens: keyferry_domain::authentication::TokenCache::default(),
            steps: keyferry_domain::steps::Steps::default(),
            db,
        };
        let mut world = World {
            app: Arc::new(app),
            clock,
            sim,
            api_key: "cu_0123456789abcdef0123456789abcdef".to_owned(),
            account_id: Uuid::from_u128(0x9c2f_6b7e_4c1d_4d55_8a1c_7a51_e0c1_d2f3).to_string(),
            org_id: Uuid::nil(),
            admin: Caller { actor: Actor::Platform, org_id: None, origin: Origin::default() },
            database_url: url,
            root_key: root_key_text,
            dir,
        };
        world.sim.state().add_account(Account { id: world.account_id.clone(), name: "Acme EU".to_owned(), ..Account::default() });
        world.sim.state().add_key(&world.api_key, Role::ReadWrite, &[&world.account_id]);
        world.org_id = world.organization("acme").await?;
        world.admin = world.user(world.org_id, "admin@example.com", "admin").await?;
        Ok(world)
    }
}

/// The world of a test. Dropping it removes its files.
pub struct World {
    /// The open installation.
    pub app: Arc<App>,
    /// The clock behind it, unless built with the system's.
    pub clock: Arc<FakeClock>,
    /// Checkly.
    pub sim: Sim,
    /// A key at Checkly that may read and write `account_id`.
    pub api_key: String,
    /// An account at Checkly, named "Acme EU".
    pub account_id: String,
    /// The organization.
    pub org_id: Uuid,
    /// A user who administers the organization.
    pub admin: Caller,
    /// URL of the database.
    pub database_url: String,
    /// The root key, to open the same database again.
    pub root_key: secrecy::SecretString,
    /// Where its files are.
    pub dir: TempDir,
}

/// Keeps a world in one piece: without this, an `async move` block takes only the fields it names, and the directory of the
/// database is removed under the test.
impl Drop for World {
    fn drop(&mut self) {}
}

impl World {
    /// A world on SQLite with a clock that stands still.
    ///
    /// # Errors
    /// As [`WorldBuilder::build`].
    pub async fn new() -> anyhow::Result<Self> {
        WorldBuilder::default().build().await
    }

    /// Another organization, with its keys.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn organization(&self, name: &str) -> anyhow::Result<Uuid> {
        let (id, now_ms) = (self.app.ids.v4(), self.app.now_ms());
        let tx = self.app.db.begin().await?;
        keyferry_db::insert(
            &tx,
            organizations::Model {
                id,
                name: name.to_owned(),
                slug: format!("{name}-{}", &id.simple().to_string()[..4]),
                block_duplicate_secret_sync_destinations: false,
                deletion_breaker: None,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            },
        )
        .await?;
        self.app.keys.create_scope(&tx, self.app.ids.as_ref(), Scope::Org(id), now_ms).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A user with an organization role, already signed in. The session row is not made: tokens are another test's matter.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn user(&self, org_id: Uuid, email: &str, role: &str) -> anyhow::Result<Caller> {
        let (id, now_ms) = (self.app.ids.v4(), self.app.now_ms());
        let tx = self.app.db.begin().await?;
        keyferry_db::insert(
            &tx,
            users::Model {
                id,
                username: email.to_owned(),
                email: email.to_owned(),
                first_name: None,
                last_name: None,
                password_hash: None,
                is_super_admin: false,
                is_active: true,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
                theme: None,
            },
        )
        .await?;
        keyferry_db::insert(&tx, membership(self.app.ids.v4(), org_id, Some(id), None, role, now_ms)).await?;
        tx.commit().await?;
        let actor = Actor::User {
            id,
            username: email.to_owned(),
            email: email.to_owned(),
            session_id: self.app.ids.v4(),
            is_super_admin: false,
        };
        Ok(Caller { actor, org_id: Some(org_id), origin: Origin::default() })
    }

    /// A machine identity with an organization role.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn identity(&self, org_id: Uuid, name: &str, role: &str) -> anyhow::Result<Caller> {
        let (id, now_ms) = (self.app.ids.v4(), self.app.now_ms());
        let tx = self.app.db.begin().await?;
        keyferry_db::insert(
            &tx,
            identities::Model {
                id,
                org_id,
                project_id: None,
                name: name.to_owned(),
                has_delete_protection: false,
                is_instance_admin: false,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            },
        )
        .await?;
        keyferry_db::insert(&tx, membership(self.app.ids.v4(), org_id, None, Some(id), role, now_ms)).await?;
        tx.commit().await?;
        let actor = Actor::Identity {
            id,
            name: name.to_owned(),
            token_id: self.app.ids.v4(),
            auth_method: "universal-auth".to_owned(),
            is_instance_admin: false,
        };
        Ok(Caller { actor, org_id: Some(org_id), origin: Origin::default() })
    }

    /// A project with the environments dev, staging and prod; `admin` administers it.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn project(&self, name: &str) -> anyhow::Result<Uuid> {
        self.project_in(self.org_id, name, &self.admin).await
    }

    /// A project in any organization, administered by the given caller.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn project_in(&self, org_id: Uuid, name: &str, owner: &Caller) -> anyhow::Result<Uuid> {
        let (id, now_ms) = (self.app.ids.v4(), self.app.now_ms());
        let tx = self.app.db.begin().await?;
        keyferry_db::insert(
            &tx,
            projects::Model {
                id,
                org_id,
                name: name.to_owned(),
                slug: format!("{name}-{}", &id.simple().to_string()[..4]),
                description: None,
                r#type: "secret-manager".to_owned(),
                version: 3,
                auto_capitalization: false,
                pit_version_limit: 10,
                audit_logs_retention_days: None,
                has_delete_protection: false,
                secret_sharing: true,
                show_snapshots_legacy: false,
                secret_detection_ignore_values: "[]".to_owned(),
                enforce_encrypted_metadata: false,
                permission_epoch: 0,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            },
        )
        .await?;
        self.app.keys.create_scope(&tx, self.app.ids.as_ref(), Scope::Project { org_id, project_id: id }, now_ms).await?;
        for (position, (name, slug)) in
            [("Development", "dev"), ("Staging", "staging"), ("Production", "prod")].iter().enumerate()
        {
            let environment_id = self.app.ids.v4();
            keyferry_db::insert(
                &tx,
                environments::Model {
                    id: environment_id,
                    project_id: id,
                    name: (*name).to_owned(),
                    slug: (*slug).to_owned(),
                    position: i32::try_from(position)? + 1,
                    created_at_ms: now_ms,
                    updated_at_ms: now_ms,
                },
            )
            .await?;
            keyferry_db::insert(
                &tx,
                folders::Model {
                    id: self.app.ids.v4(),
                    project_id: id,
                    environment_id,
                    parent_id: None,
                    name: "root".to_owned(),
                    version: 1,
                    description: None,
                    is_reserved: false,
                    last_secret_modified_at_ms: None,
                    created_at_ms: now_ms,
                    updated_at_ms: now_ms,
                },
            )
            .await?;
        }
        tx.commit().await?;
        self.grant(id, owner, "admin").await?;
        Ok(id)
    }

    /// Makes the caller a member of the project with a built-in role.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn grant(&self, project_id: Uuid, caller: &Caller, role: &str) -> anyhow::Result<()> {
        self.grant_row(project_id, caller, role, None).await
    }

    /// Makes the caller a member of the project with a custom role of these rules; answers the role's id.
    ///
    /// # Errors
    /// When the rows cannot be written.
    pub async fn grant_rules(&self, project_id: Uuid, caller: &Caller, rules: &[Rule]) -> anyhow::Result<Uuid> {
        let (id, now_ms) = (self.app.ids.v4(), self.app.now_ms());
        let tx = self.app.db.begin().await?;
        keyferry_db::insert(
            &tx,
            project_roles::Model {
                id,
                project_id,
                slug: format!("role-{}", id.simple()),
                name: "A role".to_owned(),
                description: None,
                permissions: serde_json::to_string(rules)?,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            },
        )
        .await?;
        tx.commit().await?;
        self.grant_row(project_id, caller, "custom", Some(id)).await?;
        Ok(id)
    }

    async fn grant_row(&self, project_id: Uuid, caller: &Caller, role: &str, custom: Option<Uuid>) -> anyhow::Result<()> {
        let (id, now_ms) = (self.app.ids.v4(), self.app.now_ms());
        let (user_id, identity_id) = match &caller.actor {
            Actor::User { id, .. } => (Some(*id), None),
            Actor::Identity { id, .. } => (None, Some(*id)),
            Actor::Service { .. } | Actor::Platform => anyhow::bail!("only users and identities are members"),
        };
        let tx = self.app.db.begin().await?;
        keyferry_db::insert(
            &tx,
            project_memberships::Model {
                id,
                project_id,
                user_id,
                identity_id,
                group_id: None,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            },
        )
        .await
        .context("is the caller a member already?")?;
        keyferry_db::insert(
            &tx,
            project_membership_roles::Model {
                id: self.app.ids.v4(),
                membership_id: id,
                project_id,
                role: role.to_owned(),
                custom_role_id: custom,
                is_temporary: false,
                temporary_mode: None,
                temporary_range: None,
                temporary_start_at_ms: None,
                temporary_end_at_ms: None,
                created_at_ms: now_ms,
                updated_at_ms: now_ms,
            },
        )
        .await?;
        tx.commit().await?;
        keyferry_domain::access::forget_project(&self.app);
        Ok(())
    }
}

fn membership(
    id: Uuid,
    org_id: Uuid,
    user_id: Option<Uuid>,
    identity_id: Option<Uuid>,
    role: &str,
    now_ms: i64,
) -> org_memberships::Model {
    org_memberships::Model {
        id,
        org_id,
        user_id,
        identity_id,
        role: role.to_owned(),
        role_id: None,
        is_active: true,
        status: "accepted".to_owned(),
        last_login_auth_method: None,
        last_login_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
    }
}

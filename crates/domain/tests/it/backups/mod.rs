//! Backups: whole, sealed, and good on either backend.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod damage;
mod moving;
mod older;
mod paused;

use std::collections::BTreeMap;
use std::sync::Arc;

use keyferry_connectors::{InProcessBudget, Registry};
use keyferry_crypto::{PasswordCost, PasswordHasher, RootKey, StreamCost};
use keyferry_db::dump::{self, Row};
use keyferry_db::{Db, DbConfig};
use keyferry_domain::App;
use keyferry_domain::access::AbilityCache;
use keyferry_domain::authentication::TokenCache;
use keyferry_domain::backups::{self, Backup, BackupError, CreateOptions, Header, Restored};
use keyferry_domain::keys::Keys;
use keyferry_test_support::{TestBackend, World};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

fn passphrase() -> SecretString {
    SecretString::from("seven dry kayaks under glass")
}

/// A database without tables.
struct Empty {
    db: Db,
    _dir: TempDir,
}

impl Empty {
    async fn on(backend: TestBackend) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = backend.fresh_url(&dir).await.unwrap();
        Self { db: Db::connect(&DbConfig { url, max_connections: 4 }).await.unwrap(), _dir: dir }
    }
}

async fn back_up(world: &World, db: &Db) -> (Vec<u8>, Header) {
    let options = CreateOptions { now_ms: world.app.now_ms(), program: "0.0.0-test".to_owned(), cost: StreamCost::Test };
    let mut file = Vec::new();
    let header = backups::create(db, &mut file, &passphrase(), &options).await.unwrap();
    (file, header)
}

fn root_key(world: &World) -> RootKey {
    RootKey::parse(world.root_key.expose_secret()).unwrap()
}

async fn restore(world: &World, file: &[u8], db: &Db) -> Result<Restored, BackupError> {
    let backup = Backup::open(file, &passphrase())?;
    backup.restore(db, &root_key(world), world.app.now_ms(), world.app.ids.as_ref()).await
}

/// All rows by table, in an order that both backends agree on.
async fn rows(db: &Db) -> BTreeMap<String, Vec<Row>> {
    let mut all = BTreeMap::new();
    for table in dump::tables().unwrap() {
        let mut rows = dump::page(db.read(), &table, None, 100_000).await.unwrap();
        rows.sort_by_cached_key(|row| format!("{:?}", row.first().map(text)));
        all.insert(table.name, rows);
    }
    all
}

fn position(table: &str, column: &str) -> usize {
    let table = dump::tables().unwrap().into_iter().find(|found| found.name == table).unwrap();
    table.columns.iter().position(|found| found.name == column).unwrap()
}

fn text(cell: &dump::Cell) -> String {
    match cell {
        dump::Cell::Uuid(id) => id.to_string(),
        dump::Cell::Text(text) => text.clone(),
        dump::Cell::Integer(number) => number.to_string(),
        dump::Cell::Bool(it) => it.to_string(),
        dump::Cell::Bytes(bytes) => format!("{bytes:?}"),
        dump::Cell::Null => "null".to_owned(),
    }
}

/// The installation of the world on another database.
async fn installed_on(world: &World, db: &Db) -> Arc<App> {
    installed_under(world, db, root_key(world)).await
}

/// An installation with this root key on a database, in the world of the test.
async fn installed_under(world: &World, db: &Db, root: RootKey) -> Arc<App> {
    let settings = keyferry_db::server_settings::find(db.read()).await.unwrap().unwrap();
    Arc::new(App {
        keys: Keys::open(root, &settings).unwrap(),
        clock: Arc::clone(&world.app.clock),
        ids: Arc::clone(&world.app.ids),
        settings: world.app.settings.clone(),
        passwords: PasswordHasher::new(PasswordCost::Test, 1),
        connectors: Registry::with_checkly(world.sim.url().parse().unwrap()).unwrap(),
        budget: Arc::new(InProcessBudget::default()),
        outbound: world.app.outbound.clone(),
        queue: keyferry_jobs::Queue::new(),
        audit: keyferry_domain::audit::Sink::start(db.clone()),
        abilities: AbilityCache::default(),
        tokens: TokenCache::default(),
        steps: keyferry_domain::steps::Steps::default(),
        db: db.clone(),
    })
}

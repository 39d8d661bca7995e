//! Backups of earlier versions are loaded into the schema of their time and brought up to date; those of later ones are refused.
//!
//! `older` holds a small backup for each schema that was released, with the root key it needs beside it. A new migration gets its
//! own: `KEYFERRY_WRITE_BACKUP=1 cargo test -p keyferry-domain --test it -- backups::older`.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyferry_crypto::{RootKey, SealedReader, SealedWriter, StreamCost};
use keyferry_domain::backups::{Backup, BackupError, Header, Restored};
use keyferry_domain::secrets::{self, GetInput, Location};
use keyferry_domain::webhooks::{self, CreateWebhook, Kind};
use keyferry_domain::{Actor, Caller, Origin, SystemIds};
use keyferry_test_support::{TestBackend, World, WorldBuilder, backends};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{Empty, back_up, installed_under, passphrase, rows, text};
use crate::secret_syncs::{Bench, many};

/// Documented in docs/backup-format.md.
const PURPOSE: &str = "keyferry-backup";
/// Set to anything, a schema without a backup gets one.
const WRITE: &str = "KEYFERRY_WRITE_BACKUP";
/// Secrets in each of the backups.
const SECRETS: usize = 3;
const ADDRESS: &str = "https://hooks.example.com/keyferry";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/backups/older")
}

struct Older {
    file: Vec<u8>,
    root: String,
}

impl Older {
    fn root(&self) -> RootKey {
        RootKey::parse(self.root.trim()).unwrap()
    }
}

/// The backup of a schema, such as `m0002_webhooks`.
fn older(schema: &str) -> Older {
    let read = |ending: &str| std::fs::read(folder().join(format!("{schema}.{ending}"))).unwrap();
    Older { file: read("backup"), root: String::from_utf8(read("key")).unwrap() }
}

/// The names of the schemas that have a backup.
fn schemas() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let backups = files.filter(|path| path.extension().is_some_and(|ending| ending == "backup"));
    let mut names: Vec<String> = backups.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The backup with another header; rows of tables that it no longer names are left out.
fn rewritten(file: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut plain = Vec::new();
    SealedReader::new(file, PURPOSE, &passphrase()).unwrap().read_to_end(&mut plain).unwrap();
    let mut rest = plain.as_slice();
    let mut frame = || {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let (frame, after) = rest[4..].split_at(length);
        rest = after;
        frame
    };
    let before: Header = serde_json::from_slice(frame()).unwrap();
    let mut after = before.clone();
    change(&mut after);
    let mut out = SealedWriter::new(Vec::new(), PURPOSE, &passphrase(), StreamCost::Test).unwrap();
    let mut write = |bytes: &[u8]| {
        out.write_all(&u32::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
        out.write_all(bytes).unwrap();
    };
    write(&serde_json::to_vec(&after).unwrap());
    for table in &before.tables {
        let stays = after.tables.iter().any(|kept| kept.table.name == table.table.name);
        for _ in 0..table.rows {
            let row = frame();
            if stays {
                write(row);
            }
        }
    }
    out.finish().unwrap()
}

async fn restore(world: &World, older: &Older, target: &Empty) -> Result<Restored, BackupError> {
    let backup = Backup::open(older.file.as_slice(), &passphrase())?;
    // The world's ids begin where those of the world that was backed up began.
    backup.restore(&target.db, &older.root(), world.app.now_ms(), &SystemIds).await
}

fn found<'r>(row: &'r super::Row, table: &str, column: &str) -> &'r keyferry_db::dump::Cell {
    &row[super::position(table, column)]
}

/// Looks at everything that such a backup brings.
async fn check(world: &World, older: &Older, target: &Empty, webhooks: usize) {
    let restored = restore(world, older, target).await.unwrap();
    assert_eq!((restored.paused_syncs, restored.header.rows_of("secrets")), (1, SECRETS as u64));
    assert!(target.db.is_migrated().await.unwrap(), "the schema is today's");
    if let Some(faults) = target.db.structural_faults().await.unwrap() {
        assert!(faults.is_empty(), "{faults:?}");
    }
    let rows = rows(&target.db).await;
    let mark = |row: &super::Row| text(found(row, "audit_logs", "event_type")) == "restore-server-backup";
    assert_eq!(rows["audit_logs"].iter().filter(|row| mark(row)).count(), 1);
    assert_eq!(text(found(&rows["secret_syncs"][0], "secret_syncs", "is_paused")), "true");
    assert_eq!(rows["webhooks"].len(), webhooks);
    assert_eq!(rows["sync_ledger"].len(), SECRETS);

    let mut app = installed_under(world, &target.db, older.root()).await;
    Arc::get_mut(&mut app).unwrap().ids = Arc::new(SystemIds);
    let project_id: Uuid = text(found(&rows["projects"][0], "projects", "id")).parse().unwrap();
    let user = &rows["users"][0];
    let admin = Caller {
        actor: Actor::User {
            id: text(found(user, "users", "id")).parse().unwrap(),
            username: text(found(user, "users", "username")),
            email: text(found(user, "users", "email")),
            session_id: Uuid::nil(),
            is_super_admin: true,
        },
        org_id: Some(text(found(&rows["organizations"][0], "organizations", "id")).parse().unwrap()),
        origin: Origin::default(),
    };
    let at = Location { project_id, environment: "prod".to_owned(), path: keyferry_domain::paths::SecretPath::root() };
    for (key, value) in many(SECRETS) {
        let secret = secrets::get(&app, &admin, &GetInput::new(at.clone(), &key)).await.unwrap();
        assert_eq!(secret.value.unwrap().expose_secret(), value);
        secrets::delete_many(&app, &admin, &at, &[secrets::Deletion { key, ..Default::default() }]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_every_schema_so_far_is_restored_into_todays() {
    let world = WorldBuilder::default().build().await.unwrap();
    assert!(!schemas().is_empty());
    for schema in schemas() {
        let older = older(&schema);
        assert_eq!(Backup::open(older.file.as_slice(), &passphrase()).unwrap().header().migration, schema);
        for backend in backends() {
            check(&world, &older, &Empty::on(backend).await, 1).await;
        }
    }
}

/// The first schema is that of the second without its one table.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_the_first_schema_is_restored_into_todays() {
    let world = WorldBuilder::default().build().await.unwrap();
    let Older { file, root } = older("m0002_webhooks");
    let file = rewritten(&file, |header| {
        "m0001_initial".clone_into(&mut header.migration);
        header.tables.retain(|table| table.table.name != "webhooks");
    });
    let first = Older { file, root };
    for backend in backends() {
        check(&world, &first, &Empty::on(backend).await, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_later_schema_or_format_is_refused_and_leaves_nothing() {
    let world = WorldBuilder::default().build().await.unwrap();
    let Older { file, root } = older("m0002_webhooks");
    let later = rewritten(&file, |header| "m9000_of_tomorrow".clone_into(&mut header.migration));
    let later = Older { file: later, root };
    for backend in backends() {
        let target = Empty::on(backend).await;
        let refused = restore(&world, &later, &target).await.unwrap_err().to_string();
        assert!(refused.contains("newer version of Keyferry") && refused.contains("m9000_of_tomorrow"), "{refused}");
        assert!(target.db.is_new().await.unwrap(), "{backend:?}: not even a table");
        assert!(target.db.schema_level().await.unwrap().is_none());
    }
    let other = rewritten(&later.file, |header| header.format = 9);
    let refused = Backup::open(other.as_slice(), &passphrase()).err().unwrap().to_string();
    assert!(refused.contains("format 9") && refused.contains("the version that made it"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn todays_schema_has_a_backup() {
    let empty = Empty::on(TestBackend::Sqlite).await;
    empty.db.migrate().await.unwrap();
    let schema = empty.db.schema_level().await.unwrap().unwrap();
    if schemas().contains(&schema) {
        return;
    }
    assert!(std::env::var_os(WRITE).is_some(), "{schema} has no backup: run this test with {WRITE}=1 and commit what it writes");
    let mut bench = Bench::new(WorldBuilder::default().build().await.unwrap()).await;
    bench.put_all(&many(SECRETS)).await;
    let id = bench.sync(|_| {}).await;
    bench.succeeded(id).await;
    let input = CreateWebhook {
        project_id: bench.project_id,
        environment: "prod".to_owned(),
        secret_path: "/**".to_owned(),
        kind: Kind::General,
        url: SecretString::from(ADDRESS),
        secret_key: None,
        events: Vec::new(),
    };
    webhooks::create(&bench.world.app, bench.admin(), input).await.unwrap();
    bench.stop().await;
    bench.world.app.audit.flush().await;
    let (file, _) = back_up(&bench.world, &bench.world.app.db).await;
    std::fs::write(folder().join(format!("{schema}.backup")), file).unwrap();
    std::fs::write(folder().join(format!("{schema}.key")), bench.world.root_key.expose_secret()).unwrap();
}

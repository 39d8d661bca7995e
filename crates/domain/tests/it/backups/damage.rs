//! What is not the whole, untouched backup with its passphrase and root key is refused, and leaves nothing behind.

use keyferry_crypto::{RootKey, StreamError};
use keyferry_db::Db;
use keyferry_db::dump;
use keyferry_domain::Error;
use keyferry_domain::backups::{self, Backup, BackupError};
use keyferry_domain::secrets::{self, GetInput, ListInput};
use keyferry_test_support::{WorldBuilder, backends, on_each_backend};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Empty, back_up, passphrase, restore};
use crate::secret_syncs::{Bench, many};

async fn row_count(db: &Db) -> u64 {
    let mut rows = 0;
    for table in dump::tables().unwrap() {
        rows += dump::count(db.read(), &table).await.unwrap();
    }
    rows
}

fn cause(error: BackupError) -> StreamError {
    let BackupError::File(error) = error else { panic!("{error}") };
    error.get_ref().unwrap().downcast_ref::<StreamError>().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_are_refused_and_leave_nothing() {
    let bench = Bench::new(WorldBuilder::default().build().await.unwrap()).await;
    bench.put_all(&many(300)).await;
    let (file, header) = back_up(&bench.world, &bench.world.app.db).await;
    assert_eq!(Backup::open(file.as_slice(), &passphrase()).unwrap().verify().unwrap(), header);
    assert!(file.len() > 70_000, "more than one chunk, or this test shows little");

    let wrong = Backup::open(file.as_slice(), &SecretString::from("another passphrase")).err().unwrap();
    assert_eq!(cause(wrong), StreamError::Passphrase);

    for backend in backends() {
        let target = Empty::on(backend).await;
        for cut in [70_000, file.len() - 1, file.len() - 30] {
            let refused = restore(&bench.world, &file[..cut], &target.db).await.unwrap_err();
            assert!(matches!(cause(refused), StreamError::Truncated | StreamError::Altered(_)), "cut at {cut}");
            assert!(Backup::open(&file[..cut], &passphrase()).unwrap().verify().is_err());
            assert_eq!(row_count(&target.db).await, 0, "cut at {cut}");
        }
        for at in [66_000, file.len() / 2, file.len() - 5] {
            let mut flipped = file.clone();
            flipped[at] ^= 0x10;
            let refused = restore(&bench.world, &flipped, &target.db).await.unwrap_err();
            assert!(matches!(cause(refused), StreamError::Altered(_)), "flipped at {at}");
            assert!(Backup::open(flipped.as_slice(), &passphrase()).unwrap().verify().is_err());
            assert_eq!(row_count(&target.db).await, 0, "flipped at {at}");
        }

        let other_key = RootKey::generate();
        let backup = Backup::open(file.as_slice(), &passphrase()).unwrap();
        let refused = backup.restore(&target.db, &other_key, 0, bench.world.app.ids.as_ref()).await.unwrap_err();
        assert!(matches!(&refused, BackupError::WrongRootKey { needed, .. } if *needed == header.root_key_fingerprint));
        assert!(refused.to_string().contains(&header.root_key_fingerprint));
        assert_eq!(row_count(&target.db).await, 0);

        restore(&bench.world, &file, &target.db).await.unwrap();
        let again = restore(&bench.world, &file, &target.db).await.unwrap_err();
        assert!(matches!(again, BackupError::Target(_)), "{again}");
    }
}

#[tokio::test]
async fn an_empty_database_has_nothing_to_back_up() {
    for backend in backends() {
        let empty = Empty::on(backend).await;
        let options = backups::CreateOptions { now_ms: 0, program: String::new(), cost: keyferry_crypto::StreamCost::Test };
        let mut file = Vec::new();
        let refused = backups::create(&empty.db, &mut file, &passphrase(), &options).await.unwrap_err();
        assert!(matches!(refused, BackupError::Target(_)), "{refused}");
        assert!(file.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_a_clean_error_and_its_neighbours_are_read() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        bench.put_all(&many(3)).await;
        let (app, admin) = (&bench.world.app, bench.admin());
        let read = |key: &'static str| {
            let input = GetInput::new(bench.at.clone(), key);
            async move { secrets::get(app, admin, &input).await }
        };
        let damaged = read("KEY_001").await.unwrap().id;
        keyferry_db::testing::flip_bit(&app.db, "secrets", "value", damaged).await.unwrap();

        let Err(Error::Internal { cause }) = read("KEY_001").await else { panic!("a damaged value was read") };
        assert!(cause.contains("integrity") && cause.contains(&damaged.to_string()) && !cause.contains("value-1"), "{cause}");
        assert_eq!(read("KEY_000").await.unwrap().value.unwrap().expose_secret(), "value-0");
        assert_eq!(read("KEY_002").await.unwrap().value.unwrap().expose_secret(), "value-2");
        let names = ListInput { view_value: false, ..ListInput::new(bench.at.clone()) };
        assert_eq!(secrets::list(app, admin, &names).await.unwrap().secrets.len(), 3);

        app.audit.flush().await;
        let filter =
            keyferry_db::audit_logs::Filter { event_types: vec!["secret-integrity-failure".to_owned()], ..Default::default() };
        let alarms = keyferry_db::audit_logs::list(app.db.read(), bench.world.org_id, &filter, None, 0, 10).await.unwrap();
        assert_eq!(alarms.len(), 1);

        bench.put("KEY_001", "mended").await;
        assert_eq!(read("KEY_001").await.unwrap().value.unwrap().expose_secret(), "mended");
    })
    .await;
}

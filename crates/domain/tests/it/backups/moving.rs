//! A backup holds everything, as it was at one moment, and means the same on the other backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyferry_db::dump::Cell;
use keyferry_domain::folders::{self, CreateFolder};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, BatchMode, Change, GetInput, Location, MetadataInput, NewSecret};
use keyferry_test_support::{TestBackend, WorldBuilder, backends, canary};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Empty, back_up, installed_on, position, restore, rows, text};
use crate::secret_syncs::{Bench, many};

const DEEP: &str = "/checkout/eu/west/blue/green";

async fn furnished(backend: TestBackend) -> (Bench, Vec<String>) {
    let bench = Bench::new(WorldBuilder::default().backend(backend).build().await.unwrap()).await;
    bench.put_all(&many(600)).await;
    let (parent, name) = DEEP.rsplit_once('/').unwrap();
    let input = CreateFolder {
        project_id: bench.project_id,
        environment: "prod".to_owned(),
        path: SecretPath::parse(parent).unwrap(),
        name: name.to_owned(),
        description: None,
    };
    folders::create(&bench.world.app, bench.admin(), input).await.unwrap();
    let canaries: Vec<String> = ["value", "comment", "metadata", "reminder"].into_iter().map(canary).collect();
    let hidden = |at: usize| SecretString::from(canaries[at].clone());
    let at = Location { path: SecretPath::parse(DEEP).unwrap(), ..bench.at.clone() };
    let new = NewSecret {
        key: "CANARY".to_owned(),
        value: hidden(0),
        comment: Some(hidden(1)),
        metadata: vec![MetadataInput { key: "owner".to_owned(), value: hidden(2), is_encrypted: true }],
        reminder_note: Some(SecretString::from(canaries[3].clone())),
        reminder_repeat_days: Some(30),
        ..NewSecret::default()
    };
    secrets::create(&bench.world.app, bench.admin(), &at, new).await.unwrap();
    let id = bench.sync(|input| DEEP.clone_into(&mut input.secret_path)).await;
    bench.succeeded(id).await;
    (bench, canaries)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_moves_between_backends_row_by_row() {
    let other = *backends().last().unwrap();
    let (mut bench, canaries) = furnished(TestBackend::Sqlite).await;
    bench.kill().await;
    let world = &bench.world;
    world.app.audit.flush().await;
    let original = rows(&world.app.db).await;

    let (file, header) = back_up(world, &world.app.db).await;
    assert_eq!(header.rows_of("secrets"), 601);
    assert_eq!(header.rows_of("folders"), original["folders"].len() as u64);
    assert_eq!(header.rows(), original.values().map(|rows| rows.len() as u64).sum::<u64>());
    for canary in canaries.iter().chain([&world.api_key, &"KEY_001".to_owned(), &"admin@example.com".to_owned()]) {
        assert!(!file.windows(canary.len()).any(|window| window == canary.as_bytes()), "the file holds {canary} in clear");
    }

    let there = Empty::on(other).await;
    let restored = restore(world, &file, &there.db).await.unwrap();
    assert_eq!(restored.paused_syncs, 1);
    let (second, _) = back_up(world, &there.db).await;
    let back = Empty::on(TestBackend::Sqlite).await;
    restore(world, &second, &back.db).await.unwrap();

    let came_back = rows(&back.db).await;
    assert_eq!(came_back.len(), original.len());
    for (table, mut before) in original {
        let mut after = came_back[&table].clone();
        if table == "secret_syncs" {
            let at = position(&table, "is_paused");
            before.iter_mut().chain(&mut after).for_each(|row| row[at] = Cell::Bool(true));
        }
        if table == "audit_logs" {
            after.retain(|row| !row.iter().any(|cell| text(cell) == "restore-server-backup"));
        }
        assert!(after == before, "{table} differs");
    }

    let app = installed_on(world, &back.db).await;
    let at = Location { path: SecretPath::parse(DEEP).unwrap(), ..bench.at.clone() };
    let secret = secrets::get(&app, bench.admin(), &GetInput::new(at, "CANARY")).await.unwrap();
    assert_eq!(secret.value.unwrap().expose_secret(), canaries[0]);
    assert_eq!(secret.comment.unwrap().expose_secret(), canaries[1]);
    assert_eq!(secret.metadata[0].value.expose_secret(), canaries[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_one_moment() {
    for backend in backends() {
        let bench = Arc::new(Bench::new(WorldBuilder::default().backend(backend).build().await.unwrap()).await);
        bench.put_all(&many(50)).await;
        let stop = Arc::new(AtomicBool::new(false));
        let writer = tokio::spawn({
            let (bench, stop) = (Arc::clone(&bench), Arc::clone(&stop));
            async move {
                let mut round = 0;
                while !stop.load(Ordering::SeqCst) {
                    round += 1;
                    let change = |key: &str| Change {
                        key: key.to_owned(),
                        value: Some(SecretString::from(format!("round {round}"))),
                        ..Change::default()
                    };
                    let changes = [change("KEY_000"), change("KEY_049")];
                    secrets::update_many(&bench.world.app, bench.admin(), &bench.at, &changes, BatchMode::FailOnNotFound)
                        .await
                        .unwrap();
                }
                round
            }
        });
        for _ in 0..3 {
            let (file, _) = back_up(&bench.world, &bench.world.app.db).await;
            let target = Empty::on(TestBackend::Sqlite).await;
            restore(&bench.world, &file, &target.db).await.unwrap();
            let restored = rows(&target.db).await;
            let of = |table: &str, column: &str| -> Vec<String> {
                let at = position(table, column);
                restored[table].iter().map(|row| text(&row[at])).collect()
            };
            let keys = of("secrets", "key");
            let at = |key: &str| keys.iter().position(|found| found == key).unwrap();
            let (ids, versions) = (of("secrets", "id"), of("secrets", "version"));
            let (first, last) = (at("KEY_000"), at("KEY_049"));
            assert_eq!(versions[first], versions[last], "a batch is in the backup as a whole");
            let (of_secret, numbers) = (of("secret_versions", "secret_id"), of("secret_versions", "version"));
            for secret in [first, last] {
                let own = of_secret.iter().zip(&numbers).filter(|(id, _)| **id == ids[secret]);
                let newest = own.map(|(_, number)| number.parse::<i32>().unwrap()).max().unwrap();
                assert_eq!(newest.to_string(), versions[secret]);
            }
        }
        stop.store(true, Ordering::SeqCst);
        assert!(writer.await.unwrap() > 0);
    }
}

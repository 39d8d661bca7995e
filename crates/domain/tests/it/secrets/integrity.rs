//! Damaged and displaced ciphertext.

use keyferry_db::audit_logs::Filter;
use keyferry_db::entities::secrets as rows;
use keyferry_domain::Error;
use keyferry_domain::secrets::{Deletion, GetInput, ListInput, delete};
use keyferry_test_support::on_each_backend;
use uuid::Uuid;

use super::support::{Bench, refusal};

impl Bench {
    async fn row(&self, id: Uuid) -> rows::Model {
        keyferry_db::find_by_id::<rows::Model>(self.world.app.db.read(), id).await.unwrap().unwrap()
    }

    pub async fn overwrite_value(&self, id: Uuid, value: Vec<u8>) {
        let row = rows::Model { value, ..self.row(id).await };
        let tx = self.world.app.db.begin().await.unwrap();
        keyferry_db::update(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_from_another_row_or_with_a_flipped_bit_does_not_open() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let a = bench.put("dev", "/", "A", "canary-a").await;
        let b = bench.put("dev", "/", "B", "canary-b").await;
        let (of_a, of_b) = (bench.row(a.id).await.value, bench.row(b.id).await.value);
        let mut flipped = of_a.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [of_b, flipped, Vec::new(), vec![0; 40]] {
            bench.overwrite_value(a.id, damaged).await;
            let outcome = bench.get_as(bench.admin(), &GetInput::new(bench.at("dev", "/"), "A")).await;
            let Err(Error::Internal { cause }) = outcome else { panic!("a damaged value was answered") };
            assert!(!cause.contains("canary"), "{cause}");
            assert_eq!(refusal(bench.list_as(bench.admin(), &ListInput::new(bench.at("dev", "/"))).await).0, 500);
        }
        bench.world.app.audit.flush().await;
        let filter = Filter { event_types: vec!["secret-integrity-failure".to_owned()], ..Filter::default() };
        let db = bench.world.app.db.read();
        let alarms = keyferry_db::audit_logs::list(db, bench.world.org_id, &filter, None, 0, 100).await.unwrap();
        assert_eq!(alarms.len(), 8, "an alarm for each read");
        // An older value of the same secret does not open either: the version is bound.
        let old = of_a;
        bench.overwrite_value(a.id, old).await;
        bench.set("dev", "/", "A", "newer").await;
        let first = keyferry_db::secrets::versions::find(bench.world.app.db.read(), a.id, 1).await.unwrap().unwrap();
        bench.overwrite_value(a.id, first.value).await;
        assert_eq!(refusal(bench.get_as(bench.admin(), &GetInput::new(bench.at("dev", "/"), "A")).await).0, 500);
        // It can still be overwritten and deleted.
        bench.set("dev", "/", "A", "again").await;
        assert_eq!(bench.raw("dev", "/", "A").await, "again");
        bench.overwrite_value(a.id, Vec::new()).await;
        let deletion = Deletion { key: "A".into(), ..Deletion::default() };
        delete(&bench.world.app, bench.admin(), &bench.at("dev", "/"), deletion).await.unwrap();
    })
    .await;
}

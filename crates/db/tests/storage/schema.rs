use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::Fresh;

async fn lines(db: &keyferry_db::Db, backend: DbBackend, sql: &str) -> String {
    let rows = db.read().query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn sqlite_schema_is_the_one_on_record() {
    let db = Fresh::sqlite().migrated().await;
    let schema = lines(
        &db,
        DbBackend::Sqlite,
        "SELECT replace(sql, ', \"', ',' || char(10) || '  \"') FROM sqlite_master
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name",
    )
    .await;
    insta::assert_snapshot!("sqlite", schema);
}

#[tokio::test]
async fn postgres_schema_is_the_one_on_record() {
    let Some(fresh) = Fresh::postgres().await else { return };
    let db = fresh.migrated().await;
    let columns = lines(
        &db,
        DbBackend::Postgres,
        "SELECT concat_ws(' ', table_name || '.' || column_name, data_type, CASE is_nullable WHEN 'NO' THEN 'not null' END,
                'collate ' || collation_name, 'default ' || column_default)
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name COLLATE \"C\", ordinal_position",
    )
    .await;
    let constraints = lines(
        &db,
        DbBackend::Postgres,
        "SELECT conrelid::regclass::text || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c') ORDER BY 1",
    )
    .await;
    let indexes = lines(
        &db,
        DbBackend::Postgres,
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY tablename COLLATE \"C\", indexname COLLATE \"C\"",
    )
    .await;
    insta::assert_snapshot!("postgres", format!("{columns}\n\n{constraints}\n\n{indexes}"));
}

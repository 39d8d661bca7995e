//! Point in time: every change of a folder, so that it can be looked at, reverted and gone back to. Takes the place of the
//! changes that could be undone.

use sea_orm::{ConnectionTrait, DbErr, Statement, TryGetable, Value};
use sea_orm_migration::prelude::*;
use serde_json::Value as Json;
use uuid::Uuid;

use super::columns::{Columns, foreign_key, index, unique};

/// Creates the tables of commits and of what they hold, moves the changes that can be undone into them, and drops theirs.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0012_folder_commits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::new(manager.get_database_backend());
        let commits = Table::create()
            .table("folder_commits")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("environment_id"))
            .col(c.uuid("folder_id"))
            .col(c.big("sequence"))
            .col(c.text("message"))
            .col(c.int("added"))
            .col(c.int("updated"))
            .col(c.int("removed"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.text_null("actor_name"))
            .col(c.big("created_at_ms"))
            .col(c.uuid_null("reverted_by"))
            .foreign_key(&mut foreign_key("folder_commits", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("folder_commits", "environment_id", "environments", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(commits).await?;
        manager.create_index(unique("folder_commits", &["folder_id", "sequence"])).await?;
        manager.create_index(index("folder_commits", &["project_id", "created_at_ms"])).await?;
        manager.create_index(index("folder_commits", &["environment_id"])).await?;
        let changes = Table::create()
            .table("folder_commit_changes")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("commit_id"))
            .col(c.int("position"))
            .col(c.text("resource"))
            .col(c.text("effect"))
            .col(c.uuid("resource_id"))
            .col(c.text("name"))
            .col(c.text_null("name_before"))
            .col(c.int_null("version"))
            .col(c.int_null("version_before"))
            .col(c.text_null("image"))
            .foreign_key(&mut foreign_key("folder_commit_changes", "commit_id", "folder_commits", ForeignKeyAction::Cascade))
            .to_owned();
        manager.create_table(changes).await?;
        manager.create_index(unique("folder_commit_changes", &["commit_id", "position"])).await?;
        manager.create_index(index("folder_commit_changes", &["resource_id"])).await?;
        carry_over(manager.get_connection()).await?;
        manager.drop_table(Table::drop().table("secret_changes").to_owned()).await
    }
}

/// Writes the kept changes down as commits. One without an end (`undone_at_ms`) can be reverted as it could be undone.
async fn carry_over(conn: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let backend = conn.get_database_backend();
    let list = "SELECT c.id, c.project_id, f.environment_id, c.folder_id, c.entries, c.actor_type, c.actor_id, c.actor_name, \
                c.created_at_ms, c.undone_at_ms FROM secret_changes c JOIN folders f ON f.id = c.folder_id \
                ORDER BY c.created_at_ms, c.id";
    for row in conn.query_all_raw(Statement::from_string(backend, list)).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        let folder_id: Uuid = row.try_get_by_index(3)?;
        let entries: Vec<Json> = serde_json::from_str(&String::try_get_by_index(&row, 4)?).map_err(json_error)?;
        let count = |effect: &str| entries.iter().filter(|entry| entry["effect"] == effect).count();
        let (added, updated, removed) = (count("created"), count("changed"), count("deleted"));
        let undone_at_ms: Option<i64> = row.try_get_by_index(9)?;
        let values: Vec<Value> = vec![
            id.into(),
            Uuid::try_get_by_index(&row, 1)?.into(),
            Uuid::try_get_by_index(&row, 2)?.into(),
            folder_id.into(),
            format!("{} secrets", entries.len()).into(),
            number(added).into(),
            number(updated).into(),
            number(removed).into(),
            String::try_get_by_index(&row, 5)?.into(),
            Option::<Uuid>::try_get_by_index(&row, 6)?.into(),
            Option::<String>::try_get_by_index(&row, 7)?.into(),
            i64::try_get_by_index(&row, 8)?.into(),
            undone_at_ms.map(|_| id).into(),
        ];
        let insert = "INSERT INTO folder_commits (id, project_id, environment_id, folder_id, sequence, message, added, updated, \
                      removed, actor_type, actor_id, actor_name, created_at_ms, reverted_by) \
                      VALUES ($1, $2, $3, $4, (SELECT COUNT(*) + 1 FROM folder_commits o WHERE o.folder_id = $4), \
                      $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        conn.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
        for (position, entry) in entries.into_iter().enumerate() {
            let change = Change::read(&entry).ok_or_else(|| DbErr::Custom(format!("the kept change {id} does not read")))?;
            let insert = "INSERT INTO folder_commit_changes (id, commit_id, position, resource, effect, resource_id, name, \
                          version, version_before, image) VALUES ($1, $2, $3, 'secret', $4, $5, $6, $7, $8, $9)";
            let values: Vec<Value> = vec![
                Uuid::from_u128(id.as_u128() ^ (position as u128 + 1)).into(),
                id.into(),
                number(position).into(),
                change.effect.into(),
                change.secret_id.into(),
                change.key.into(),
                change.version.into(),
                change.version_before.into(),
                change.image.into(),
            ];
            conn.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
        }
    }
    Ok(())
}

struct Change {
    effect: &'static str,
    secret_id: Uuid,
    key: String,
    version: Option<i32>,
    version_before: Option<i32>,
    image: Option<String>,
}

impl Change {
    /// From an entry of `secret_changes.entries`.
    fn read(entry: &Json) -> Option<Self> {
        let id = |value: &Json| Uuid::parse_str(value.as_str()?).ok();
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let version = |value: &Json| value.as_i64().and_then(|version| version.try_into().ok());
        Some(match entry["effect"].as_str()? {
            "created" => Self {
                effect: "add",
                secret_id: id(&entry["id"])?,
                key: text(&entry["key"])?,
                version: version(&entry["version"]),
                version_before: None,
                image: None,
            },
            "changed" => Self {
                effect: "update",
                secret_id: id(&entry["id"])?,
                key: text(&entry["key"])?,
                version: version(&entry["after"]),
                version_before: version(&entry["before"]),
                image: None,
            },
            _ => Self {
                effect: "remove",
                secret_id: id(&entry["secret"]["id"])?,
                key: text(&entry["secret"]["key"])?,
                version: None,
                version_before: version(&entry["secret"]["version"]),
                image: Some(entry.to_string()),
            },
        })
    }
}

fn number(count: usize) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

fn json_error(error: serde_json::Error) -> DbErr {
    DbErr::Custom(format!("a kept change does not read: {error}"))
}

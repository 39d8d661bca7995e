//! Creating secrets.

use std::collections::{BTreeSet, HashSet};

use keyferry_db::DbError;
use keyferry_db::entities::secrets;
use uuid::Uuid;

use super::input::NewSecret;
use super::writer::{Writer, finish, pick_tags};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::paths::SecretPath;
use crate::secrets::commits;
use crate::secrets::keys_rule;
use crate::secrets::model::{Kind, Location, Secret};
use crate::secrets::read::get::audit_metadata;
use crate::secrets::read::reader::Reader;
use crate::secrets::references::track;

/// Creates a secret.
///
/// # Errors
/// 400 for an unusable key or one that exists, 403 without the right to create it or to read what its value refers to, 404 for
/// a missing folder or tag; the texts of core API contract 10.6.
pub async fn create(app: &App, caller: &Caller, at: &Location, new: NewSecret) -> Result<Secret> {
    let reader = Reader::new(app, app.db.read(), caller, at.project_id).await?;
    let tx = app.db.begin().await?;
    let writer = Writer::new(&reader, &tx);
    let kind = new.kind;
    let mut made = insert(&writer, at, &[new], "CreateSecret").await?;
    let secret = made.pop().ok_or_else(|| Error::internal("nothing was created"))?;
    audit::record(app, &tx, caller, Event::project(caller, at.project_id, "create-secret", audit_metadata(&secret))).await?;
    let changed = if kind == Kind::Shared { vec![secret.folder_id] } else { Vec::new() };
    let log = writer.log;
    finish(app, caller, tx, at.project_id, changed, log).await?;
    Ok(secret)
}

/// Inserts secrets; answers them in the order given.
pub(in crate::secrets) async fn insert(
    writer: &Writer<'_>,
    at: &Location,
    news: &[NewSecret],
    error_name: &str,
) -> Result<Vec<Secret>> {
    let is_batch = error_name == "CreateManySecret";
    let path_of = |new: &NewSecret| -> SecretPath { new.path.clone().unwrap_or_else(|| at.path.clone()) };
    let paths: Vec<SecretPath> = news.iter().map(path_of).collect();
    for (new, path) in news.iter().zip(&paths) {
        keys_rule::check(&new.key)?;
        writer.owner_id(new.kind)?;
        writer.require_name("create", &at.environment, path, &new.key)?;
    }
    let spots = writer.spots(at, paths.iter(), error_name).await?;
    let folder_ids: Vec<Uuid> = spots.values().map(|spot| spot.folder_id).collect();
    writer.touch(&folder_ids, at, error_name).await?;
    require_free(writer, news, &paths, |path| spots[path].folder_id, &folder_ids, is_batch).await?;

    let known_tags = writer.project_tags(news.iter().any(|new| !new.tag_ids.is_empty())).await?;
    let mut rows = Vec::with_capacity(news.len());
    let mut versions = Vec::with_capacity(news.len());
    let (mut tag_rows, mut metadata_rows) = (Vec::new(), Vec::new());
    let mut decorations = Vec::with_capacity(news.len());
    for (new, path) in news.iter().zip(&paths) {
        let spot = &spots[path];
        let tags = pick_tags(&known_tags, &new.tag_ids)?;
        writer.reader.require("create", Facts::secret(&spot.environment, &spot.path, &new.key, &tags.slugs))?;
        let row = row(writer, new, spot.folder_id)?;
        versions.push(writer.version_row(&row, &tags));
        tag_rows.extend(writer.tag_rows(row.id, &tags));
        let (metadata, views) = writer.metadata_rows(row.id, &new.metadata);
        metadata_rows.extend(metadata);
        decorations.push((tags, views));
        rows.push(row);
    }
    keyferry_db::insert_many(writer.tx, rows.clone()).await.map_err(|error| match error {
        DbError::Unique(_) => Error::bad_request("Secret already exists"),
        other => other.into(),
    })?;
    keyferry_db::insert_many(writer.tx, versions).await?;
    keyferry_db::insert_many(writer.tx, tag_rows).await?;
    keyferry_db::insert_many(writer.tx, metadata_rows).await?;
    rows.iter().for_each(|row| commits::secret_added(&writer.log, row));
    let written: Vec<track::Written<'_>> = news
        .iter()
        .zip(&paths)
        .zip(&rows)
        .map(|((new, path), row)| track::Written { secret_id: row.id, spot: &spots[path], value: &new.value })
        .collect();
    track::record(writer.app(), writer.tx, at.project_id, Some(&writer.reader.ability), &written).await?;

    let mut secrets = Vec::with_capacity(rows.len());
    for ((row, path), (tags, metadata)) in rows.into_iter().zip(&paths).zip(decorations) {
        let spot = &spots[path];
        let facts = Facts::secret(&spot.environment, &spot.path, &row.key, &tags.slugs);
        let is_visible = writer.reader.may("readValue", facts);
        secrets.push(writer.reader.secret(row, &spot.environment, &spot.path, is_visible, tags.tags, metadata)?);
    }
    Ok(secrets)
}

fn row(writer: &Writer<'_>, new: &NewSecret, folder_id: Uuid) -> Result<secrets::Model> {
    let mut row = secrets::Model {
        id: writer.app().ids.v4(),
        project_id: writer.reader.project.id,
        folder_id,
        owner_id: writer.owner_id(new.kind)?,
        key: new.key.clone(),
        version: 1,
        value: Vec::new(),
        value_fingerprint: Vec::new(),
        is_empty: false,
        has_references: false,
        comment: None,
        skip_multiline_encoding: new.skip_multiline_encoding,
        reminder_note: None,
        reminder_repeat_days: new.reminder_repeat_days.filter(|days| *days != 0),
        actor_type: String::new(),
        actor_id: None,
        actor_name: None,
        created_at_ms: writer.now_ms,
        updated_at_ms: writer.now_ms,
    };
    writer.sign(&mut row);
    writer.seal_value(&mut row, &new.value);
    row.comment = writer.seal_text("comment", &row, new.comment.as_ref());
    row.reminder_note = writer.seal_text("reminder_note", &row, new.reminder_note.as_ref());
    Ok(row)
}

/// Refuses keys that exist or stand twice in the input, and personal overrides of nothing.
async fn require_free(
    writer: &Writer<'_>,
    news: &[NewSecret],
    paths: &[SecretPath],
    folder_of: impl Fn(&SecretPath) -> Uuid,
    folder_ids: &[Uuid],
    is_batch: bool,
) -> Result<()> {
    let keys: Vec<String> = news.iter().map(|new| new.key.clone()).collect();
    let mut taken: HashSet<(Uuid, String, Uuid)> =
        keyferry_db::secrets::find_by_keys(writer.tx, folder_ids, &keys, &writer.owners())
            .await?
            .into_iter()
            .map(|row| (row.folder_id, row.key, row.owner_id))
            .collect();
    let mut clashes = BTreeSet::new();
    for (new, path) in news.iter().zip(paths) {
        let (folder_id, owner_id) = (folder_of(path), writer.owner_id(new.kind)?);
        if new.kind == Kind::Personal && !taken.contains(&(folder_id, new.key.clone(), Uuid::nil())) {
            return Err(Error::bad_request("Failed to create personal secret override for no corresponding shared secret"));
        }
        if !taken.insert((folder_id, new.key.clone(), owner_id)) {
            clashes.insert(new.key.as_str());
        }
    }
    if clashes.is_empty() {
        return Ok(());
    }
    let message = if is_batch {
        format!("Secret already exists: {}", clashes.into_iter().collect::<Vec<_>>().join(","))
    } else {
        "Secret already exists".to_owned()
    };
    Err(Error::bad_request(message))
}

//! From an event to the jobs that tell it, in the transaction of its cause.

use std::collections::BTreeMap;

use keyferry_db::WriteTx;
use keyferry_db::entities::{environments, projects, secret_syncs, webhooks};
use keyferry_jobs::Enqueue;
use serde_json::json;
use uuid::Uuid;

use super::deliver::{JOB, MAX_ATTEMPTS};
use super::event::Event;
use super::notice::{Notice, SyncNotice};
use crate::access::glob;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::folders;

/// How long changes of secrets gather before they are told as one.
const GATHER_MS: i64 = 1_000;

/// Whether a project has a webhook at all that is told something.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn any_listens(tx: &WriteTx, project_id: Uuid) -> Result<bool> {
    Ok(!keyferry_db::webhooks::list_enabled(tx, project_id).await?.is_empty())
}

/// Tells that a sync failed, works again, or waits for a yes. After the commit the caller wakes the queue.
///
/// # Errors
/// When the jobs cannot be written; then the outcome must not be committed either.
pub(crate) async fn sync_changed(
    app: &App,
    tx: &WriteTx,
    sync: &secret_syncs::Model,
    event: Event,
    about: SyncNotice,
) -> Result<()> {
    let Some(environment_id) = sync.environment_id else { return Ok(()) };
    let place = match sync.folder_id {
        Some(id) => folders::place_of(tx, id).await?,
        None => None,
    };
    let path = place.as_ref().map(|place| place.path.as_str());
    let listening: Vec<_> = keyferry_db::webhooks::list_enabled(tx, sync.project_id)
        .await?
        .into_iter()
        // The folder of a sync may be gone, which is a reason to fail: then every webhook of the environment is told.
        .filter(|hook| hook.environment_id == environment_id && path.is_none_or(|path| glob(&hook.secret_path, path)))
        .filter(|hook| listens(hook, event))
        .collect();
    if listening.is_empty() {
        return Ok(());
    }
    let (project, environment) = names(tx, sync.project_id, environment_id).await?;
    let mut notice = Notice::new(event, &project, &environment, app.now_ms()).at(path);
    notice.sync = Some(about);
    let jobs = listening.iter().map(|hook| {
        let id = app.ids.v7(app.now_ms());
        job(app, hook, &notice, id, id.to_string(), 0)
    });
    let jobs = jobs.collect::<Result<Vec<_>>>()?;
    Ok(app.queue.enqueue_all(tx, jobs, app.now_ms()).await?)
}

/// Tells that shared secrets of these folders changed; quick changes are told as one. After the commit the caller wakes the queue.
///
/// # Errors
/// When the jobs cannot be written; then the change must not be committed either.
pub(crate) async fn secrets_modified(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    project_id: Uuid,
    folder_ids: &[Uuid],
) -> Result<()> {
    let hooks = keyferry_db::webhooks::list_enabled(tx, project_id).await?;
    let hooks: Vec<_> = hooks.into_iter().filter(|hook| listens(hook, Event::SecretsModified)).collect();
    if hooks.is_empty() {
        return Ok(());
    }
    let mut projects = BTreeMap::new();
    let mut jobs = Vec::new();
    for folder_id in folder_ids {
        let Some(at) = folders::place_of(tx, *folder_id).await? else { continue };
        let (environment_id, path) = (at.environment.id, at.path.as_str());
        for hook in hooks.iter().filter(|hook| hook.environment_id == environment_id && glob(&hook.secret_path, path)) {
            if let std::collections::btree_map::Entry::Vacant(entry) = projects.entry(environment_id) {
                entry.insert(names(tx, project_id, environment_id).await?);
            }
            let Some((project, environment)) = projects.get(&environment_id) else { continue };
            let notice = Notice::new(Event::SecretsModified, project, environment, app.now_ms()).at(Some(path)).by(caller);
            let key = format!("{}:{folder_id}", hook.id);
            jobs.push(job(app, hook, &notice, app.ids.v7(app.now_ms()), key, GATHER_MS)?);
        }
    }
    Ok(app.queue.enqueue_all(tx, jobs, app.now_ms()).await?)
}

fn listens(hook: &webhooks::Model, event: Event) -> bool {
    let filter = Event::parse_filter(&hook.events_filter);
    filter.is_empty() || filter.contains(&event)
}

async fn names(tx: &WriteTx, project_id: Uuid, environment_id: Uuid) -> Result<(projects::Model, environments::Model)> {
    let gone = || Error::internal("an event names a project or environment that is gone");
    let project = keyferry_db::find_by_id(tx, project_id).await?.ok_or_else(gone)?;
    let environment = keyferry_db::find_by_id(tx, environment_id).await?.ok_or_else(gone)?;
    Ok((project, environment))
}

fn job(app: &App, hook: &webhooks::Model, notice: &Notice, id: Uuid, key: String, delay_ms: i64) -> Result<Enqueue> {
    let notice = serde_json::to_value(notice).map_err(Error::internal)?;
    Ok(Enqueue {
        id,
        kind: JOB,
        key,
        payload: json!({ "webhookId": hook.id, "projectId": hook.project_id, "deliveryId": id, "notice": notice }),
        priority: 0,
        run_at_ms: app.now_ms() + delay_ms,
        max_attempts: MAX_ATTEMPTS,
    })
}

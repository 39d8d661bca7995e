//! What a folder held after a commit, without values.

use serde_json::json;
use uuid::Uuid;

use super::state::{Moment, State};
use super::{Commit, locate, require};
use crate::access::Facts;
use crate::app::App;
use crate::audit::{self, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::read::reader::Reader;

/// A secret as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSecret {
    /// Its id.
    pub id: Uuid,
    /// Its key then.
    pub key: String,
    /// Its version then.
    pub version: i32,
}

/// What a folder held.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// The commit.
    pub commit: Commit,
    /// The secrets that the caller may know of, by key.
    pub secrets: Vec<HeldSecret>,
    /// The subfolders by name: id and name.
    pub folders: Vec<(Uuid, String)>,
}

/// What the folder of a commit held after it.
///
/// # Errors
/// As [`super::find`].
pub async fn holdings(app: &App, caller: &Caller, project_id: Uuid, id: Uuid) -> Result<Holdings> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, project_id).await?;
    let (row, place) = locate(conn, project_id, id).await?;
    require(&reader.ability, caller, "read", &row, &place)?;
    let now = keyferry_db::secrets::list_in_folder(conn, row.folder_id, &[Uuid::nil()]).await?;
    let children = keyferry_db::folders::children(conn, row.folder_id).await?;
    let state = State::load(conn, row.folder_id, &now, &children, Moment::Commit(row.sequence)).await?;
    let ids: Vec<Uuid> = state.secrets.keys().copied().collect();
    let tags = Tags::load(conn, project_id, Of::Secrets(&ids), true).await?;
    let known = keyferry_db::secrets::tags::of_project(conn, project_id).await?;
    let mut secrets: Vec<HeldSecret> = Vec::with_capacity(ids.len());
    for (id, held) in state.secrets {
        let mut slugs = tags.slugs(id).to_vec();
        let gone = state.images.get(&id).into_iter().flat_map(|image| &image.tag_ids);
        slugs.extend(gone.filter_map(|id| known.iter().find(|tag| tag.id == *id)).map(|tag| tag.slug.clone()));
        let facts = Facts::secret(&place.environment.slug, place.path.as_str(), &held.key, &slugs);
        if reader.may("describeSecret", facts) {
            secrets.push(HeldSecret { id, key: held.key, version: held.version });
        }
    }
    secrets.sort_by(|a, b| a.key.cmp(&b.key));
    let mut folders: Vec<(Uuid, String)> = state.folders.into_iter().map(|(id, held)| (id, held.name)).collect();
    folders.sort_by(|a, b| a.1.cmp(&b.1));
    let metadata = json!({"commitId": id, "folderId": row.folder_id});
    audit::record_read(app, caller, Event::project(caller, project_id, "pit-get-folder-state", metadata))?;
    Ok(Holdings { commit: Commit::new(row, &place), secrets, folders })
}

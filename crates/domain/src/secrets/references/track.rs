//! Records what a written value refers to, and checks that the writer may read it.

use std::collections::{BTreeSet, HashMap};

use keyferry_db::WriteTx;
use keyferry_db::entities::{secret_references, secrets};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::parse::{Piece, Target, has_reference, pieces};
use crate::access::{Ability, Facts};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::place::Spot;
use crate::secrets::tree::Tree;

/// How many different secrets one value may refer to.
const MAX_REFERENCES: usize = 1_000;
/// Longer names cannot exist, so a reference to them needs no record; it would not fit into an index entry either.
const MAX_NAME_BYTES: usize = 2_000;

/// A value that was written.
pub(in crate::secrets) struct Written<'a> {
    pub(in crate::secrets) secret_id: Uuid,
    pub(in crate::secrets) spot: &'a Spot,
    pub(in crate::secrets) value: &'a SecretString,
}

/// Whether a value refers to anything.
pub(in crate::secrets) fn refers(value: &SecretString) -> bool {
    has_reference(value.expose_secret())
}

/// Where a reference leads: environment, path, key; and whether it names them itself.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    environment: String,
    path: String,
    key: String,
    is_absolute: bool,
}

fn names(written: &Written<'_>) -> Result<BTreeSet<Name>> {
    let mut names = BTreeSet::new();
    for piece in pieces(written.value.expose_secret()) {
        let Piece::Reference { target, .. } = piece else { continue };
        let name = match target {
            Target::Local(key) => Name {
                environment: written.spot.environment.to_string(),
                path: written.spot.path.to_string(),
                key: key.to_owned(),
                is_absolute: false,
            },
            Target::Absolute { environment, path, key } => {
                Name { environment: environment.to_owned(), path: path.into_owned(), key: key.to_owned(), is_absolute: true }
            }
        };
        if name.environment.len() + name.path.len() + name.key.len() <= MAX_NAME_BYTES {
            names.insert(name);
        }
        if names.len() > MAX_REFERENCES {
            return Err(Error::bad_request(format!("A secret value can refer to at most {MAX_REFERENCES} other secrets")));
        }
    }
    Ok(names)
}

/// Stores what the values refer to. The rows of secrets that had references before are deleted by the caller.
///
/// Who writes a reference needs `readValue` on its target, or reading it back (or a sync) would show what the writer may not
/// see. That holds for targets that exist, and for names of another existing environment whether or not the secret exists yet.
///
/// # Errors
/// [`Error::PermissionDenied`] for a target out of reach, [`Error::BadRequest`] for too many references.
pub(in crate::secrets) async fn record(
    app: &App,
    tx: &WriteTx,
    project_id: Uuid,
    ability: Option<&Ability>,
    written: &[Written<'_>],
) -> Result<()> {
    let mut rows = Vec::new();
    let mut targets = BTreeSet::new();
    for written in written.iter().filter(|w| refers(w.value)) {
        for name in names(written)? {
            rows.push(secret_references::Model {
                id: app.ids.v4(),
                project_id,
                secret_id: written.secret_id,
                environment: name.environment.clone(),
                secret_path: name.path.clone(),
                secret_key: name.key.clone(),
            });
            targets.insert(name);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    if let Some(ability) = ability {
        require_targets(tx, project_id, ability, &targets).await?;
    }
    keyferry_db::insert_many(tx, rows).await?;
    Ok(())
}

async fn require_targets(tx: &WriteTx, project_id: Uuid, ability: &Ability, targets: &BTreeSet<Name>) -> Result<()> {
    let tree = Tree::load(tx, project_id).await?;
    let folder_ids: BTreeSet<Uuid> = targets.iter().filter_map(|name| tree.find(&name.environment, &name.path)).collect();
    let folder_ids: Vec<Uuid> = folder_ids.into_iter().collect();
    let keys: Vec<String> = targets.iter().map(|name| name.key.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let found: HashMap<(Uuid, String), secrets::Model> =
        keyferry_db::secrets::find_by_keys(tx, &folder_ids, &keys, &[Uuid::nil()])
            .await?
            .into_iter()
            .map(|row| ((row.folder_id, row.key.clone()), row))
            .collect();
    let (has_tags, _) = keyferry_db::secrets::places::project_flags(tx, project_id).await?;
    let ids: Vec<Uuid> = found.values().map(|row| row.id).collect();
    let tags = Tags::load(tx, project_id, Of::Secrets(&ids), has_tags).await?;
    for name in targets {
        let existing = tree.find(&name.environment, &name.path).and_then(|folder_id| found.get(&(folder_id, name.key.clone())));
        match existing {
            Some(row) => {
                let facts = Facts::secret(&name.environment, &name.path, &name.key, tags.slugs(row.id));
                ability.require("readValue", "secrets", facts)?;
            }
            None if name.is_absolute && tree.has_environment(&name.environment) => {
                let facts = Facts { secret_name: Some(&name.key), ..Facts::at(&name.environment, &name.path) };
                ability.require("readValue", "secrets", facts)?;
            }
            None => {}
        }
    }
    Ok(())
}

//! A file beside what is stored: which keys are new, which change, which stay.

use std::collections::HashMap;

use keyferry_db::secrets::keys;
use secrecy::SecretString;
use uuid::Uuid;

use crate::access::Facts;
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::secrets::decorations::{Of, Tags};
use crate::secrets::keys_rule;
use crate::secrets::model::Location;
use crate::secrets::place::{folder_not_found, locate};
use crate::secrets::read::reader::Reader;

/// How a key of a file stands to the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not there yet.
    New,
    /// There with another value.
    Changed {
        /// The version it has.
        version: i32,
    },
    /// There with the same value.
    Same,
    /// There with a value that the caller may write and not see, so that nobody learns it by guessing.
    Unknown {
        /// The version it has.
        version: i32,
    },
    /// The caller may not do it; the action is named.
    Denied(&'static str),
    /// The key cannot be a secret's key, and why.
    Invalid(String),
}

/// Compares keys and values with the shared secrets of a folder, in the order given.
///
/// # Errors
/// 403 and 404 as reading the project, 404 for an unknown folder.
pub async fn compare(app: &App, caller: &Caller, at: &Location, entries: &[(&str, &SecretString)]) -> Result<Vec<Standing>> {
    let conn = app.db.read();
    let reader = Reader::new(app, conn, caller, at.project_id).await?;
    let spot = locate(conn, at).await?.ok_or_else(|| folder_not_found("GetSecrets", &at.environment, at.path.as_str()))?;
    let names: Vec<String> = entries.iter().map(|(key, _)| (*key).to_owned()).collect();
    let briefs = keys::briefs(conn, &[spot.folder_id], &names, &[Uuid::nil()]).await?;
    let ids: Vec<Uuid> = briefs.iter().map(|brief| brief.id).collect();
    let tags = Tags::load(conn, at.project_id, Of::Secrets(&ids), spot.project_has_tags).await?;
    let known: HashMap<&str, &keys::Brief> = briefs.iter().map(|brief| (brief.key.as_str(), brief)).collect();
    let mut list = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if let Err(error) = keys_rule::check(key) {
            list.push(Standing::Invalid(error.to_string()));
            continue;
        }
        list.push(match known.get(key) {
            None if reader.may("create", Facts::secret(&spot.environment, &spot.path, key, &[])) => Standing::New,
            None => Standing::Denied("create"),
            Some(brief) => {
                let facts = Facts::secret(&spot.environment, &spot.path, key, tags.slugs(brief.id));
                match (reader.may("edit", facts), reader.may("readValue", facts)) {
                    (false, _) => Standing::Denied("edit"),
                    (true, false) => Standing::Unknown { version: brief.version },
                    (true, true) if reader.keys.fingerprint(value)[..] == brief.value_fingerprint[..] => Standing::Same,
                    (true, true) => Standing::Changed { version: brief.version },
                }
            }
        });
    }
    Ok(list)
}

//! Many secrets at once from a file or pasted text: first a preview of what is new, changed and the same, then the writing.

use std::collections::{HashMap, HashSet};

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use keyferry_domain::env_file::{self, EnvFile};
use keyferry_domain::secrets::browse::{Standing, Wanted, compare, reveal};
use keyferry_domain::secrets::{self, Change, Kind};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};

use super::edit::newlines;
use super::lines::{DiffLine, diff};
use super::spot::{Spot, and_query};
use super::syncs;
use crate::form::{Fields, Form};
use crate::text::plural;
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// How many entries of a file are shown with a box to tick; further ones are taken or left together.
const MAX_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "screens/secrets/upload.html")]
pub(super) struct UploadPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
}

/// An entry of the file beside what is stored.
pub(super) struct Entry {
    pub(super) key: String,
    /// The stored value beside the new one, once it was asked for.
    pub(super) lines: Option<Vec<DiffLine>>,
    /// Whether the values can be asked for.
    pub(super) may_compare: bool,
    pub(super) line: usize,
    pub(super) state: &'static str,
    pub(super) notes: Vec<String>,
    pub(super) can_take: bool,
    pub(super) is_taken: bool,
}

#[derive(Default)]
pub(super) struct Counts {
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) same: usize,
    pub(super) refused: usize,
}

#[derive(Template)]
#[template(path = "screens/secrets/preview.html")]
pub(super) struct PreviewPage {
    pub(super) page: Page,
    pub(super) action: String,
    pub(super) values: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) entries: Vec<Entry>,
    pub(super) more: String,
    pub(super) issues: Vec<String>,
    pub(super) duplicates: Vec<String>,
    pub(super) removed: Vec<String>,
    /// The keys that a text to edit began with.
    pub(super) known: Vec<String>,
    pub(super) ticked_removals: Vec<String>,
    pub(super) takes_rest: bool,
    pub(super) takes_comments: bool,
    pub(super) counts: Counts,
    pub(super) payload: String,
    pub(super) has_comments: bool,
    pub(super) syncs: Vec<String>,
}

impl PreviewPage {
    /// What the button does, such as `Overwrite 3 and import 9`.
    fn verb(&self) -> String {
        match (self.counts.new, self.counts.changed) {
            (new, 0) => format!("Import {}", plural(new, "secret", "secrets")),
            (0, changed) => format!("Overwrite {}", plural(changed, "secret", "secrets")),
            (new, changed) => {
                format!("Overwrite {} and import {}", crate::text::count(changed as u64), crate::text::count(new as u64))
            }
        }
    }

    fn has_work(&self) -> bool {
        self.counts.new + self.counts.changed > 0 || !self.removed.is_empty()
    }
}

fn upload_page(visit: &Visit, spot: &Spot, fields: Fields) -> UploadPage {
    UploadPage {
        page: spot.page_within(visit, "Import secrets"),
        action: spot.address("/import"),
        back: spot.address(""),
        place: spot.label(),
        fields,
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    visit.show(&upload_page(&visit, &spot, Fields::new()))
}

/// The text of the form: the file chosen, else what was pasted.
fn given(form: &Form) -> SecretString {
    let file = form.value("file").unwrap_or_default();
    if file.trim().is_empty() {
        return SecretString::from(newlines(form.value("text").unwrap_or_default()));
    }
    SecretString::from(file)
}

/// Reads a file of lines, or of JSON when it begins like that.
fn parse(text: &SecretString) -> EnvFile {
    match text.expose_secret().trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        true => env_file::parse_json(text.expose_secret()),
        false => env_file::parse(text.expose_secret()),
    }
}

pub(super) async fn preview(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let text = given(&form);
    let mut fields = Fields::typed(&form).without("file");
    fields.require("text", !text.expose_secret().trim().is_empty(), "Choose a file, or paste its content");
    if fields.is_valid() {
        let file = parse(&text);
        if file.entries.is_empty() && form.value("known").is_none() {
            fields.fail("text", "Failed to find secrets");
            for issue in file.issues.iter().take(5) {
                fields.fail("text", format!("Line {}: {}", issue.line, issue.message()));
            }
        } else {
            return visit.show(&preview_page(&visit, &spot, &text, file, &form).await?);
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &upload_page(&visit, &spot, fields))
}

async fn standings(visit: &Visit, spot: &Spot, file: &EnvFile) -> Result<Vec<Standing>> {
    let pairs: Vec<(&str, &SecretString)> = file.entries.iter().map(|entry| (entry.key.as_str(), &entry.value)).collect();
    compare(&visit.app, &visit.caller, &spot.location(), &pairs).await
}

/// The preview once more, with the stored and the new value of some keys beside each other.
pub(super) async fn show_values(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let text = payload(&form)?;
    let file = parse(&text);
    visit.show(&preview_page(&visit, &spot, &text, file, &form).await?)
}

/// The file that a preview carries.
fn payload(form: &Form) -> Result<SecretString> {
    let damaged = || Error::bad_request("The file of this preview is damaged. Upload it again.");
    let bytes = STANDARD.decode(form.text("payload")).map_err(|_| damaged())?;
    Ok(SecretString::from(String::from_utf8(bytes).map_err(|_| damaged())?))
}

/// The keys whose values the form asks for, with what is stored; those that the visitor may not see are left out.
async fn stored_values(visit: &Visit, spot: &Spot, form: &Form) -> Result<HashMap<String, SecretString>> {
    let keys: Vec<String> = form.all("shown").chain(form.all("one")).map(str::to_owned).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let found = reveal(&visit.app, &visit.caller, &spot.location(), &Wanted::Keys(keys), Kind::Shared).await?;
    Ok(found.into_iter().filter_map(|secret| Some((secret.key, secret.value?))).collect())
}

async fn preview_page(visit: &Visit, spot: &Spot, text: &SecretString, file: EnvFile, form: &Form) -> Result<PreviewPage> {
    let known: Vec<String> = form.all("known").map(str::to_owned).collect();
    let stored = stored_values(visit, spot, form).await?;
    // What was ticked on a preview before this one stays so.
    let is_again = form.value("payload").is_some();
    let taken: HashSet<&str> = form.all("take").collect();
    let standings = standings(visit, spot, &file).await?;
    let mut counts = Counts::default();
    let mut entries = Vec::new();
    for (entry, standing) in file.entries.iter().zip(&standings) {
        let mut notes = Vec::new();
        if entry.is_empty() {
            notes.push("Empty value".to_owned());
        }
        if entry.has_reference {
            notes.push("Holds ${…}, which resolves as a reference".to_owned());
        }
        let (state, count) = match standing {
            Standing::New => ("New", &mut counts.new),
            Standing::Changed { .. } => ("Changed", &mut counts.changed),
            Standing::Unknown { .. } => {
                notes.push("You may not see the stored value, so it cannot be compared".to_owned());
                ("Changed", &mut counts.changed)
            }
            Standing::Same => ("Same", &mut counts.same),
            Standing::Denied(action) => {
                notes.push(format!("Needs the permission “{action} on secrets”"));
                ("Not permitted", &mut counts.refused)
            }
            Standing::Invalid(message) => {
                notes.push(message.clone());
                ("Invalid", &mut counts.refused)
            }
        };
        *count += 1;
        if entries.len() < MAX_SHOWN {
            let can_take = matches!(state, "New" | "Changed");
            let is_taken = can_take && (!is_again || taken.contains(entry.key.as_str()));
            let lines = stored.get(&entry.key).map(|old| diff(old.expose_secret(), entry.value.expose_secret()));
            let may_compare = matches!(standing, Standing::Changed { .. });
            entries.push(Entry {
                key: entry.key.clone(),
                lines,
                may_compare,
                line: entry.line,
                state,
                notes,
                can_take,
                is_taken,
            });
        }
    }
    let more = match file.entries.len().saturating_sub(MAX_SHOWN) {
        0 => String::new(),
        more => plural(more, "further secret", "further secrets"),
    };
    let removed = known.iter().filter(|key| !file.entries.iter().any(|entry| entry.key == **key)).cloned().collect();
    Ok(PreviewPage {
        page: spot.page_within(visit, "Confirm Secret Upload"),
        action: spot.address("/import/confirm"),
        values: spot.address("/import/values"),
        back: spot.address("/import"),
        place: spot.label(),
        more,
        removed,
        known,
        ticked_removals: form.all("remove").map(str::to_owned).collect(),
        takes_rest: !is_again || form.is_ticked("rest"),
        takes_comments: !is_again || form.is_ticked("comments"),
        issues: file.issues.iter().map(|issue| format!("Line {}: {}", issue.line, issue.message())).collect(),
        duplicates: file
            .duplicates
            .iter()
            .map(|duplicate| {
                let lines: Vec<String> = duplicate.lines.iter().map(usize::to_string).collect();
                format!("{} on lines {}; the last one counts", duplicate.key, lines.join(", "))
            })
            .collect(),
        payload: STANDARD.encode(text.expose_secret()),
        has_comments: file.entries.iter().any(|entry| entry.comment.is_some()),
        syncs: syncs::of_folder(visit, spot).await?.into_iter().map(|sync| sync.label).collect(),
        entries,
        counts,
    })
}

pub(super) async fn confirm(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let file = parse(&payload(&form)?);
    let taken: HashSet<&str> = form.all("take").collect();
    let with_comments = form.is_ticked("comments");
    let standings = standings(&visit, &spot, &file).await?;
    let mut changes = Vec::new();
    for (index, (entry, standing)) in file.entries.into_iter().zip(standings).enumerate() {
        let is_wanted = if index < MAX_SHOWN { taken.contains(entry.key.as_str()) } else { form.is_ticked("rest") };
        if !is_wanted || !matches!(standing, Standing::New | Standing::Changed { .. } | Standing::Unknown { .. }) {
            continue;
        }
        changes.push(Change {
            key: entry.key,
            value: Some(entry.value),
            comment: entry.comment.filter(|_| with_comments).map(SecretString::from),
            ..Change::default()
        });
    }
    let removed: Vec<String> = form.all("remove").map(str::to_owned).collect();
    if changes.is_empty() && removed.is_empty() {
        return visit.go(go(spot.address("")).alert("Nothing was imported: no secret was ticked, or all are the same by now."));
    }
    let (app, caller, at) = (&visit.app, &visit.caller, spot.location());
    let made = visit.once(&form, async {
        let commit_id = secrets::write_many(app, caller, &at, &changes, &removed).await?;
        let tail = commit_id.map(|id| format!("/commits/{id}")).unwrap_or_default();
        Ok(and_query(spot.address(&tail), &[("imported", "true")]))
    });
    let address = made.await?;
    visit.go(go(address).notice("Successfully uploaded secrets"))
}

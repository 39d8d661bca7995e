//! Step "Source": the environment and folder whose secrets are taken.

use askama::Template;
use http::StatusCode;
use keyferry_domain::folders::{self, ListFolders};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secret_syncs::{self, PreviewInput, SourcePreview};
use keyferry_domain::{Error, Result};

use super::draft::Step;
use super::save::finish;
use super::{Frame, Wizard};
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

/// Folders that are offered to pick from.
const MOST_FOLDERS: usize = 300;
/// Keys of the preview.
const MOST_KEYS: usize = 10;

/// A folder to pick.
pub(super) struct FolderChoice {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) depth: usize,
    pub(super) is_current: bool,
}

/// What the source holds, or why that cannot be said.
pub(super) enum Preview {
    Source(Box<SourcePreview>),
    Refused(String),
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/wizard/source.html")]
pub(super) struct SourcePage {
    pub(super) page: Page,
    pub(super) frame: Frame,
    pub(super) fields: Fields,
    pub(super) environments: Vec<Choice>,
    pub(super) folders: Vec<FolderChoice>,
    pub(super) preview: Preview,
}

impl SourcePage {
    fn keys(preview: &SourcePreview) -> Vec<&str> {
        preview.names.iter().take(MOST_KEYS).map(|(key, _)| key.as_str()).collect()
    }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Source).await?;
    fill(&mut wizard);
    let fields = wizard.draft.fields();
    let page = source_page(&visit, &wizard, fields).await?;
    visit.show(&page)
}

/// The first environment and the whole of it, until something else is chosen.
fn fill(wizard: &mut Wizard) {
    if wizard.draft.text("environment").is_empty()
        && let Some(first) = wizard.project.environments.first()
    {
        wizard.draft.set("environment", first.slug.clone());
    }
    if wizard.draft.text("path").is_empty() {
        wizard.draft.set("path", "/");
    }
}

async fn source_page(visit: &Visit, wizard: &Wizard, fields: Fields) -> Result<SourcePage> {
    let page = wizard.page(visit);
    Ok(SourcePage {
        frame: wizard.frame(&page),
        environments: wizard.project.environments.iter().map(|own| choice(&own.slug, &own.name)).collect(),
        folders: folder_choices(visit, wizard).await,
        preview: preview(visit, wizard, "").await?,
        fields,
        page,
    })
}

/// The folders of the environment; none where the visitor may not see them.
async fn folder_choices(visit: &Visit, wizard: &Wizard) -> Vec<FolderChoice> {
    let current = wizard.draft.text("path").trim_end_matches('/').to_owned();
    let input = ListFolders {
        project_id: wizard.project.row.id,
        environment: wizard.draft.text("environment").to_owned(),
        path: SecretPath::root(),
        recursive: true,
        last_secret_modified_ms: None,
    };
    let mut paths: Vec<String> = match folders::list(&visit.app, &visit.caller, input).await {
        Ok(listed) => listed.into_iter().map(|own| own.path.as_str().to_owned()).collect(),
        Err(_not_visible) => Vec::new(),
    };
    paths.push("/".to_owned());
    paths.sort();
    paths
        .into_iter()
        .take(MOST_FOLDERS)
        .map(|path| FolderChoice {
            depth: path.matches('/').count().saturating_sub(usize::from(path == "/")).min(8),
            name: path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/").to_owned(),
            is_current: path.trim_end_matches('/') == current,
            path,
        })
        .collect()
}

/// What the source of the draft holds.
pub(super) async fn preview(visit: &Visit, wizard: &Wizard, key_schema: &str) -> Result<Preview> {
    let input = PreviewInput {
        project_id: wizard.project.row.id,
        action: wizard.right(),
        environment: wizard.draft.text("environment").to_owned(),
        secret_path: wizard.draft.text("path").to_owned(),
        include_all_sub_folders: wizard.draft.is_ticked("subfolders"),
        key_schema: key_schema.to_owned(),
    };
    match secret_syncs::preview_source(&visit.app, &visit.caller, input).await {
        Ok(preview) => Ok(Preview::Source(Box::new(preview))),
        Err(Error::PermissionDenied { subject, .. }) if subject == "secret-syncs" => {
            Ok(Preview::Refused("You do not have permission to create secret syncs in this environment or path.".to_owned()))
        }
        Err(Error::PermissionDenied { action, subject, .. }) => {
            Ok(Preview::Refused(format!("You may not {action} on {subject} in this environment or path, or where it leads.")))
        }
        Err(Error::BadRequest { message, .. } | Error::NotFound { message, .. }) => Ok(Preview::Refused(message)),
        Err(Error::Invalid(issues)) => {
            let said = issues.first().and_then(|issue| issue.body.get("message")?.as_str()).unwrap_or("Not valid").to_owned();
            Ok(Preview::Refused(said))
        }
        Err(other) => Err(other),
    }
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Source).await?;
    wizard.draft.take(&form, Step::Source);
    if let Some(picked) = form.optional("pick") {
        wizard.draft.set("path", picked);
    }
    let mut fields = wizard.draft.fields();
    if form.value("refresh").is_some() || form.value("pick").is_some() {
        fill(&mut wizard);
        if wizard.place.is_none() {
            return visit.go(go(wizard.address(&wizard.page(&visit), Step::Source)));
        }
        let page = source_page(&visit, &wizard, wizard.draft.fields()).await?;
        return visit.show(&page);
    }
    fields.require("environment", !wizard.draft.text("environment").is_empty(), "Environment required");
    fields.require("path", !wizard.draft.text("path").is_empty(), "Secret path required");
    if fields.is_valid() {
        match preview(&visit, &wizard, "").await? {
            Preview::Refused(why) => fields.fail("path", why),
            Preview::Source(preview) if !preview.conflicts.is_empty() => {
                let named: Vec<String> =
                    preview.conflicts.iter().take(5).map(|(key, paths)| format!("{key} ({})", paths.join(", "))).collect();
                fields.fail("subfolders", format!("Names must be unique, but these occur more than once: {}", named.join("; ")));
            }
            Preview::Source(_) => {}
        }
    }
    if fields.is_valid()
        && let Some(answer) = finish(&visit, &form, &wizard, &mut fields).await?
    {
        return answer;
    }
    let page = source_page(&visit, &wizard, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

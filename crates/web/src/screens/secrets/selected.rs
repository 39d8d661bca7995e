//! What is done with several secrets at once: move, copy, tag, download, edit as text, delete.

use askama::Template;
use http::StatusCode;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::browse::{Wanted, reveal};
use keyferry_domain::secrets::{self, BatchMode, Change, CopyInput, Kind, MoveInput, TagChange, copy_secrets, move_secrets};
use keyferry_domain::{Error, Result, env_file, tags};
use secrecy::ExposeSecret as _;

use super::delete::{delete_page, selected};
use super::export::export_page;
use super::spot::Spot;
use super::syncs::{self, SyncLink};
use crate::form::{Fields, Form};
use crate::text::plural;
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Problem, Visit, go};

#[derive(Template)]
#[template(path = "screens/secrets/transfer.html")]
pub(super) struct TransferPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) keys: Vec<String>,
    pub(super) is_copy: bool,
    pub(super) environments: Vec<Choice>,
    /// Syncs of the target, which somebody has to agree to.
    pub(super) syncs: Vec<SyncLink>,
}

impl TransferPage {
    fn verb(&self) -> String {
        let what = plural(self.keys.len(), "secret", "secrets");
        if self.is_copy { format!("Copy {what}") } else { format!("Move {what}") }
    }
}

#[derive(Template)]
#[template(path = "screens/secrets/tag.html")]
pub(super) struct TagPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) keys: Vec<String>,
    pub(super) known: Vec<String>,
}

#[derive(Template)]
#[template(path = "screens/secrets/text.html")]
pub(super) struct TextPage {
    pub(super) page: Page,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) place: String,
    pub(super) text: secrecy::SecretString,
    pub(super) keys: Vec<String>,
    pub(super) left_out: Vec<String>,
}

/// Leads to what was chosen for the ticked secrets.
pub(super) async fn choose(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let keys = selected(&visit, &spot, &form).await?;
    let wanted = form.text("do");
    if keys.is_empty() && !matches!(wanted, "export" | "text") {
        return visit.go(go(spot.address("")).alert("Tick at least one secret first."));
    }
    match wanted {
        "delete" => visit.show(&delete_page(&visit, &spot, keys).await?),
        "export" => visit.show(&export_page(&visit, &spot, keys)),
        "text" => as_text(&visit, &spot, keys).await,
        "tag" => visit.show(&tag_page(&visit, &spot, keys, Fields::new()).await?),
        "copy" => visit.show(&transfer_page(&visit, &spot, keys, Fields::new(), true, Vec::new())),
        "move" => visit.show(&transfer_page(&visit, &spot, keys, Fields::new(), false, Vec::new())),
        _ => Err(Error::bad_request("Choose what to do with the secrets.").into()),
    }
}

async fn as_text(visit: &Visit, spot: &Spot, keys: Vec<String>) -> Answer {
    let wanted = if keys.is_empty() { Wanted::All } else { Wanted::Keys(keys) };
    let found = reveal(&visit.app, &visit.caller, &spot.location(), &wanted, Kind::Shared).await?;
    let mut left_out: Vec<String> =
        found.iter().filter(|secret| secret.value.is_none()).map(|secret| secret.key.clone()).collect();
    let written = env_file::write(found.iter().filter_map(|secret| {
        Some(env_file::Line {
            key: &secret.key,
            value: secret.value.as_ref()?,
            comment: secret.comment.as_ref().map(|comment| comment.expose_secret()),
        })
    }));
    left_out.extend(written.skipped);
    visit.show(&TextPage {
        page: spot.page_within(visit, "Edit as text"),
        action: spot.address("/import"),
        back: spot.address(""),
        place: spot.label(),
        keys: found.into_iter().map(|secret| secret.key).filter(|key| !left_out.contains(key)).collect(),
        text: written.text,
        left_out,
    })
}

fn transfer_page(
    visit: &Visit,
    spot: &Spot,
    keys: Vec<String>,
    fields: Fields,
    is_copy: bool,
    syncs: Vec<SyncLink>,
) -> TransferPage {
    let fields = match fields.value("environment") {
        "" => fields.with("environment", spot.environment.slug.clone()).with("path", spot.path.as_str()),
        _ => fields,
    };
    TransferPage {
        page: spot.page_within(visit, if is_copy { "Copy secrets" } else { "Move secrets" }),
        action: spot.address(if is_copy { "/copy" } else { "/move" }),
        back: spot.address(""),
        place: spot.label(),
        environments: spot.project.environments.iter().map(|own| choice(own.slug.clone(), own.name.clone())).collect(),
        keys,
        fields,
        is_copy,
        syncs,
    }
}

pub(super) async fn submit_move(visit: Visit, form: Form) -> Answer {
    transfer(visit, form, false).await
}

pub(super) async fn submit_copy(visit: Visit, form: Form) -> Answer {
    transfer(visit, form, true).await
}

async fn transfer(visit: Visit, form: Form, is_copy: bool) -> Answer {
    let spot = Spot::of(&visit).await?;
    let keys: Vec<String> = form.all("key").map(str::to_owned).collect();
    let mut fields = Fields::typed(&form);
    let path = match SecretPath::parse(form.text("path")) {
        Ok(path) => path,
        Err(error) => {
            fields.fail("path", error.to_string());
            SecretPath::root()
        }
    };
    fields.require("", !keys.is_empty(), "No secret was selected");
    let slug = form.text("environment");
    let target = match spot.project.environments.iter().any(|own| own.slug == slug) {
        true => Some(Spot::within(&visit, spot.project.clone(), slug, path.clone()).await?),
        false => {
            fields.fail("environment", "Choose an environment");
            None
        }
    };
    let mut agreed = Vec::new();
    if let Some(target) = target.filter(|_| fields.is_valid()) {
        agreed = syncs::of_folder(&visit, &target).await?;
        fields.require("understood", agreed.is_empty() || form.is_ticked("understood"), "Tick that you understand");
        if fields.is_valid() {
            match carry_out(&visit, &spot, &target, &keys, form.is_ticked("overwrite"), is_copy).await {
                Ok(()) => {
                    let done = if is_copy { "Copied" } else { "Moved" };
                    let notice = format!("{done} {} to {}", plural(keys.len(), "secret", "secrets"), target.label());
                    return visit.go(go(target.address("")).notice(notice));
                }
                Err(Error::NotFound { message, .. }) => fields.fail("path", message),
                Err(error) => fields.take(error, &[])?,
            }
        }
    }
    let page = transfer_page(&visit, &spot, keys, fields, is_copy, agreed);
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn carry_out(
    visit: &Visit,
    spot: &Spot,
    target: &Spot,
    keys: &[String],
    should_overwrite: bool,
    is_copy: bool,
) -> Result<()> {
    let (app, caller) = (&visit.app, &visit.caller);
    if is_copy {
        let input = CopyInput { from: spot.location(), to: target.location(), keys: keys.to_vec(), should_overwrite };
        copy_secrets(app, caller, &input).await?;
        return Ok(());
    }
    let found = reveal(app, caller, &spot.location(), &Wanted::Keys(keys.to_vec()), Kind::Shared).await?;
    let input = MoveInput {
        from: spot.location(),
        to_environment: target.environment.slug.clone(),
        to_path: target.path.clone(),
        secret_ids: found.iter().map(|secret| secret.id).collect(),
        should_overwrite,
    };
    move_secrets(app, caller, &input).await?;
    Ok(())
}

async fn tag_page(visit: &Visit, spot: &Spot, keys: Vec<String>, fields: Fields) -> Result<TagPage> {
    let known = tags::list(&visit.app, &visit.caller, spot.project.row.id).await?;
    Ok(TagPage {
        page: spot.page_within(visit, "Tag secrets"),
        action: spot.address("/tag"),
        back: spot.address(""),
        place: spot.label(),
        known: known.into_iter().map(|tag| tag.slug).collect(),
        keys,
        fields,
    })
}

pub(super) async fn submit_tag(visit: Visit, form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let keys: Vec<String> = form.all("key").map(str::to_owned).collect();
    let mut fields = Fields::typed(&form);
    let slug = form.text("tag").to_lowercase();
    fields.require("tag", !slug.is_empty(), "Required");
    if fields.is_valid() {
        match put_tag(&visit, &spot, &keys, &slug, form.text("do") == "remove").await {
            Ok(()) => {
                let notice = format!("Changed the tags of {}", plural(keys.len(), "secret", "secrets"));
                return visit.go(go(spot.address("")).notice(notice));
            }
            Err(Problem::Error(Error::NotFound { .. })) => fields.fail("tag", "There is no tag of this name"),
            Err(Problem::Error(error)) => fields.take(error, &[("slug", "tag")])?,
            Err(other) => return Err(other),
        }
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &tag_page(&visit, &spot, keys, fields).await?)
}

async fn put_tag(visit: &Visit, spot: &Spot, keys: &[String], slug: &str, is_removal: bool) -> Result<(), Problem> {
    let (app, caller, project_id) = (&visit.app, &visit.caller, spot.project.row.id);
    let known = tags::list(app, caller, project_id).await?;
    if !is_removal && !known.iter().any(|tag| tag.slug == slug) {
        tags::create(app, caller, project_id, slug, None).await?;
    }
    let change = |key: &String| {
        let slugs = vec![slug.to_owned()];
        let tags = if is_removal { TagChange::Remove(slugs) } else { TagChange::Add(slugs) };
        Change { key: key.clone(), tags: Some(tags), ..Change::default() }
    };
    let changes: Vec<Change> = keys.iter().map(change).collect();
    secrets::update_many(app, caller, &spot.location(), &changes, BatchMode::Ignore).await?;
    Ok(())
}

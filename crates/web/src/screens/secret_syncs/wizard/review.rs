//! Step "Review": everything once more, and the first plan, computed for real.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secret_syncs::model::SyncOptions;
use keyferry_domain::secret_syncs::plans::{self};
use keyferry_domain::secret_syncs::{self, ApproveInput, ApprovedKeys};
use keyferry_domain::{Error, Result};

use super::draft::Step;
use super::{Frame, Wizard};
use crate::form::{Fields, Form};
use crate::screens::secret_syncs::CHECKLY;
use crate::screens::secret_syncs::plan_table::PlanTable;
use crate::screens::secret_syncs::show::{option_rows, yes};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

/// A step's values, with the way back to it.
pub(super) struct Part {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) address: String,
    pub(super) rows: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/wizard/review.html")]
pub(super) struct ReviewPage {
    pub(super) page: Page,
    pub(super) frame: Frame,
    pub(super) fields: Fields,
    pub(super) parts: Vec<Part>,
    /// Id, digest and content of the plan; else why there is none.
    pub(super) plan: Result<(String, String, PlanTable), String>,
    pub(super) name: String,
    pub(super) is_mirror: bool,
    pub(super) is_auto: bool,
    pub(super) may_approve: bool,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let wizard = Wizard::of(&visit, Step::Review).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    let page = review_page(&visit, &wizard, Fields::new()).await?;
    let status = if page.plan.is_ok() { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    visit.show_as(status, &page)
}

async fn review_page(visit: &Visit, wizard: &Wizard, fields: Fields) -> Result<ReviewPage> {
    let page = wizard.page(visit);
    let input = wizard.draft.create_input(wizard.project.row.id)?;
    let plan = match plans::create_unsaved(&visit.app, &visit.caller, input).await {
        Ok(stored) => Ok((stored.id.to_string(), stored.digest.clone(), PlanTable::of(&stored)?)),
        Err(Error::BadRequest { message, .. } | Error::NotFound { message, .. }) => Err(message),
        Err(Error::Invalid(issues)) => {
            Err(issues.first().and_then(|issue| issue.body.get("message")?.as_str()).unwrap_or("Not valid").to_owned())
        }
        Err(other) => return Err(other),
    };
    Ok(ReviewPage {
        frame: wizard.frame(&page),
        parts: parts(visit, wizard, &page).await?,
        name: wizard.draft.text("name").to_owned(),
        is_mirror: wizard.draft.text("unmanaged") == "delete",
        is_auto: wizard.draft.is_ticked("auto_sync"),
        may_approve: wizard.may("remove-secrets", "secret-syncs"),
        fields,
        plan,
        page,
    })
}

async fn parts(visit: &Visit, wizard: &Wizard, page: &Page) -> Result<Vec<Part>> {
    let draft = &wizard.draft;
    let text = |name: &str| draft.text(name).to_owned();
    let named = |name: &str, id: &str| match (draft.text(name), draft.text(id)) {
        ("", id) => id.to_owned(),
        (name, id) => format!("{name} · {id}"),
    };
    let environment = wizard.project.environments.iter().find(|own| own.slug == draft.text("environment"));
    let connection = match draft.connection() {
        Some(id) => match keyferry_domain::app_connections::get(&visit.app, &visit.caller, CHECKLY, id).await {
            Ok(row) => row.name,
            Err(Error::PermissionDenied { .. } | Error::NotFound { .. } | Error::Forbidden { .. }) => id.to_string(),
            Err(other) => return Err(other),
        },
        None => String::new(),
    };
    let group = if draft.text("group").is_empty() { "Global variables".to_owned() } else { named("group_name", "group") };
    let options = serde_json::to_value(draft.options()).map_err(Error::internal)?;
    let mut option_rows = option_rows(&SyncOptions::from_value(&options)?);
    option_rows.insert(1, ("Auto-Sync Enabled", yes(draft.is_ticked("auto_sync"))));
    let part = |step: Step, rows| Part { id: step.word(), title: step.label(), address: wizard.address(page, step), rows };
    Ok(vec![
        part(
            Step::Source,
            vec![
                ("Environment", environment.map_or_else(|| text("environment"), |own| own.name.clone())),
                ("Secret Path", text("path")),
                ("Include secrets from subfolders", yes(draft.is_ticked("subfolders"))),
            ],
        ),
        part(
            Step::Destination,
            vec![("Checkly Connection", connection), ("Account", named("account_name", "account")), ("Group", group)],
        ),
        part(Step::Options, option_rows),
        part(Step::Details, vec![("Name", text("name")), ("Description", text("description"))]),
    ])
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let wizard = Wizard::of(&visit, Step::Review).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    let mut fields = Fields::typed(&form);
    let name = wizard.draft.text("name").to_owned();
    // How many deletions the plan on the page showed: they are agreed to one by one or all together, never unseen.
    let shown: usize = form.text("deletions").parse().unwrap_or_default();
    let approved: Vec<String> = form.all("approve").map(str::to_owned).collect();
    fields.require("understood", form.is_ticked("understood"), "Tick the box to go on");
    if shown > 0 {
        let said = format!("Tick the box: {} at Checkly will be deleted", crate::text::plural(shown, "variable", "variables"));
        fields.require("accept_deletions", form.is_ticked("accept_deletions"), &said);
        if wizard.draft.text("unmanaged") == "delete" {
            fields.require("confirm", form.text("confirm") == name, &format!("Type {name} to confirm"));
        }
    }
    if fields.is_valid() {
        let made = visit.once(&form, async {
            let mut input = wizard.draft.create_input(wizard.project.row.id)?;
            if let (Ok(plan_id), false) = (form.text("plan").parse(), approved.is_empty()) {
                let digest = form.text("digest").to_owned();
                input.approve = Some(ApproveInput { plan_id, digest, keys: ApprovedKeys::Only(approved) });
            }
            let view = secret_syncs::create(&visit.app, &visit.caller, input).await?;
            Ok(wizard.page(&visit).here(&format!("integrations/secret-syncs/{CHECKLY}/{}", view.sync.id)))
        });
        match made.await {
            Ok(address) => return visit.go(go(address).notice("Successfully added Checkly Sync")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = review_page(&visit, &wizard, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

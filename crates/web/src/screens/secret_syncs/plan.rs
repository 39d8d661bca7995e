//! What would happen now, and doing exactly that.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Error;
use keyferry_domain::secret_syncs::ApprovedKeys;
use keyferry_domain::secret_syncs::plans::{self, StoredPlan};

use super::CHECKLY;
use super::place::SyncPlace;
use super::plan_table::PlanTable;
use crate::form::{Fields, Form};
use crate::text::{Moment, moment};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

#[derive(Template)]
#[template(path = "screens/secret_syncs/plan.html")]
pub(super) struct PlanPage {
    pub(super) page: Page,
    pub(super) fields: Fields,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) plan_id: String,
    pub(super) digest: String,
    pub(super) made: Moment,
    pub(super) expires: Moment,
    pub(super) is_expired: bool,
    pub(super) plan: PlanTable,
    pub(super) may_apply: bool,
    pub(super) may_approve: bool,
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/no_plan.html")]
pub(super) struct NoPlanPage {
    pub(super) page: Page,
    pub(super) address: String,
    pub(super) message: String,
}

pub(super) async fn make(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    match plans::create_for_sync(&visit.app, &visit.caller, CHECKLY, place.view.sync.id).await {
        Ok(plan) => {
            let to = place.address(&place.page(&visit, ""), &format!("plans/{}", plan.id));
            visit.go(go(to))
        }
        Err(Error::BadRequest { message, .. }) => {
            let page = place.page(&visit, "Plan");
            let address = place.address(&page, "");
            visit.show_as(StatusCode::BAD_GATEWAY, &NoPlanPage { page, address, message })
        }
        Err(other) => Err(other.into()),
    }
}

fn plan_page(visit: &Visit, place: &SyncPlace, stored: &StoredPlan, fields: Fields) -> Result<PlanPage, Error> {
    let (page, now_ms) = (place.page(visit, "Plan"), visit.app.now_ms());
    Ok(PlanPage {
        address: place.address(&page, ""),
        name: place.view.sync.name.clone(),
        plan_id: stored.id.to_string(),
        digest: stored.digest.clone(),
        made: moment(stored.created_at_ms, now_ms),
        expires: moment(stored.expires_at_ms, now_ms),
        is_expired: stored.expires_at_ms <= now_ms,
        plan: PlanTable::of(stored)?,
        may_apply: place.may("sync-secrets"),
        may_approve: place.may("remove-secrets"),
        fields,
        page,
    })
}

pub(super) async fn show(visit: Visit) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let stored = plans::get(&visit.app, &visit.caller, CHECKLY, place.view.sync.id, visit.param("planId")?).await?;
    let page = plan_page(&visit, &place, &stored, Fields::new())?;
    visit.show(&page)
}

pub(super) async fn apply(visit: Visit, form: Form) -> Answer {
    let place = SyncPlace::of(&visit).await?;
    let sync_id = place.view.sync.id;
    let stored = plans::get(&visit.app, &visit.caller, CHECKLY, sync_id, visit.param("planId")?).await?;
    let plan = PlanTable::of(&stored)?;
    let mut fields = Fields::typed(&form);
    let keys: Vec<String> = match form.is_ticked("approve_all") {
        true => plan.waiting.clone(),
        false => form.all("approve").map(str::to_owned).collect(),
    };
    if keys.iter().any(|key| plan.held.contains(key)) {
        let name = &place.view.sync.name;
        fields.require("confirm", form.text("confirm") == name, &format!("Type {name} to confirm"));
    }
    let to = place.address(&place.page(&visit, ""), "");
    if fields.is_valid() {
        let made = visit.once(&form, async {
            let approve = (!keys.is_empty()).then_some(ApprovedKeys::Only(keys));
            let run = plans::apply(&visit.app, &visit.caller, CHECKLY, sync_id, stored.id, form.text("digest"), approve).await;
            match run {
                Ok(_) => Ok(to.clone()),
                // Where the fresh plan is; said as the address, for a second press must lead there too.
                Err(Error::Conflict { name, details, .. }) if name == "PlanStale" => {
                    let id = details.as_ref().and_then(|own| own.get("planId")?.as_str()).unwrap_or_default().to_owned();
                    Ok(format!("{to}/plans/{id}?stale=true"))
                }
                Err(other) => Err(other),
            }
        });
        match made.await {
            Ok(address) if address.ends_with("?stale=true") => {
                let said = "Something changed since that plan was made, so nothing was done. This is the plan as of now.";
                return visit.go(go(address).alert(said));
            }
            Ok(address) => return visit.go(go(address).notice("Successfully triggered Checkly Sync")),
            Err(error) => fields.take(error, &[])?,
        }
    }
    let page = plan_page(&visit, &place, &stored, fields)?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

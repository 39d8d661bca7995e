//! Step "Details": name and description.

use askama::Template;
use http::StatusCode;
use keyferry_domain::secret_syncs;

use super::draft::{Draft, Step};
use super::save::finish;
use super::{Frame, Wizard};
use crate::form::{Fields, Form};
use crate::screens::secret_syncs::CHECKLY;
use crate::ui::Page;
use crate::visit::{Answer, Visit};

#[derive(Template)]
#[template(path = "screens/secret_syncs/wizard/details.html")]
pub(super) struct DetailsPage {
    pub(super) page: Page,
    pub(super) frame: Frame,
    pub(super) fields: Fields,
}

fn details_page(visit: &Visit, wizard: &Wizard, fields: Fields) -> DetailsPage {
    let page = wizard.page(visit);
    DetailsPage { frame: wizard.frame(&page), fields, page }
}

pub(super) async fn show(visit: Visit) -> Answer {
    let wizard = Wizard::of(&visit, Step::Details).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    let mut fields = wizard.draft.fields();
    if wizard.draft.text("name").is_empty() {
        fields = fields.with("name", suggestion(&wizard.draft));
    }
    visit.show(&details_page(&visit, &wizard, fields))
}

/// `checkly-<environment>-<group or account>`.
pub(super) fn suggestion(draft: &Draft) -> String {
    let place = [draft.text("group_name"), draft.text("group"), draft.text("account_name"), draft.text("account")];
    let place = place.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let text = format!("checkly-{}-{place}", draft.text("environment")).to_lowercase();
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit())).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    slug.chars().take(64).collect::<String>().trim_end_matches('-').to_owned()
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Details).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    wizard.draft.take(&form, Step::Details);
    let mut fields = wizard.draft.fields();
    check(&mut fields, form.text("name"), form.text("description"));
    let own = wizard.place.as_ref().map(|place| place.view.sync.id);
    if fields.is_valid() {
        let project_id = wizard.project.row.id.to_string();
        let taken = secret_syncs::get_by_name(&visit.app, &visit.caller, CHECKLY, form.text("name"), &project_id).await;
        if taken.is_ok_and(|view| Some(view.sync.id) != own) {
            fields.fail("name", "A sync of this name exists in this project");
        }
    }
    if fields.is_valid()
        && let Some(answer) = finish(&visit, &form, &wizard, &mut fields).await?
    {
        return answer;
    }
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &details_page(&visit, &wizard, fields))
}

/// A name is a slug; each way to miss it has its own words.
pub(super) fn check(fields: &mut Fields, name: &str, description: &str) {
    let is_slug =
        name.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if name.is_empty() {
        fields.fail("name", "Name field must be at least 1 character");
    } else if name.chars().count() > 256 {
        fields.fail("name", "Name field must be at most 256 characters");
    } else if !is_slug {
        fields.fail("name", "Name field can only contain letters, numbers, and hyphens");
    }
    let fits = description.encode_utf16().count() <= 256;
    fields.require("description", fits, "Cannot exceed 256 characters");
}

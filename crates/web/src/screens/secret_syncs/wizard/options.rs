//! Step "Sync Options": names, deletions, and when it runs.

use askama::Template;
use http::StatusCode;
use keyferry_domain::Result;
use keyferry_domain::secret_syncs::{self, KEY_SCHEMA_MESSAGE};

use super::draft::Step;
use super::save::finish;
use super::source::{Preview, preview};
use super::{Frame, Wizard};
use crate::form::{Fields, Form};
use crate::ui::{Choice, Page, choice};
use crate::visit::{Answer, Visit, go};

/// Names that are shown as examples.
const EXAMPLES: usize = 3;

#[derive(Template)]
#[template(path = "screens/secret_syncs/wizard/options.html")]
pub(super) struct OptionsPage {
    pub(super) page: Page,
    pub(super) frame: Frame,
    pub(super) fields: Fields,
    /// Secret keys and the names they get.
    pub(super) examples: Vec<(String, String)>,
    /// Why there are none.
    pub(super) refused: Option<String>,
    /// Names on which several secrets end.
    pub(super) conflicts: Vec<String>,
}

pub(super) fn protections() -> Vec<Choice> {
    vec![
        choice("keep", "Only delete variables this sync created").note("Whatever else is in the account or group stays untouched."),
        choice("approve", "Ask for what cannot be put back").note(
            "Variables that are not in the source go too. Those whose value Checkly shows are kept in the run's record; for secret \
             ones you are asked.",
        ),
        choice("delete", "Mirror exactly: delete everything not in the source")
            .note("Also what people or other tools made there, as far as the key schema reaches. You type the name to confirm."),
    ]
}

pub(super) fn empty_values() -> Vec<Choice> {
    vec![
        choice("delete", "Remove the variable").note("Checkly stores no empty values."),
        choice("skip", "Leave the variable as it is"),
        choice("fail", "Block the key and say so"),
    ]
}

pub(super) fn references() -> Vec<Choice> {
    vec![choice("block", "Block the key and say so"), choice("literal", "Send the text as it stands")]
}

pub(super) fn breakers() -> Vec<Choice> {
    vec![
        choice("inherit", "As the organization has it")
            .note("Without a setting of its own: more than 10 keys or 20 %, whichever is larger."),
        choice("own", "A limit of its own").note("In the two fields below."),
        choice("off", "Off").note("Any number of deletions goes through."),
    ]
}

pub(super) async fn show(visit: Visit) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Options).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    fill(&mut wizard);
    let fields = wizard.draft.fields();
    let page = options_page(&visit, &wizard, fields).await?;
    visit.show(&page)
}

/// What is preset until something else is chosen.
fn fill(wizard: &mut Wizard) {
    for (name, value) in [
        ("auto_sync", "true"),
        ("unmanaged", "keep"),
        ("empty_values", "delete"),
        ("references", "block"),
        ("breaker", "inherit"),
    ] {
        if wizard.draft.text(name).is_empty() {
            wizard.draft.set(name, value);
        }
    }
    for (name, value) in [("breaker_keys", "10"), ("breaker_percent", "20")] {
        if wizard.draft.text(name).is_empty() {
            wizard.draft.set(name, value);
        }
    }
}

async fn options_page(visit: &Visit, wizard: &Wizard, fields: Fields) -> Result<OptionsPage> {
    let page = wizard.page(visit);
    let (examples, conflicts, refused) = match preview(visit, wizard, wizard.draft.text("schema")).await? {
        Preview::Source(source) => {
            let conflicts = source.conflicts.iter().map(|(name, _)| name.clone()).collect();
            (source.names.into_iter().take(EXAMPLES).collect(), conflicts, None)
        }
        Preview::Refused(why) => (Vec::new(), Vec::new(), Some(why)),
    };
    Ok(OptionsPage { frame: wizard.frame(&page), fields, examples, refused, conflicts, page })
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Options).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    wizard.draft.take(&form, Step::Options);
    fill(&mut wizard);
    let mut fields = wizard.draft.fields();
    if form.value("refresh").is_some() {
        if wizard.place.is_none() {
            return visit.go(go(wizard.address(&wizard.page(&visit), Step::Options)));
        }
        let page = options_page(&visit, &wizard, fields).await?;
        return visit.show(&page);
    }
    fields.require("schema", secret_syncs::is_key_schema(wizard.draft.text("schema")), KEY_SCHEMA_MESSAGE);
    let fits = wizard.draft.text("schema").encode_utf16().count() <= 255;
    fields.require("schema", fits, "String must contain at most 255 character(s)");
    if wizard.draft.text("breaker") == "own" {
        let number = |name: &str| wizard.draft.text(name).parse::<u32>().ok();
        fields.require("breaker_keys", number("breaker_keys").is_some(), "A whole number of keys");
        let is_share = number("breaker_percent").is_some_and(|percent| percent <= 100);
        fields.require("breaker_percent", is_share, "A whole number from 0 to 100");
    }
    if fields.is_valid()
        && let Some(answer) = finish(&visit, &form, &wizard, &mut fields).await?
    {
        return answer;
    }
    let page = options_page(&visit, &wizard, fields).await?;
    visit.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

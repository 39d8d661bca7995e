//! The steps of a new sync, and the same steps to change one. What was entered so far is carried in the address: reload, back
//! and a shared link show the same; nothing of it is secret.

mod destination;
mod details;
mod draft;
mod options;
mod review;
mod save;
mod source;
#[cfg(test)]
mod tests;

use keyferry_domain::Result;
use keyferry_domain::access::{Ability, Facts};
use keyferry_domain::projects::Project;

use self::draft::{Draft, Step};
use super::place::SyncPlace;
use crate::Registry;
use crate::ui::{Page, Place};
use crate::visit::{Answer, Visit, action, go, page};

/// Below the pages of a project.
macro_rules! new {
    ($path:literal) => {
        concat!("/organizations/{orgId}/projects/secret-management/{projectId}/integrations/secret-syncs/new/checkly", $path)
    };
}

/// Below the page of a sync.
macro_rules! edit {
    ($path:literal) => {
        concat!(
            "/organizations/{orgId}/projects/secret-management/{projectId}/integrations/secret-syncs/checkly/{syncId}/edit",
            $path
        )
    };
}

/// Registers the steps.
pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(new!("/source"), source::show).needs("secret-syncs:create"));
    registry.add(action(new!("/source"), source::submit).needs("secret-syncs:create"));
    registry.add(page(new!("/destination"), destination::show).needs("secret-syncs:create"));
    registry.add(action(new!("/destination"), destination::submit).needs("secret-syncs:create"));
    registry.add(page(new!("/options"), options::show).needs("secret-syncs:create"));
    registry.add(action(new!("/options"), options::submit).needs("secret-syncs:create"));
    registry.add(page(new!("/details"), details::show).needs("secret-syncs:create"));
    registry.add(action(new!("/details"), details::submit).needs("secret-syncs:create"));
    registry.add(page(new!("/review"), review::show).needs("secret-syncs:create"));
    registry.add(action(new!("/review"), review::submit).needs("secret-syncs:create"));
    registry.add(page(edit!(""), first).needs("secret-syncs:edit"));
    registry.add(page(edit!("/source"), source::show).needs("secret-syncs:edit"));
    registry.add(action(edit!("/source"), source::submit).needs("secret-syncs:edit"));
    registry.add(page(edit!("/destination"), destination::show).needs("secret-syncs:edit"));
    registry.add(action(edit!("/destination"), destination::submit).needs("secret-syncs:edit"));
    registry.add(page(edit!("/options"), options::show).needs("secret-syncs:edit"));
    registry.add(action(edit!("/options"), options::submit).needs("secret-syncs:edit"));
    registry.add(page(edit!("/details"), details::show).needs("secret-syncs:edit"));
    registry.add(action(edit!("/details"), details::submit).needs("secret-syncs:edit"));
}

/// Leads to the first step.
async fn first(visit: Visit) -> Answer {
    Wizard::of(&visit, Step::Source).await?;
    visit.go(go(format!("{}/source", visit.path)))
}

/// Where a step stands: in the making of a sync, or in the change of one.
pub(super) struct Wizard {
    pub(super) project: Project,
    rights: Ability,
    /// The sync that is changed.
    pub(super) place: Option<SyncPlace>,
    pub(super) draft: Draft,
    /// What the address carried, before anything was preset.
    given: Draft,
    pub(super) step: Step,
}

/// A step in the list of steps.
#[derive(Clone, Debug)]
pub(super) struct StepLink {
    pub(super) label: &'static str,
    /// Empty while it cannot be opened.
    pub(super) address: String,
    pub(super) is_current: bool,
    pub(super) is_done: bool,
    /// Why it cannot be opened.
    pub(super) reason: String,
}

/// What surrounds a step.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) steps: Vec<StepLink>,
    /// Where the form goes.
    pub(super) action: String,
    pub(super) back: String,
    pub(super) cancel: String,
    pub(super) is_edit: bool,
    /// What the step held when it was opened, to find out whether somebody else changed it.
    pub(super) before: String,
}

impl Wizard {
    /// The step of the address; an earlier one when something before it is missing.
    ///
    /// # Errors
    /// 403 without the right to create or change, 404 for an unknown sync.
    pub(super) async fn of(visit: &Visit, step: Step) -> Result<Self> {
        let rights = visit.rights().await?;
        if visit.has_param("syncId") {
            let place = SyncPlace::of(visit).await?;
            place.require("edit")?;
            let draft = Draft::of_sync(&place.view);
            let given = draft.clone();
            return Ok(Self { project: place.project.clone(), rights, place: Some(place), draft, given, step });
        }
        rights.require("create", "secret-syncs", Facts::any())?;
        let draft = Draft::of_query(visit);
        Ok(Self { project: visit.project().await?, rights, place: None, given: draft.clone(), draft, step })
    }

    /// Leads to the first step that is missing before this one, if any is.
    pub(super) fn missing(&self, visit: &Visit) -> Option<Answer> {
        let missing = Step::ALL.into_iter().take_while(|own| *own != self.step).find(|own| !self.draft.has(*own))?;
        (self.place.is_none()).then(|| visit.go(go(self.address(&self.page(visit), missing))))
    }

    /// Whether the visitor may do this in the project.
    pub(super) fn may(&self, action: &str, subject: &str) -> bool {
        self.rights.allows(action, subject, Facts::any())
    }

    /// The right that the form asks for on its source.
    pub(super) fn right(&self) -> &'static str {
        if self.place.is_some() { "edit" } else { "create" }
    }

    /// The frame of the page.
    pub(super) fn page(&self, visit: &Visit) -> Page {
        match &self.place {
            Some(place) => place.page(visit, &format!("Edit {}", self.step.label())),
            None => {
                let page = visit.project_page(&self.project, "Create Checkly Sync", Place::Integrations);
                let picker = page.here("integrations/secret-syncs/new");
                page.below("Choose a destination", picker)
            }
        }
    }

    /// The address of a step, with what was entered so far.
    pub(super) fn address(&self, page: &Page, step: Step) -> String {
        self.address_with(page, step, &self.draft)
    }

    fn address_with(&self, page: &Page, step: Step, draft: &Draft) -> String {
        match &self.place {
            Some(place) => place.address(page, &format!("edit/{}", step.word())),
            None => {
                let (path, query) = (page.here("integrations/secret-syncs/new/checkly"), draft.query());
                if query.is_empty() { format!("{path}/{}", step.word()) } else { format!("{path}/{}?{query}", step.word()) }
            }
        }
    }

    /// What surrounds the step.
    pub(super) fn frame(&self, page: &Page) -> Frame {
        let is_edit = self.place.is_some();
        let mut missing = None;
        let mut steps = Vec::new();
        for own in Step::ALL.into_iter().filter(|own| !is_edit || *own != Step::Review) {
            let is_open = is_edit || missing.is_none();
            steps.push(StepLink {
                label: own.label(),
                address: if is_open { self.address_with(page, own, &self.given) } else { String::new() },
                is_current: own == self.step,
                is_done: !is_edit && is_open && own != self.step && self.given.has(own),
                reason: missing.map(|before: Step| format!("opens after {}", before.label())).unwrap_or_default(),
            });
            if !is_edit && missing.is_none() && !self.given.has(own) {
                missing = Some(own);
            }
        }
        let sync = self.place.as_ref().map(|place| place.address(page, ""));
        let back = match self.step.before() {
            _ if is_edit => String::new(),
            Some(before) => self.address_with(page, before, &self.given),
            None => page.here("integrations/secret-syncs/new"),
        };
        Frame {
            steps,
            action: self.address_with(page, self.step, &self.given),
            back,
            cancel: sync.unwrap_or_else(|| page.here("integrations?selectedTab=secret-syncs")),
            is_edit,
            before: if is_edit { self.given.query_of(self.step) } else { String::new() },
        }
    }
}

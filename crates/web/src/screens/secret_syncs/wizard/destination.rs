//! Step "Destination": the connection, and the account or check group behind it, as Checkly lists them now.

use askama::Template;
use http::StatusCode;
use keyferry_domain::app_connections::{self, Unsaved};
use keyferry_domain::secret_syncs;
use keyferry_domain::{Error, Result};
use serde_json::Value;
use uuid::Uuid;

use super::draft::Step;
use super::save::finish;
use super::{Frame, Wizard};
use crate::form::{Fields, Form};
use crate::screens::app_connections::explain_call;
use crate::screens::secret_syncs::CHECKLY;
use crate::text::{Moment, moment};
use crate::ui::{Choice, Page, ProjectFrame, choice};
use crate::visit::{Answer, Visit, go};

/// What Checkly lists, or why it does not.
pub(super) enum Remote {
    /// Nothing was asked: what it depends on has not been chosen.
    NotAsked,
    Listed(Vec<Choice>),
    Failed(String),
}

#[derive(Template)]
#[template(path = "screens/secret_syncs/wizard/destination.html")]
pub(super) struct DestinationPage {
    pub(super) page: Page,
    pub(super) frame: Frame,
    pub(super) fields: Fields,
    pub(super) connections: Vec<Choice>,
    pub(super) accounts: Remote,
    pub(super) groups: Remote,
    pub(super) may_connect: bool,
    pub(super) may_add: bool,
    /// Another sync writes to the same place: in which project.
    pub(super) duplicate: Option<String>,
    pub(super) asked: Moment,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Destination).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    let page = destination_page(&visit, &mut wizard, Fields::new()).await?;
    visit.show(&page)
}

/// Asks Checkly, and drops what does not belong to what was chosen before it.
async fn destination_page(visit: &Visit, wizard: &mut Wizard, errors: Fields) -> Result<DestinationPage> {
    let project_id = wizard.project.row.id;
    let may_connect = wizard.may("connect", "app-connections");
    let available = match may_connect {
        true => app_connections::available(&visit.app, &visit.caller, CHECKLY, Some(&project_id.to_string())).await?,
        false => Vec::new(),
    };
    if let [only] = available.as_slice()
        && wizard.draft.text("connection").is_empty()
    {
        wizard.draft.set("connection", only.id.to_string());
    }
    let mut connections = vec![choice("", "Select a connection")];
    connections.extend(available.iter().map(|row| {
        let scope = if row.project_id.is_some() { "this project" } else { "organization" };
        choice(row.id.to_string(), format!("{} ({scope})", row.name))
    }));

    let connection = wizard.draft.connection();
    let accounts = match connection {
        Some(id) => list(visit, accounts(visit, id, project_id).await)?,
        None => Remote::NotAsked,
    };
    if let Remote::Listed(listed) = &accounts {
        keep_listed(wizard, "account", "account_name", listed, true);
    }
    let account = wizard.draft.text("account").to_owned();
    let groups = match (connection, &accounts) {
        (Some(id), Remote::Listed(_)) if !account.is_empty() => list(visit, groups(visit, id, project_id, &account).await)?,
        _ => Remote::NotAsked,
    };
    if let Remote::Listed(listed) = &groups {
        keep_listed(wizard, "group", "group_name", listed, false);
    }

    let page = wizard.page(visit);
    let mut fields = wizard.draft.fields();
    fields = fields.with("account", value_of(&wizard.draft, "account", &accounts));
    fields = fields.with("group", value_of(&wizard.draft, "group", &groups));
    for error in errors.errors() {
        fields.fail(&error.field, error.message.clone());
    }
    let now_ms = visit.app.now_ms();
    Ok(DestinationPage {
        frame: wizard.frame(&page),
        duplicate: duplicate(visit, wizard).await?,
        may_add: wizard.may("create", "app-connections"),
        asked: moment(now_ms, now_ms),
        fields,
        connections,
        accounts,
        groups,
        may_connect,
        page,
    })
}

async fn accounts(visit: &Visit, id: Uuid, project_id: Uuid) -> Result<Vec<(String, String)>, Unsaved> {
    let listed = app_connections::accounts_or_say_why(&visit.app, &visit.caller, CHECKLY, id, Some(project_id)).await?;
    Ok(listed.into_iter().map(|account| (account.id, account.name)).collect())
}

async fn groups(visit: &Visit, id: Uuid, project_id: Uuid, account: &str) -> Result<Vec<(String, String)>, Unsaved> {
    let listed = app_connections::groups_or_say_why(&visit.app, &visit.caller, CHECKLY, id, Some(project_id), account).await?;
    Ok(listed.into_iter().map(|group| (group.id, group.name)).collect())
}

fn list(visit: &Visit, listed: Result<Vec<(String, String)>, Unsaved>) -> Result<Remote> {
    match listed {
        Ok(rows) => Ok(Remote::Listed(
            rows.into_iter().map(|(id, name)| choice(format!("{id} {name}"), format!("{name} · {id}"))).collect(),
        )),
        Err(Unsaved::Refused(refusal)) => Ok(Remote::Failed(explain_call(&refusal, visit.app.now_ms()))),
        Err(Unsaved::Error(Error::BadRequest { message, .. } | Error::NotFound { message, .. })) => Ok(Remote::Failed(message)),
        Err(Unsaved::Error(other)) => Err(other),
    }
}

fn id_of(choice: &Choice) -> &str {
    choice.value.split(' ').next().unwrap_or_default()
}

/// Keeps the chosen id only if it is on the list; the only one is chosen by itself where one must be.
fn keep_listed(wizard: &mut Wizard, id: &'static str, name: &'static str, listed: &[Choice], is_required: bool) {
    let chosen = wizard.draft.text(id).to_owned();
    let mut found = listed.iter().find(|own| id_of(own) == chosen);
    if let ([only], None, true) = (listed, found, is_required) {
        found = Some(only);
    }
    let (own_id, own_name) = found.and_then(|own| own.value.split_once(' ')).unwrap_or_default();
    wizard.draft.set(id, own_id);
    wizard.draft.set(name, own_name);
}

/// The value that the select knows the chosen id by; the id itself where it is typed.
fn value_of(draft: &super::draft::Draft, field: &str, remote: &Remote) -> String {
    let chosen = draft.text(field);
    match remote {
        Remote::Listed(listed) => listed.iter().find(|own| id_of(own) == chosen).map(|own| own.value.clone()).unwrap_or_default(),
        _ => chosen.to_owned(),
    }
}

/// Where another sync writes to the same place, in words.
async fn duplicate(visit: &Visit, wizard: &Wizard) -> Result<Option<String>> {
    if wizard.draft.text("account").is_empty() {
        return Ok(None);
    }
    let Ok(Value::Object(config)) = serde_json::to_value(wizard.draft.destination()) else { return Ok(None) };
    let own = wizard.place.as_ref().map(|place| place.view.sync.id);
    let project_id = wizard.project.row.id;
    let found =
        secret_syncs::check_destination(&visit.app, &visit.caller, CHECKLY, &config, own, project_id).await.unwrap_or(None);
    Ok(found.map(|id| if id == project_id { "this project".to_owned() } else { "another project".to_owned() }))
}

pub(super) async fn submit(visit: Visit, form: Form) -> Answer {
    let mut wizard = Wizard::of(&visit, Step::Destination).await?;
    if let Some(answer) = wizard.missing(&visit) {
        return answer;
    }
    // The lists on the page belong to what was chosen when it was made.
    let other_connection = form.value("listed_connection").is_some_and(|listed| listed != form.text("connection"));
    let account = form.text("account").split(' ').next().unwrap_or_default().to_owned();
    let other_account = form.value("listed_account").is_some_and(|listed| !listed.is_empty() && listed != account);
    wizard.draft.take(&form, Step::Destination);
    let mut fields = Fields::new();
    if other_connection {
        wizard.draft.set("account", "");
        wizard.draft.set("group", "");
    } else if other_account {
        wizard.draft.set("group", "");
    }
    let is_refresh = form.value("refresh").is_some();
    if !is_refresh {
        fields.require("connection", wizard.draft.connection().is_some(), "Checkly Connection required");
        if other_connection {
            fields.fail("account", "The connection was changed: choose one of its accounts");
        } else if other_account && !form.text("group").is_empty() {
            fields.fail("group", "The account was changed: choose one of its groups, or none");
        } else {
            fields.require("account", !wizard.draft.text("account").is_empty(), "Account required");
        }
        if fields.is_valid() && !wizard.draft.is_ticked("accept_duplicate") && duplicate(&visit, &wizard).await?.is_some() {
            fields.fail("accept_duplicate", "Another sync writes to this place already. Tick the box if that is meant.");
        }
        if fields.is_valid()
            && let Some(answer) = finish(&visit, &form, &wizard, &mut fields).await?
        {
            return answer;
        }
    }
    let page = destination_page(&visit, &mut wizard, fields).await?;
    if is_refresh && wizard.place.is_none() {
        return visit.go(go(wizard.address(&page.page, Step::Destination)));
    }
    let status = if is_refresh { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.show_as(status, &page)
}

impl DestinationPage {
    fn connection_form(&self) -> String {
        let project = self.page.project.as_ref().map(|project: &ProjectFrame| project.address.as_str()).unwrap_or_default();
        format!("{project}/app-connections/new/checkly")
    }

    fn listed_account(&self) -> &str {
        self.fields.value("account").split(' ').next().unwrap_or_default()
    }

    fn account_choices(&self, listed: &[Choice]) -> Vec<Choice> {
        with_first("Select an account", listed)
    }

    fn group_choices(&self, listed: &[Choice]) -> Vec<Choice> {
        with_first("No group: the account's global variables", listed)
    }
}

fn with_first(label: &str, listed: &[Choice]) -> Vec<Choice> {
    std::iter::once(choice("", label)).chain(listed.iter().cloned()).collect()
}

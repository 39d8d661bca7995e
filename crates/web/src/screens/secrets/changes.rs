//! A change of many secrets after it was made: what became of each, and the way back.

use askama::Template;
use keyferry_domain::secrets::undo::{ChangeRecord, Effect, find_change, undo};
use uuid::Uuid;

use super::rows::actor;
use super::spot::Spot;
use crate::form::Form;
use crate::text::{Moment, moment, plural};
use crate::ui::Page;
use crate::visit::{Answer, Visit, go};

pub(super) struct Line {
    pub(super) key: String,
    pub(super) symbol: &'static str,
    pub(super) word: &'static str,
}

#[derive(Template)]
#[template(path = "screens/secrets/change.html")]
pub(super) struct ChangePage {
    pub(super) page: Page,
    pub(super) lines: Vec<Line>,
    pub(super) at: Moment,
    pub(super) by: String,
    /// When it was undone.
    pub(super) undone: Option<Moment>,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) is_import: bool,
}

/// The change of the address, and the folder it was made in, whatever both are called by now.
async fn change(visit: &Visit) -> Result<(ChangeRecord, Spot), keyferry_domain::Error> {
    let project = visit.project().await?;
    let id: Uuid = visit.param("changeId")?;
    let record = find_change(&visit.app, &visit.caller, project.row.id, id).await?;
    let spot = Spot::within(visit, project, &record.at.environment, record.at.path.clone()).await?;
    Ok((record, spot))
}

pub(super) async fn show(visit: Visit) -> Answer {
    let (record, spot) = change(&visit).await?;
    let now_ms = visit.app.now_ms();
    let is_import = record.effects.iter().any(|(_, effect)| *effect != Effect::Deleted);
    let lines = record.effects.into_iter().map(|(key, effect)| {
        let (symbol, word) = match effect {
            Effect::Created => ("+", "Created"),
            Effect::Changed => ("~", "Changed"),
            Effect::Deleted => ("−", "Deleted"),
        };
        Line { key, symbol, word }
    });
    visit.show(&ChangePage {
        page: spot.page_within(&visit, if is_import { "Imported secrets" } else { "Deleted secrets" }),
        lines: lines.collect(),
        at: moment(record.created_at_ms, now_ms),
        by: actor(&record.actor_type, record.actor_name.as_deref()),
        undone: record.undone_at_ms.map(|at_ms| moment(at_ms, now_ms)),
        action: spot.address(&format!("/changes/{}/undo", record.id)),
        back: spot.address(""),
        is_import,
    })
}

pub(super) async fn take_back(visit: Visit, _form: Form) -> Answer {
    let (record, spot) = change(&visit).await?;
    let undone = undo(&visit.app, &visit.caller, spot.project.row.id, record.id).await?;
    let done = format!("Undone: {} as before", plural(undone.restored, "secret", "secrets"));
    let answer = go(spot.address(""));
    if undone.kept.is_empty() {
        return visit.go(answer.notice(done));
    }
    let more = if undone.kept.len() > 5 { " and others" } else { "" };
    let names = undone.kept.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    visit.go(answer.alert(format!("{done}. Changed since, and left as they are: {names}{more}")))
}

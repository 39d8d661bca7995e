//! A change of many secrets after it was made: what became of each, and the way back.

use askama::Template;
use uuid::Uuid;

use super::spot::Spot;
use super::undo::{Entry, undo};
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
    pub(super) action: String,
    pub(super) back: String,
    pub(super) is_import: bool,
}

pub(super) async fn show(visit: Visit) -> Answer {
    let spot = Spot::of(&visit).await?;
    let id: Uuid = visit.param("changeId")?;
    let kept = visit.web.changes.find(&visit.caller, id)?;
    let is_import = kept.entries.iter().all(|entry| !matches!(entry, Entry::Deleted(_)));
    let lines = kept.entries.iter().map(|entry| {
        let (symbol, word) = entry.words();
        Line { key: entry.key().to_owned(), symbol, word }
    });
    visit.show(&ChangePage {
        page: spot.page_within(&visit, if is_import { "Imported secrets" } else { "Deleted secrets" }),
        lines: lines.collect(),
        at: moment(kept.at_ms, visit.app.now_ms()),
        action: spot.address(&format!("/changes/{id}/undo")),
        back: spot.address(""),
        is_import,
    })
}

pub(super) async fn take_back(visit: Visit, _form: Form) -> Answer {
    let spot = Spot::of(&visit).await?;
    let id: Uuid = visit.param("changeId")?;
    let kept = visit.web.changes.take(&visit.caller, id)?;
    let (restored, left) = undo(&visit.app, &visit.caller, &kept).await?;
    let done = format!("Undone: {} as before", plural(restored, "secret", "secrets"));
    let answer = go(spot.address(""));
    if left.is_empty() {
        return visit.go(answer.notice(done));
    }
    let more = if left.len() > 5 { " and others" } else { "" };
    let names = left.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    visit.go(answer.alert(format!("{done}. Changed since, and left as they are: {names}{more}")))
}

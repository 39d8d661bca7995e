//! What a run would do, key by key, in groups.

use keyferry_domain::Result;
use keyferry_domain::secret_syncs::plans::{self, Action, Counts, Flags, PlanItem, Reason, StoredPlan, VerifiedBy};

use super::words::{action, why};

/// Rows a group at most; deletions are always listed in full.
const MOST_ROWS: usize = 300;

/// A plan for a template.
#[derive(Clone, Debug)]
pub(super) struct PlanTable {
    pub(super) groups: Vec<Group>,
    pub(super) warnings: Vec<String>,
    pub(super) counts: Counts,
    /// Deletions that an applied plan makes without a yes of their own.
    pub(super) free_deletions: usize,
    /// Of those that wait, the ones that are the sync's own: there are more than the breaker allows.
    pub(super) held: Vec<String>,
    /// Keys that wait for a yes.
    pub(super) waiting: Vec<String>,
}

/// Keys with one action.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) sign: &'static str,
    pub(super) title: &'static str,
    pub(super) count: usize,
    pub(super) rows: Vec<Row>,
    /// Shown at once, or behind its heading.
    pub(super) is_open: bool,
}

/// A key.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) secret_key: String,
    pub(super) kind: String,
    pub(super) version: String,
    pub(super) why: String,
    pub(super) waits: bool,
}

impl PlanTable {
    /// Reads a stored plan.
    pub(super) fn of(plan: &StoredPlan) -> Result<Self> {
        let content = plans::read(plan)?;
        let order =
            [Action::Delete, Action::Blocked, Action::Create, Action::Update, Action::Reflag, Action::Keep, Action::Unchanged];
        let items = &content.items;
        let groups = order.into_iter().filter_map(|own| group(own, items)).collect();
        let deletions = items.iter().filter(|item| item.action == Action::Delete);
        let waits = items.iter().filter(|item| item.requires_approval);
        Ok(Self {
            groups,
            warnings: content.warnings,
            counts: content.counts,
            free_deletions: deletions.filter(|item| !item.requires_approval).count(),
            held: waits
                .clone()
                .filter(|item| item.reason == Reason::NotInSource)
                .map(|item| item.destination_key.clone())
                .collect(),
            waiting: waits.map(|item| item.destination_key.clone()).collect(),
        })
    }

    /// Variables that are written.
    pub(super) fn writes(&self) -> usize {
        (self.counts.create + self.counts.update + self.counts.reflag) as usize
    }

    /// Whether a run would leave everything as it is.
    pub(super) fn is_empty(&self) -> bool {
        self.writes() == 0 && self.counts.delete == 0
    }

    /// What applying does, without what waits: `write 4, delete 3 variables`.
    pub(super) fn effect(&self) -> String {
        let variables = |n| crate::text::plural(n, "variable", "variables");
        match (self.writes(), self.free_deletions) {
            (0, 0) => "change nothing".to_owned(),
            (0, gone) => format!("delete {}", variables(gone)),
            (written, 0) => format!("write {}", variables(written)),
            (written, gone) => format!("write {written}, delete {}", variables(gone)),
        }
    }
}

fn group(own: Action, items: &[PlanItem]) -> Option<Group> {
    let (sign, title) = action(own);
    let all: Vec<&PlanItem> = items.iter().filter(|item| item.action == own).collect();
    let most = if own == Action::Delete { usize::MAX } else { MOST_ROWS };
    (!all.is_empty()).then(|| Group {
        id: own.as_str(),
        sign,
        title,
        count: all.len(),
        rows: all.into_iter().take(most).map(row).collect(),
        is_open: !matches!(own, Action::Unchanged | Action::Keep),
    })
}

fn row(item: &PlanItem) -> Row {
    let mut why = match (item.action, item.reason) {
        (Action::Delete, Reason::Unmanaged) if item.requires_approval => {
            "Not made by this sync, and its value cannot be read back: gone for good.".to_owned()
        }
        (Action::Delete, Reason::Unmanaged) => "Not made by this sync; everything that is not in the source goes.".to_owned(),
        (_, reason) => why(reason).to_owned(),
    };
    if let Some(old) = &item.renamed_from {
        why = format!("Renamed: {old} goes, with the same value.");
    }
    if item.action == Action::Unchanged && item.verified_by == Some(VerifiedBy::Record) {
        "By our record; Checkly does not show it.".clone_into(&mut why);
    }
    Row {
        secret_key: item.secret_key.clone().filter(|key| *key != item.destination_key).unwrap_or_default(),
        key: item.destination_key.clone(),
        kind: kind(item.before, item.after),
        version: item.secret_version.map_or_else(String::new, |version| version.to_string()),
        why,
        waits: item.requires_approval,
    }
}

fn kind(before: Option<Flags>, after: Option<Flags>) -> String {
    let word = |flags: Option<Flags>| match flags {
        None => "–",
        Some(Flags { secret: true, .. }) => "secret",
        Some(Flags { locked: true, .. }) => "locked",
        Some(_) => "plain",
    };
    if before == after { word(after).to_owned() } else { format!("{} → {}", word(before), word(after)) }
}

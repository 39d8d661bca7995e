//! A record changed while somebody edited it: yours, theirs, and what it was before.

/// A field of the record in its three states. Only for values that may be shown.
#[derive(Clone, Debug)]
pub struct ConflictRow {
    /// Name for people.
    pub label: String,
    /// Name in the form.
    pub field: String,
    /// What was typed.
    pub yours: String,
    /// What is stored now.
    pub theirs: String,
    /// What it was when the form was opened.
    pub before: String,
}

/// What the conflict page shows.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Where "Keep mine" posts to.
    pub action: String,
    /// Where the record can be edited again, as it is now.
    pub again: String,
    /// The fields.
    pub rows: Vec<ConflictRow>,
    /// Further fields that "Keep mine" sends.
    pub hidden: Vec<(String, String)>,
}

/// A conflict between a form and the stored record.
#[must_use]
pub fn conflict(action: impl Into<String>, again: impl Into<String>) -> Conflict {
    Conflict { action: action.into(), again: again.into(), rows: Vec::new(), hidden: Vec::new() }
}

impl Conflict {
    /// With a field.
    #[must_use]
    pub fn row(mut self, label: &str, field: &str, yours: &str, theirs: &str, before: &str) -> Self {
        let [label, field, yours, theirs, before] = [label, field, yours, theirs, before].map(str::to_owned);
        self.rows.push(ConflictRow { label, field, yours, theirs, before });
        self
    }

    /// With a field that is only sent.
    #[must_use]
    pub fn hidden(mut self, field: &str, value: &str) -> Self {
        self.hidden.push((field.to_owned(), value.to_owned()));
        self
    }
}

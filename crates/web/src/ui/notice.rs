//! What a page says about the outcome of something that was done.

use crate::text::Moment;

/// A result, shown at the head of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What was done or went wrong; never a secret value.
    pub text: String,
    /// Whether it went wrong.
    pub is_error: bool,
    /// Its number among the recent ones of this sign-in; none where nothing is kept.
    pub id: Option<i64>,
}

impl Notice {
    /// Something was done.
    #[must_use]
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false, id: None }
    }

    /// Something went wrong.
    #[must_use]
    pub fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true, id: None }
    }
}

/// A result that can be read again.
#[derive(Clone, Debug)]
pub struct PastNotice {
    /// What was done or went wrong.
    pub text: String,
    /// Whether it went wrong.
    pub is_error: bool,
    /// When it was said.
    pub at: Moment,
    /// How long ago that was.
    pub ago: String,
}

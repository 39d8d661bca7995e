//! What a browser was told lately. Kept in a cookie that belongs to one sign-in, so it needs no script and no row, and the next
//! person at the same browser reads nothing of it. Errors stay at the head of every page until they are dismissed.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cookies;
use crate::text::{moment, relative};
use crate::ui::{Notice, PastNotice};

/// How many are kept.
const MOST: usize = 10;
/// Longest text kept of one, in characters.
const LONGEST: usize = 240;
/// Longest cookie, in bytes before it is encoded: every request carries it.
const MOST_BYTES: usize = 2000;

/// What was said to a sign-in, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    owner: String,
    kept: Vec<Kept>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// When it was said, milliseconds; tells it from others.
    #[serde(rename = "a")]
    at_ms: i64,
    #[serde(rename = "t")]
    text: String,
    #[serde(rename = "e", default)]
    is_error: bool,
    /// Whether it still stands at the head of pages.
    #[serde(rename = "o", default)]
    is_open: bool,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    s: String,
    n: Vec<Kept>,
}

impl Recent {
    /// What the request carries of this session; nothing of any other.
    pub(super) fn read(headers: &HeaderMap, session_id: Uuid) -> Self {
        let owner = session_id.simple().to_string();
        let stored = cookies::recent(headers).and_then(|text| serde_json::from_str::<Stored>(&text).ok());
        let mut kept = stored.filter(|stored| stored.s == owner).map(|stored| stored.n).unwrap_or_default();
        kept.truncate(MOST);
        Self { owner, kept }
    }

    /// Takes a notice in.
    pub(super) fn add(&mut self, notice: &Notice, now_ms: i64) {
        let newest = self.kept.first().map(|kept| kept.at_ms);
        let at_ms = newest.map_or(now_ms, |newest| now_ms.max(newest.saturating_add(1)));
        let text: String = notice.text.chars().take(LONGEST).collect();
        // The same once more replaces what stands there.
        for kept in self.kept.iter_mut().filter(|kept| kept.text == text) {
            kept.is_open = false;
        }
        self.kept.insert(0, Kept { at_ms, text, is_error: notice.is_error, is_open: true });
        self.kept.truncate(MOST);
        while self.kept.len() > 1 && self.bytes() > MOST_BYTES {
            self.kept.pop();
        }
    }

    /// A success is said once; an error stays until somebody dismisses it.
    pub(super) fn after_showing(&self) -> Self {
        let mut later = self.clone();
        for kept in &mut later.kept {
            kept.is_open &= kept.is_error;
        }
        later
    }

    /// Takes a notice from the head of the pages; it can still be read again.
    pub(crate) fn dismiss(&mut self, id: i64) {
        for kept in &mut self.kept {
            kept.is_open &= kept.at_ms != id;
        }
    }

    /// What stands at the head of the page, oldest first.
    pub(crate) fn open(&self) -> Vec<Notice> {
        let open = self.kept.iter().rev().filter(|kept| kept.is_open);
        open.map(|kept| Notice { text: kept.text.clone(), is_error: kept.is_error, id: Some(kept.at_ms) }).collect()
    }

    /// All of them, newest first.
    pub(crate) fn all(&self, now_ms: i64) -> Vec<PastNotice> {
        let past = |kept: &Kept| PastNotice {
            text: kept.text.clone(),
            is_error: kept.is_error,
            at: moment(kept.at_ms, now_ms),
            ago: relative(kept.at_ms, now_ms),
        };
        self.kept.iter().map(past).collect()
    }

    /// As the cookie keeps it.
    pub(super) fn stored(&self) -> String {
        serde_json::to_string(&Stored { s: self.owner.clone(), n: self.kept.clone() }).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.stored().len()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;
    use crate::visit::Cookies;

    fn carried(recent: &Recent) -> HeaderMap {
        let cookie = Cookies::for_address("http://127.0.0.1:8080").keep_recent(recent).expect("a header");
        let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&pair).expect("a header"))])
    }

    #[test]
    fn an_error_stays_until_it_is_dismissed_and_a_success_is_said_once() {
        let session = Uuid::from_u128(7);
        let mut recent = Recent::read(&HeaderMap::new(), session);
        recent.add(&Notice::done("Successfully created secret"), 1000);
        recent.add(&Notice::error("Größe; = falsch"), 1000);
        assert_eq!(recent.open().len(), 2);
        let mut twice = recent.clone();
        twice.add(&Notice::error("Größe; = falsch"), 2000);
        assert_eq!((twice.open().len(), twice.all(2000).len()), (2, 3), "the same error stands there once");
        let mut later = Recent::read(&carried(&recent.after_showing()), session);
        let open = later.open();
        assert_eq!(open.iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>(), ["Größe; = falsch"]);
        later.dismiss(open[0].id.expect("an id"));
        assert_eq!(later.open(), vec![]);
        let texts: Vec<String> = later.all(2000).into_iter().map(|past| past.text).collect();
        assert_eq!(texts, ["Größe; = falsch", "Successfully created secret"]);
    }

    #[test]
    fn another_sign_in_reads_nothing_of_it() {
        let mut recent = Recent::read(&HeaderMap::new(), Uuid::from_u128(7));
        recent.add(&Notice::done("Deleted the folder payroll"), 1);
        assert!(Recent::read(&carried(&recent), Uuid::from_u128(8)).all(2).is_empty());
        let odd = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("keyferry-recent=%%%"))]);
        assert!(Recent::read(&odd, Uuid::from_u128(7)).all(2).is_empty());
    }

    #[test]
    fn only_the_newest_are_kept_and_the_cookie_stays_small() {
        let mut recent = Recent::default();
        for at_ms in 0..40 {
            recent.add(&Notice::done("é".repeat(300)), at_ms);
        }
        assert!(!recent.kept.is_empty() && recent.bytes() <= MOST_BYTES, "{}", recent.bytes());
        assert_eq!(recent.kept[0].at_ms, 39);
        let mut short = Recent::default();
        (0..40).for_each(|at_ms| short.add(&Notice::done("ok"), at_ms));
        assert_eq!(short.kept.len(), MOST);
    }
}

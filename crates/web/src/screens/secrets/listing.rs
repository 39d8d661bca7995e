//! Search, filters, order and pages of a list of names, kept in the address.

use keyferry_domain::secrets::browse::{BrowseInput, Cursor, Having};

use super::dashboard::shown;
use super::spot::query;
use crate::ui::{Choice, choice};
use crate::visit::Request;

/// How many rows a page may have.
const SIZES: [usize; 3] = [50, 100, 250];

/// What the toolbar and the footer of a list show.
pub(super) struct Listing {
    pub(super) search: String,
    pub(super) tag: String,
    pub(super) tags: Vec<Choice>,
    pub(super) having: String,
    pub(super) conditions: Vec<Choice>,
    pub(super) is_descending: bool,
    pub(super) sort: String,
    pub(super) size: usize,
    pub(super) sizes: Vec<(usize, String)>,
    pub(super) summary: String,
    pub(super) matching: String,
    pub(super) previous: String,
    pub(super) next: String,
    pub(super) clear: String,
    pub(super) path: String,
}

/// Takes what the address says about the list.
pub(super) fn read(request: &Request, input: &mut BrowseInput) {
    input.search = request.query("search").unwrap_or_default().trim().to_owned();
    input.tag = request.query("tag").map(str::to_owned);
    input.having = request.query("having").and_then(Having::from_word);
    input.is_descending = request.query("sort") == Some("-key");
    input.limit = request.query_as("size").filter(|size| SIZES.contains(size)).unwrap_or(100);
    input.cursor = match (request.query("after"), request.query("before")) {
        (Some(key), _) => Some(Cursor::After(key.to_owned())),
        (None, Some(key)) => Some(Cursor::Before(key.to_owned())),
        (None, None) => None,
    };
}

fn condition(having: Having) -> Choice {
    let label = match having {
        Having::Everywhere => "In every environment",
        Having::Missing => "Missing somewhere",
        Having::Empty => "Empty",
        Having::Different => "Different values",
        Having::Imported => "Imported",
        Having::Overridden => "Overridden by me",
        Having::Comment => "With a comment",
    };
    choice(having.word(), label)
}

impl Listing {
    pub(super) fn new(
        request: &Request,
        input: &BrowseInput,
        total: Option<u64>,
        rows: usize,
        (first, last): (Option<String>, Option<String>),
        (has_previous, has_next): (bool, bool),
        tag_slugs: Vec<String>,
    ) -> Self {
        let is_single = input.environments.len() == 1;
        let mut conditions = vec![choice("", "Every secret")];
        let across = [Having::Everywhere, Having::Missing, Having::Different];
        conditions.extend(Having::ALL.into_iter().filter(|own| !is_single || !across.contains(own)).map(condition));
        let mut tags = vec![choice("", "Every tag")];
        tags.extend(tag_slugs.into_iter().map(|slug| choice(slug.clone(), slug)));
        let secret_path = request.query("secretPath").unwrap_or_default();
        let address = |size: usize, end: (&str, &str), sort: &str| {
            let size = if size == 100 { String::new() } else { size.to_string() };
            let text = query(&[
                ("secretPath", secret_path),
                ("search", &input.search),
                ("tag", input.tag.as_deref().unwrap_or_default()),
                ("having", input.having.map(Having::word).unwrap_or_default()),
                ("sort", sort),
                ("size", &size),
                end,
            ]);
            format!("?{text}")
        };
        let sort = if input.is_descending { "-key" } else { "" };
        let end = |name: &'static str, key: Option<&String>, is_there: bool| match key {
            Some(key) if is_there => address(input.limit, (name, key), sort),
            _ => String::new(),
        };
        Self {
            previous: end("before", first.as_ref(), has_previous),
            next: end("after", last.as_ref(), has_next),
            sort: address(input.limit, ("", ""), if input.is_descending { "" } else { "-key" }),
            is_descending: input.is_descending,
            size: input.limit,
            sizes: SIZES.into_iter().map(|size| (size, address(size, ("", ""), sort))).collect(),
            summary: shown(rows, total),
            matching: match total {
                Some(total) if total > rows as u64 => {
                    shown(usize::try_from(total.min(10_000)).unwrap_or(rows), Some(total.min(10_000)))
                }
                _ => String::new(),
            },
            clear: format!("?{}", query(&[("secretPath", secret_path)])),
            path: secret_path.to_owned(),
            search: input.search.clone(),
            tag: input.tag.clone().unwrap_or_default(),
            having: input.having.map(Having::word).unwrap_or_default().to_owned(),
            tags,
            conditions,
        }
    }

    /// Whether anything is left out on purpose.
    pub(super) fn is_narrowed(&self) -> bool {
        !(self.search.is_empty() && self.tag.is_empty() && self.having.is_empty() && self.previous.is_empty())
    }
}

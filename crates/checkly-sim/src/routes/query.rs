//! Query strings and paging (Checkly API contract, section 3, Paging).

use percent_encoding::percent_decode_str;

use crate::error::ApiError;
use crate::pipeline::PageShift;

/// The pairs of a query, decoded, in order.
pub(crate) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub offset: usize,
    pub limit: usize,
}

impl Page {
    /// Reads `limit` (1 to 100, default 10) and `page` (above 0, default 1).
    pub(crate) fn read(pairs: &[(String, String)], shift: PageShift) -> Result<Self, ApiError> {
        let find = |name: &str| pairs.iter().rev().find(|pair| pair.0 == name).map(|pair| pair.1.as_str());
        let limit = match find("limit") {
            None => 10,
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|limit| (1..=100).contains(limit))
                .ok_or_else(|| ApiError::bad_request("\"limit\" must be an integer between 1 and 100"))?,
        };
        let page = match find("page") {
            None => 1,
            Some(text) => text
                .parse::<u32>()
                .ok()
                .filter(|page| *page > 0)
                .ok_or_else(|| ApiError::bad_request("\"page\" must be a positive number"))?,
        };
        let before = u64::from(page - 1).saturating_mul(limit as u64);
        let offset = if page > 1 { before.saturating_add_signed(shift.0) } else { before };
        Ok(Self { offset: usize::try_from(offset).unwrap_or(usize::MAX), limit })
    }
}

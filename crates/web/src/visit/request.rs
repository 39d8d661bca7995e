//! What was asked, whoever asked.

use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderMap;
use http::request::Parts;
use keyferry_domain::{Error, Look, Origin, Result};
use keyferry_http::RequestContext;
use percent_encoding::percent_decode_str;

use super::cookies;
use crate::ui::{Notice, Theme};

/// Header of requests that an open page makes by itself, to show the same again.
const REFRESH: &str = "x-refresh";

/// A request's address, parameters and circumstances.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path, without the query.
    pub path: String,
    /// The path and query as sent.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// Address, user agent and request id.
    pub origin: Origin,
    /// Whether the request came from this machine without any proxy.
    pub is_local: bool,
    /// Whether something is only looked at.
    pub is_get: bool,
    /// Whether a part of the page is asked for.
    pub is_fragment: bool,
    /// The colour scheme.
    pub theme: Theme,
    /// What the answer before left to say.
    pub notice: Option<Notice>,
    /// The route's pattern.
    pub(crate) pattern: &'static str,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn read(pattern: &'static str, parts: &Parts) -> Self {
        let context = parts.extensions.get::<RequestContext>().cloned().unwrap_or_default();
        let path = parts.uri.path();
        let query = parts.uri.query().unwrap_or_default();
        let look = if parts.headers.contains_key(REFRESH) { Look::Refresh } else { Look::Page };
        Self {
            path: path.to_owned(),
            url: if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") },
            is_local: is_local(&context, &parts.headers),
            is_get: parts.method == http::Method::GET,
            is_fragment: parts.headers.get("hx-request").is_some_and(|value| value == "true"),
            theme: cookies::theme(&parts.headers),
            notice: cookies::notice(&parts.headers),
            pattern,
            params: params(pattern, path),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: parts.headers.clone(),
            origin: Origin { look, ..context.origin },
        }
    }

    /// Where the page that is shown can be seen again: its own address or, for the answer to a form, the nearest page above it.
    #[must_use]
    pub fn page_url(&self) -> String {
        if self.is_get || crate::has_page(self.pattern) {
            return self.url.clone();
        }
        let (mut pattern, mut path) = (self.pattern, self.path.as_str());
        while let (Some((above, _)), Some((short, _))) = (pattern.rsplit_once('/'), path.rsplit_once('/')) {
            if crate::has_page(above) {
                return short.to_owned();
            }
            (pattern, path) = (above, short);
        }
        "/".to_owned()
    }

    /// A part of the path by its name in the route, such as `projectId`.
    ///
    /// # Errors
    /// 404 when it does not read as `T`: no such page exists.
    pub fn param<T: FromStr>(&self, name: &str) -> Result<T> {
        self.raw_param(name)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Error::not_found("There is no page at this address."))
    }

    /// Whether the route has this part.
    #[must_use]
    pub fn has_param(&self, name: &str) -> bool {
        self.raw_param(name).is_some()
    }

    pub(super) fn raw_param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter; an empty one counts as absent.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A query parameter as another type; what does not read as one counts as absent.
    #[must_use]
    pub fn query_as<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query(name)?.parse().ok()
    }

    /// Every value of a query parameter.
    pub fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// This address with one query parameter changed, for links that sort, page and filter; `None` removes it.
    #[must_use]
    pub fn url_with(&self, name: &str, value: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.query.iter().filter(|(own, value)| own != name && !value.is_empty()));
        if let Some(value) = value {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }
}

/// The server's own machine talks to a loopback name: then the request cannot come from elsewhere, nor from a page that was led
/// here by its name.
fn is_local(context: &RequestContext, headers: &HeaderMap) -> bool {
    let host = headers.get(http::header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
    let is_loopback_name = name.eq_ignore_ascii_case("localhost")
        || name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    context.peer.is_some_and(|peer| peer.is_loopback()) && is_loopback_name && !context.forwarded
}

fn params(pattern: &str, path: &str) -> Vec<(String, String)> {
    pattern
        .split('/')
        .zip(path.split('/'))
        .filter_map(|(name, value)| {
            let name = name.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), percent_decode_str(value).decode_utf8().ok()?.into_owned()))
        })
        .collect()
}

/// A request for tests of templates. A route's pattern lives as long as the program, so the path is leaked to stand for one.
#[cfg(test)]
pub(crate) fn sample(path: &str) -> Request {
    let path: &'static str = Box::leak(path.to_owned().into_boxed_str());
    let (parts, ()) = http::Request::builder().uri(path).body(()).expect("an address").into_parts();
    Request::read(path, &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_what_is_not_changed() {
        let request = sample("/a?search=x+y&page=2&empty=");
        assert_eq!(request.query("search"), Some("x y"));
        assert_eq!(request.query("empty"), None);
        assert_eq!(request.url_with("page", Some("3")), "/a?search=x+y&page=3");
        assert_eq!(sample("/a?page=2").url_with("page", None), "/a");
    }

    #[test]
    fn the_answer_to_a_form_can_be_seen_again_at_the_page_above() {
        let sent = |path: &str| Request { is_get: false, ..sample(path) };
        assert_eq!(sample("/a?b=c").page_url(), "/a?b=c");
        assert_eq!(sent("/account/sessions/revoke").page_url(), "/account");
        assert_eq!(sent("/login").page_url(), "/login");
        assert_eq!(sent("/nowhere").page_url(), "/");
    }

    #[test]
    fn parts_of_the_path_are_found_by_name() {
        assert_eq!(
            params("/p/{id}/x/{name}", "/p/7/x/a%20b"),
            vec![("id".to_owned(), "7".to_owned()), ("name".to_owned(), "a b".to_owned())]
        );
    }

    #[test]
    fn only_this_machine_under_a_loopback_name_is_local() {
        let context = |peer: &str, forwarded| RequestContext { peer: peer.parse().ok(), forwarded, ..RequestContext::default() };
        let host = |name: &str| HeaderMap::from_iter([(http::header::HOST, name.parse().expect("a header"))]);
        assert!(is_local(&context("127.0.0.1", false), &host("localhost:8080")));
        assert!(is_local(&context("::1", false), &host("[::1]:8080")));
        assert!(!is_local(&context("127.0.0.1", false), &host("keys.example.com")));
        assert!(!is_local(&context("127.0.0.1", true), &host("localhost")));
        assert!(!is_local(&context("192.0.2.1", false), &host("localhost")));
    }
}

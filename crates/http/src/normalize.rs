//! Paths as clients write them: a trailing slash and doubled slashes are ignored (client traffic, section 1, rule 14).

use std::borrow::Cow;

use http::Uri;
use http::uri::{Parts, PathAndQuery};

/// The address without trailing and doubled slashes; the query stays as it is.
pub(crate) fn normalize(uri: Uri) -> Uri {
    let path = match tidy(uri.path()) {
        Cow::Borrowed(_) => return uri,
        Cow::Owned(path) => path,
    };
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = Parts::from(uri.clone());
    let Ok(path_and_query) = PathAndQuery::try_from(text) else { return uri };
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).unwrap_or(uri)
}

fn tidy(path: &str) -> Cow<'_, str> {
    if !path.contains("//") && (path.len() <= 1 || !path.ends_with('/')) {
        return Cow::Borrowed(path);
    }
    let mut tidied = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !part.is_empty()) {
        tidied.push('/');
        tidied.push_str(part);
    }
    if tidied.is_empty() {
        tidied.push('/');
    }
    Cow::Owned(tidied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_tidied_and_escapes_kept() {
        assert_eq!(tidy("/api/v1/x/"), "/api/v1/x");
        assert_eq!(tidy("//api//v1/x"), "/api/v1/x");
        assert_eq!(tidy("/"), "/");
        assert_eq!(tidy("///"), "/");
        assert_eq!(tidy("/a/b%2F%2Fc"), "/a/b%2F%2Fc");
        assert_eq!(normalize(Uri::from_static("/a//?b=//")), "/a?b=//");
    }
}

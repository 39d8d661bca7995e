//! A form as a browser sends it, with files or without.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart};
use bytes::Bytes;
use http::{HeaderMap, header};
use secrecy::SecretString;

/// Most fields a form may have.
const MAX_FIELDS: usize = 50_000;

/// The fields of a form, in their order. Files count as fields with their text as value.
pub struct Form {
    fields: Vec<(String, String)>,
}

/// Fields may hold passwords and secrets: only their names are shown.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

/// A body that is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl Form {
    /// Reads `application/x-www-form-urlencoded` and `multipart/form-data`; nothing else is a form.
    ///
    /// # Errors
    /// [`Unreadable`] for any other body, text that is no UTF-8, and too many fields.
    pub async fn parse(headers: &HeaderMap, body: Bytes) -> Result<Self, Unreadable> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let fields: Vec<(String, String)> = if kind.starts_with("multipart/form-data") {
            multipart(headers, body).await?
        } else if kind.starts_with("application/x-www-form-urlencoded") || body.is_empty() {
            url::form_urlencoded::parse(&body).into_owned().take(MAX_FIELDS + 1).collect()
        } else {
            return Err(Unreadable);
        };
        if fields.len() > MAX_FIELDS { Err(Unreadable) } else { Ok(Self { fields }) }
    }

    /// A form of these fields.
    #[must_use]
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self { fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
    }

    /// The first value of a field, as sent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a field without surrounding blanks; empty when absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.value(name).unwrap_or_default().trim()
    }

    /// A text that may be left out.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A value that must not be shown or logged, as sent.
    #[must_use]
    pub fn secret(&self, name: &str) -> SecretString {
        SecretString::from(self.value(name).unwrap_or_default())
    }

    /// Whether a box is ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| !matches!(value, "" | "false" | "off" | "0"))
    }

    /// Every value of a field, such as ticked rows.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All fields but the ones that belong to the page, such as `_token`.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().filter(|(name, _)| !name.starts_with('_')).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Tells two contents apart within one session; keyed by chance, never stored beyond this process.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for entry in self.entries() {
            entry.hash(&mut hasher);
        }
        hasher.finish()
    }
}

async fn multipart(headers: &HeaderMap, body: Bytes) -> Result<Vec<(String, String)>, Unreadable> {
    let mut request = http::Request::new(Body::from(body));
    *request.headers_mut() = headers.clone();
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_no_boundary| Unreadable)?;
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_broken| Unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_broken| Unreadable)?;
        fields.push((name, String::from_utf8(bytes.into()).map_err(|_not_text| Unreadable)?));
        if fields.len() > MAX_FIELDS {
            return Err(Unreadable);
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parse(kind: &'static str, body: &'static str) -> Result<Form, Unreadable> {
        Form::parse(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().expect("a header"))]), Bytes::from(body)).await
    }

    #[tokio::test]
    async fn fields_are_read_in_order_with_repeats() {
        let form = parse("application/x-www-form-urlencoded", "a=1&b=x+y&a=2&_token=t").await.expect("a form");
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.text("b"), "x y");
        assert_eq!(form.entries().count(), 3);
        assert_eq!(format!("{form:?}"), r#"["a", "b", "a", "_token"]"#);
    }

    #[tokio::test]
    async fn files_are_fields() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\".env\"\r\n\r\nA=1\n\r\n--b--\r\n";
        let form = parse("multipart/form-data; boundary=b", body).await.expect("a form");
        assert_eq!(form.value("file"), Some("A=1\n"));
    }

    #[tokio::test]
    async fn json_is_no_form() {
        assert_eq!(parse("application/json", "{}").await.err(), Some(Unreadable));
    }
}

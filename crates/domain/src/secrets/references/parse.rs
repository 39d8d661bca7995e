//! Finds references in a value (core API contract 10.8).
//!
//! Between the braces stand letters, digits, `_`, `.`, `-`. One name alone means the same folder; otherwise the first part is
//! an environment's slug, the last a key, and what lies between the folders from the root. Anything else, the cross-project
//! form with `:` included, is plain text.

use std::borrow::Cow;

/// A stretch of a value.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::secrets) enum Piece<'a> {
    /// Text that stays as it is.
    Text(&'a str),
    /// A reference, with the text it was written as, braces included.
    Reference {
        /// As written.
        text: &'a str,
        /// What it names.
        target: Target<'a>,
    },
}

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::secrets) enum Target<'a> {
    /// A secret of the folder that the value lies in.
    Local(&'a str),
    /// A secret of a named place.
    Absolute {
        /// Environment slug.
        environment: &'a str,
        /// Canonical folder path.
        path: Cow<'a, str>,
        /// Key.
        key: &'a str,
    },
}

impl Target<'_> {
    /// The key named.
    pub(in crate::secrets) fn key(&self) -> &str {
        match self {
            Self::Local(key) | Self::Absolute { key, .. } => key,
        }
    }
}

/// Cuts a value into text and references.
pub(in crate::secrets) fn pieces(value: &str) -> Pieces<'_> {
    Pieces { rest: value }
}

/// Whether a value holds a reference.
pub(super) fn has_reference(value: &str) -> bool {
    pieces(value).any(|piece| matches!(piece, Piece::Reference { .. }))
}

/// Iterator over the pieces of a value; their texts in a row are the value.
pub(in crate::secrets) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(found) = self.rest[from..].find("${") {
            let start = from + found;
            let inner_start = start + 2;
            let inner_len = self.rest.as_bytes()[inner_start..].iter().take_while(|b| is_name_byte(**b)).count();
            let end = inner_start + inner_len;
            let is_closed = self.rest.as_bytes().get(end) == Some(&b'}');
            let target = if is_closed { target(&self.rest[inner_start..end]) } else { None };
            let Some(target) = target else {
                from = end.max(inner_start);
                continue;
            };
            if start > 0 {
                let (text, rest) = self.rest.split_at(start);
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            let (text, rest) = self.rest.split_at(end + 1);
            self.rest = rest;
            return Some(Piece::Reference { text, target });
        }
        Some(Piece::Text(std::mem::take(&mut self.rest)))
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

fn target(inner: &str) -> Option<Target<'_>> {
    if inner.is_empty() || inner.split('.').any(str::is_empty) {
        return None;
    }
    let Some((environment, rest)) = inner.split_once('.') else { return Some(Target::Local(inner)) };
    Some(match rest.rsplit_once('.') {
        None => Target::Absolute { environment, path: Cow::Borrowed("/"), key: rest },
        Some((folders, key)) => {
            Target::Absolute { environment, path: Cow::Owned(format!("/{}", folders.replace('.', "/"))), key }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(value: &str) -> Vec<String> {
        pieces(value)
            .filter_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Reference { target: Target::Local(key), .. } => Some(key.to_owned()),
                Piece::Reference { target: Target::Absolute { environment, path, key }, .. } => {
                    Some(format!("{environment}:{path}:{key}"))
                }
            })
            .collect()
    }

    #[test]
    fn names_places_and_literals_are_told_apart() {
        for (value, expected) in [
            ("${A}", vec!["A"]),
            ("x${A}y${B-1}z", vec!["A", "B-1"]),
            ("${dev.A}", vec!["dev:/:A"]),
            ("${dev.a.b.A}", vec!["dev:/a/b:A"]),
            ("$${A}", vec!["A"]),
            ("${${A}}", vec!["A"]),
            ("${}", vec![]),
            ("${.A}", vec![]),
            ("${a..B}", vec![]),
            ("${dev.}", vec![]),
            ("${A", vec![]),
            ("${A B}", vec![]),
            ("${other::dev.A}", vec![]),
            ("${A:-default}", vec![]),
            ("${ключ}", vec![]),
            ("$A {A} ${", vec![]),
        ] {
            assert_eq!(targets(value), expected, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_put_together_are_the_value(value in "[${}.:a-c_é \n]{0,40}|.{0,40}") {
            let whole: String = pieces(&value)
                .map(|piece| match piece {
                    Piece::Text(text) | Piece::Reference { text, .. } => text,
                })
                .collect();
            proptest::prop_assert_eq!(&whole, &value);
        }
    }
}

//! Slugs of projects.

use uuid::Uuid;

/// Alphabet of the part that makes a generated slug unique.
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// Longest readable part of a generated slug; with `-` and four more it stays within the 36 characters that v1 accepts.
const MAX_READABLE: usize = 31;

/// Lower-case letters, digits and single hyphens, made of any text; empty when nothing of it can stay.
#[must_use]
pub fn slugify(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && c != '\'' {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Whether the text matches `^[a-z0-9]+(?:[_-][a-z0-9]+)*$` (core API contract 8.3).
#[must_use]
pub fn is_valid_slug(slug: &str) -> bool {
    slug.split(['-', '_']).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// The slug of a project without one: its name and four characters from a random id.
pub(super) fn generate(name: &str, random: Uuid) -> String {
    let mut readable = slugify(name);
    readable.truncate(MAX_READABLE);
    let readable = readable.trim_end_matches('-');
    let readable = if readable.is_empty() { "project" } else { readable };
    let suffix: String = random.as_bytes()[12..].iter().map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()])).collect();
    format!("{readable}-{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in
            [("Web Shop", "web-shop"), ("  Øre & Co. ", "re-co"), ("Bob's", "bobs"), ("日本", ""), ("a--b__c", "a-b-c")]
        {
            assert_eq!(slugify(name), slug, "{name}");
        }
    }

    #[test]
    fn slugs_follow_the_pattern() {
        for good in ["a", "a-b", "a_b", "0-1_2"] {
            assert!(is_valid_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "a-_b", "ä"] {
            assert!(!is_valid_slug(bad), "{bad}");
        }
    }

    #[test]
    fn generated_slugs_are_valid_whatever_the_name() {
        let long = "a very long name that goes on -".repeat(4);
        for name in ["日本", "Web Shop", long.as_str()] {
            let slug = generate(name, Uuid::from_u128(0xdead_beef));
            assert!(is_valid_slug(&slug) && (5..=36).contains(&slug.len()), "{slug}");
        }
    }
}

//! The key schema: how a secret's key becomes the name of a variable at the
//! destination, and which names there a sync may delete (connections and syncs
//! contract, section 4.4).

use std::fmt;

const SECRET_KEY: &str = "{{secretKey}}";
const ENVIRONMENT: &str = "{{environment}}";
const MAX_LENGTH: usize = 255;

/// Why a key schema is refused; the texts are the wire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySchemaError {
    /// A character or placeholder outside the rule, or no `{{secretKey}}`.
    #[error(
        "Key schema must include exactly one {{{{secretKey}}}} placeholder. It can also include {{{{environment}}}} placeholders. Only alphanumeric characters (a-z, A-Z, 0-9), dashes (-), underscores (_), and slashes (/) are allowed besides the placeholders."
    )]
    Invalid,
    /// Longer than 255 characters after trimming.
    #[error("String must contain at most 255 character(s)")]
    TooLong,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    SecretKey,
    Environment,
}

/// A valid key schema; the empty one means "the secret's key as it is".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySchema {
    source: String,
    parts: Vec<Part>,
}

impl KeySchema {
    /// Trims and checks `source`. The empty text is the absent schema. The
    /// check asks for at least one `{{secretKey}}`, as the contract says it
    /// really does.
    pub fn parse(source: &str) -> Result<Self, KeySchemaError> {
        let source = source.trim();
        if source.encode_utf16().count() > MAX_LENGTH {
            return Err(KeySchemaError::TooLong);
        }
        if source.is_empty() {
            return Ok(Self::default());
        }
        let parts = split(source)?;
        if !parts.contains(&Part::SecretKey) {
            return Err(KeySchemaError::Invalid);
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The schema as it was written, trimmed.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether there is no schema: every destination key matches.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The destination key of `secret_key`, substituted verbatim: neither
    /// escaped nor expanded a second time.
    pub fn apply(&self, secret_key: &str, environment_slug: &str) -> String {
        if self.is_empty() {
            return secret_key.to_owned();
        }
        let mut key = String::with_capacity(self.source.len() + secret_key.len());
        for part in &self.parts {
            key.push_str(match part {
                Part::Literal(text) => text,
                Part::SecretKey => secret_key,
                Part::Environment => environment_slug,
            });
        }
        key
    }

    /// Whether `destination_key` lies inside the schema, so that the sync may
    /// delete it: it starts with the text before the first `{{secretKey}}`,
    /// ends with the text after the last, and, if either holds a slash, has
    /// none in between.
    pub fn matches(&self, destination_key: &str, environment_slug: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let (prefix, suffix) = self.edges(environment_slug);
        let Some(middle) = destination_key.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_suffix(suffix.as_str()))
        else {
            return false;
        };
        !((prefix.contains('/') || suffix.contains('/')) && middle.contains('/'))
    }

    /// Whether this schema and another can make one and the same destination key. Says yes wherever some pair of secret keys
    /// could: the texts before and after fit into each other.
    pub fn may_meet(&self, environment_slug: &str, other: &Self, other_environment_slug: &str) -> bool {
        let (prefix, suffix) = self.edges(environment_slug);
        let (other_prefix, other_suffix) = other.edges(other_environment_slug);
        (prefix.starts_with(&other_prefix) || other_prefix.starts_with(&prefix))
            && (suffix.ends_with(&other_suffix) || other_suffix.ends_with(&suffix))
    }

    /// The secret key whose destination key is `destination_key`, if the
    /// schema could have made it. `apply` leads back to `destination_key`.
    pub fn unapply(&self, destination_key: &str, environment_slug: &str) -> Option<String> {
        if self.is_empty() {
            return Some(destination_key.to_owned());
        }
        let fixed = self.apply("", environment_slug).len();
        let places = self.parts.iter().filter(|part| **part == Part::SecretKey).count();
        let spread = destination_key.len().checked_sub(fixed)?;
        if spread % places != 0 {
            return None;
        }
        let start = self.edges(environment_slug).0.len();
        let secret_key = destination_key.get(start..start + spread / places)?;
        (self.apply(secret_key, environment_slug) == destination_key).then(|| secret_key.to_owned())
    }

    /// The text before the first and after the last `{{secretKey}}`.
    fn edges(&self, environment_slug: &str) -> (String, String) {
        let text = |parts: &[Part]| -> String {
            parts
                .iter()
                .map(|part| match part {
                    Part::Literal(text) => text.as_str(),
                    Part::Environment => environment_slug,
                    Part::SecretKey => "",
                })
                .collect()
        };
        let first = self.parts.iter().position(|part| *part == Part::SecretKey);
        let last = self.parts.iter().rposition(|part| *part == Part::SecretKey);
        match (first, last) {
            (Some(first), Some(last)) => (text(&self.parts[..first]), text(&self.parts[last + 1..])),
            _ => (String::new(), String::new()),
        }
    }
}

impl fmt::Display for KeySchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

fn split(source: &str) -> Result<Vec<Part>, KeySchemaError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let (part, length) = if rest.starts_with(SECRET_KEY) {
            (Part::SecretKey, SECRET_KEY.len())
        } else if rest.starts_with(ENVIRONMENT) {
            (Part::Environment, ENVIRONMENT.len())
        } else if next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '/') {
            literal.push(next);
            rest = &rest[1..];
            continue;
        } else {
            return Err(KeySchemaError::Invalid);
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(part);
        rest = &rest[length..];
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schema(source: &str) -> KeySchema {
        KeySchema::parse(source).unwrap()
    }

    #[test]
    fn section_9_key_schema_validity_valid() {
        for source in [
            "",
            "  ",
            "{{secretKey}}",
            "SHOP_{{secretKey}}",
            "{{environment}}_{{secretKey}}_X",
            "a/b/{{secretKey}}",
            "{{secretKey}}{{secretKey}}",
        ] {
            assert!(KeySchema::parse(source).is_ok(), "{source:?}");
        }
    }

    #[test]
    fn section_9_key_schema_validity_invalid() {
        for source in [
            "SHOP_",
            "{{environment}}",
            "{{ secretKey }}",
            "{{secretKey}}!",
            "{{",
            "{{secretKey}} X",
            "{{key}}_{{secretKey}}",
            "{{{secretKey}}}",
            "é{{secretKey}}",
        ] {
            assert_eq!(KeySchema::parse(source), Err(KeySchemaError::Invalid), "{source:?}");
        }
    }

    #[test]
    fn section_9_key_schema_validity_256_characters() {
        let source = format!("{}{SECRET_KEY}", "A".repeat(256 - SECRET_KEY.len()));
        assert_eq!(KeySchema::parse(&source), Err(KeySchemaError::TooLong));
        assert!(KeySchema::parse(&source[1..]).is_ok());
        assert!(KeySchema::parse(&format!(" {} ", &source[1..])).is_ok());
    }

    #[test]
    fn invalid_message_is_the_wires() {
        assert_eq!(
            KeySchemaError::Invalid.to_string(),
            "Key schema must include exactly one {{secretKey}} placeholder. It can also include {{environment}} placeholders. Only alphanumeric characters (a-z, A-Z, 0-9), dashes (-), underscores (_), and slashes (/) are allowed besides the placeholders."
        );
    }

    #[test]
    fn section_9_applying_and_matching() {
        type Vector = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);
        let vectors: [Vector; 5] = [
            ("", "TOKEN", "TOKEN", &["anything", "a/b", ""], &[]),
            ("SHOP_{{secretKey}}", "TOKEN", "SHOP_TOKEN", &["SHOP_OLD", "SHOP_"], &["TOKEN", "XSHOP_A"]),
            ("{{secretKey}}_{{environment}}", "TOKEN", "TOKEN_prod", &["OLD_prod"], &["OLD_dev"]),
            ("A{{secretKey}}A", "B", "ABA", &["AA", "AXA"], &["A"]),
            ("app/{{secretKey}}", "K", "app/K", &["app/OLD"], &["app/x/OLD"]),
        ];
        for (source, secret, destination, inside, outside) in vectors {
            let schema = schema(source);
            assert_eq!(schema.apply(secret, "prod"), destination);
            assert_eq!(schema.unapply(destination, "prod").as_deref(), Some(secret));
            assert!(schema.matches(destination, "prod"));
            for key in inside {
                assert!(schema.matches(key, "prod"), "{source} should hold {key}");
            }
            for key in outside {
                assert!(!schema.matches(key, "prod"), "{source} should not hold {key}");
            }
        }
    }

    #[test]
    fn substitution_is_verbatim() {
        let shop = schema("{{environment}}_{{secretKey}}");
        assert_eq!(shop.apply("A&B<'\"=`{{environment}}", "prod"), "prod_A&B<'\"=`{{environment}}");
        assert_eq!(shop.apply("{{secretKey}}", ""), "_{{secretKey}}");
    }

    #[test]
    fn a_repeated_placeholder_is_taken_apart_only_when_both_agree() {
        let twice = schema("{{secretKey}}-{{secretKey}}");
        assert_eq!(twice.apply("K", "prod"), "K-K");
        assert_eq!(twice.unapply("K-K", "prod").as_deref(), Some("K"));
        assert_eq!(twice.unapply("K-L", "prod"), None);
        assert_eq!(twice.unapply("ä-ä", "prod").as_deref(), Some("ä"));
        assert_eq!(twice.unapply("", "prod"), None);
    }

    #[test]
    fn schemas_meet_where_their_fixed_texts_fit() {
        for (one, other, meet) in [
            ("", "", true),
            ("", "A_{{secretKey}}", true),
            ("A_{{secretKey}}", "A_B_{{secretKey}}", true),
            ("A_{{secretKey}}", "B_{{secretKey}}", false),
            ("{{secretKey}}_X", "{{secretKey}}_Y", false),
            ("A_{{secretKey}}", "{{secretKey}}_X", true),
            ("{{environment}}_{{secretKey}}", "dev_{{secretKey}}", false),
            ("{{environment}}_{{secretKey}}", "prod_{{secretKey}}", true),
        ] {
            assert_eq!(schema(one).may_meet("prod", &schema(other), "prod"), meet, "{one} {other}");
        }
        let environments = schema("{{environment}}_{{secretKey}}");
        assert!(!environments.may_meet("prod", &environments, "dev"));
    }

    proptest! {
        #[test]
        fn unapply_reverses_apply(
            source in "([A-Za-z0-9_/-]|\\{\\{environment\\}\\}){0,6}\\{\\{secretKey\\}\\}([A-Za-z0-9_/-]|\\{\\{secretKey\\}\\}){0,4}",
            secret in "\\PC{0,12}",
            slug in "[a-z0-9-]{0,6}",
        ) {
            let schema = KeySchema::parse(&source).unwrap();
            let destination = schema.apply(&secret, &slug);
            prop_assert_eq!(schema.unapply(&destination, &slug), Some(secret));
        }

        #[test]
        fn schemas_that_make_one_key_may_meet(
            parts in prop::collection::vec("(A|B_|-|\\{\\{environment\\}\\}){0,2}", 4),
            secrets in ("[AB_-]{0,4}", "[AB_-]{0,4}"),
        ) {
            let one = schema(&format!("{}{{{{secretKey}}}}{}", parts[0], parts[1]));
            let other = schema(&format!("{}{{{{secretKey}}}}{}", parts[2], parts[3]));
            let meet = one.may_meet("prod", &other, "prod");
            prop_assert_eq!(meet, other.may_meet("prod", &one, "prod"));
            if one.apply(&secrets.0, "prod") == other.apply(&secrets.1, "prod") {
                prop_assert!(meet);
            }
        }

        #[test]
        fn parsing_never_panics(source in "\\PC{0,300}") {
            let _either = KeySchema::parse(&source);
        }
    }
}

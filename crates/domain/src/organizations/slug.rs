//! Slugs made from names.

/// A name as a slug: lower-case letters, digits and single hyphens, 48 at most; `organization` when nothing is left.
#[must_use]
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(48);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "organization".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::slugify;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in
            [("Acme", "acme"), ("  Acme & Sons, Ltd. ", "acme-sons-ltd"), ("日本", "organization"), ("a--b", "a-b")]
        {
            assert_eq!(slugify(name), slug, "{name}");
        }
        assert_eq!(slugify(&"x".repeat(100)).len(), 48);
    }
}

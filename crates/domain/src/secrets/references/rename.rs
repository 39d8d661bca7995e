//! Rewrites references to a secret that gets a new key.

use super::parse::{Piece, Target, pieces};

/// The value with every reference to `old_key` at the place changed to `new_key`; `None` when there is none. `is_same_folder`
/// says whether the value lies in the folder of the renamed secret, where the short form means it.
pub(in crate::secrets) fn rewrite(
    value: &str,
    is_same_folder: bool,
    environment: &str,
    path: &str,
    old_key: &str,
    new_key: &str,
) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut is_changed = false;
    for piece in pieces(value) {
        let (text, target) = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Reference { text, target } => (text, target),
        };
        let is_meant = match &target {
            Target::Local(key) => is_same_folder && *key == old_key,
            Target::Absolute { environment: env, path: at, key } => *env == environment && *at == *path && *key == old_key,
        };
        match text.strip_suffix('}').and_then(|open| open.strip_suffix(old_key)) {
            Some(head) if is_meant => {
                out.push_str(head);
                out.push_str(new_key);
                out.push('}');
                is_changed = true;
            }
            _ => out.push_str(text),
        }
    }
    is_changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn only_references_to_the_renamed_secret_change() {
        let value = "${A} ${B} ${dev.A} ${dev.x.A} ${prod.A} ${dev.AA} A";
        assert_eq!(
            rewrite(value, true, "dev", "/", "A", "N").as_deref(),
            Some("${N} ${B} ${dev.N} ${dev.x.A} ${prod.A} ${dev.AA} A")
        );
        assert_eq!(
            rewrite(value, false, "dev", "/x", "A", "N").as_deref(),
            Some("${A} ${B} ${dev.A} ${dev.x.N} ${prod.A} ${dev.AA} A")
        );
        assert_eq!(rewrite(value, false, "dev", "/y", "A", "N"), None);
    }
}

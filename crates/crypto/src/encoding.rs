//! Unambiguous concatenation of byte strings.

/// Appends `field` with its length before it (8 bytes, big-endian), so that no two lists of fields
/// give the same bytes.
pub(crate) fn push_field(out: &mut Vec<u8>, field: &[u8]) {
    out.extend_from_slice(&(field.len() as u64).to_be_bytes());
    out.extend_from_slice(field);
}

//! Bytes from the system's generator.

use aws_lc_rs::rand;

/// Fills `out` with random bytes.
///
/// # Panics
/// If the system's generator fails: no key or nonce may be made without it.
pub(crate) fn fill(out: &mut [u8]) {
    assert!(rand::fill(out).is_ok(), "the system's random generator failed");
}

/// A random array, for nonces and salts (keys are filled in place, see `KeyBytes`).
pub(crate) fn array<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

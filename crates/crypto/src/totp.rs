//! Codes of authenticator apps (TOTP, RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds, as every such app computes them.

use aws_lc_rs::hmac;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use crate::random;

/// Length of a secret, as long as the hash (RFC 4226, section 4).
const SECRET_LEN: usize = 20;
/// Seconds a code is shown.
const STEP_S: i64 = 30;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What an authenticator app and the server share.
pub struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// A new random secret.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_LEN]);
        random::fill(&mut bytes);
        Self(bytes)
    }

    /// The secret with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// What is sealed and stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into an app: base32 without padding (RFC 4648).
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len().div_ceil(5) * 8));
        for chunk in self.0.chunks(5) {
            let mut bits = [0; 8];
            bits[3..3 + chunk.len()].copy_from_slice(chunk);
            let bits = u64::from_be_bytes(bits);
            for at in 0..(chunk.len() * 8).div_ceil(5) {
                let index = usize::try_from((bits >> (35 - 5 * at)) & 31).unwrap_or(0);
                text.push(char::from(ALPHABET[index]));
            }
        }
        text
    }

    /// The code that an app shows at a time in seconds since the Unix epoch.
    #[must_use]
    pub fn code_at(&self, now_s: i64) -> String {
        self.code(now_s.div_euclid(STEP_S))
    }

    /// The step that a code belongs to, among the present one, the one before and the one after; steps up to `last` are used up.
    /// All are computed whatever is given.
    #[must_use]
    pub fn matching_step(&self, code: &str, now_s: i64, last: Option<i64>) -> Option<i64> {
        let present = now_s.div_euclid(STEP_S);
        let mut found = i64::MIN;
        for step in [present - 1, present, present + 1] {
            let is_right = self.code(step).as_bytes().ct_eq(code.as_bytes());
            found = i64::conditional_select(&found, &step, is_right);
        }
        Some(found).filter(|step| *step != i64::MIN && last.is_none_or(|last| *step > last))
    }

    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        let offset = bytes.last().map_or(0, |last| usize::from(last & 15));
        let number =
            bytes.get(offset..offset + 4).map_or(0, |four| four.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)));
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().code_at(at), code, "at {at}");
        }
        assert_eq!(&**rfc().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let odd = TotpSecret::from_bytes(Zeroizing::new(b"fooba".to_vec()));
        assert_eq!(&**odd.to_base32(), "MZXW6YTB");
        let short = TotpSecret::from_bytes(Zeroizing::new(b"foob".to_vec()));
        assert_eq!(&**short.to_base32(), "MZXW6YQ");
    }

    #[test]
    fn a_code_counts_one_step_early_and_late_and_once() {
        let (secret, now_s) = (rfc(), 1_234_567_890);
        let step = now_s / STEP_S;
        for (shift, counts) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let code = secret.code_at(now_s + shift);
            assert_eq!(secret.matching_step(&code, now_s, None).is_some(), counts, "{shift} s away");
        }
        let code = secret.code_at(now_s);
        assert_eq!(secret.matching_step(&code, now_s, Some(step - 1)), Some(step));
        assert_eq!(secret.matching_step(&code, now_s, Some(step)), None, "a code is good once");
        assert_eq!(secret.matching_step(&secret.code_at(now_s - 30), now_s, Some(step)), None, "and so are those before it");
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        let secret = rfc();
        for bad in ["", "00592", "0059240", "００５９２４", "005 924", "abcdef", " 005924"] {
            assert_eq!(secret.matching_step(bad, 1_234_567_890, None), None, "{bad}");
        }
        assert_eq!(TotpSecret::generate().as_bytes().len(), SECRET_LEN);
    }
}

//! An authenticator app.

use keyferry_crypto::TotpSecret;
use zeroize::Zeroizing;

/// The app of somebody who typed this key (base32, blanks between its groups) into it.
#[must_use]
pub fn authenticator(key: &str) -> TotpSecret {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in key.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = if letter.is_ascii_digit() { letter.saturating_sub(b'2') + 26 } else { letter.to_ascii_uppercase() - b'A' };
        bits = (bits << 5) | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(((bits >> count) & 255) as u8);
        }
    }
    TotpSecret::from_bytes(Zeroizing::new(bytes))
}

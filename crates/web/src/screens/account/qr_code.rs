//! A QR code as a drawing inside the page: nothing is fetched, no picture is made elsewhere.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode as Code};

/// White around the code, in its squares (ISO/IEC 18004 asks for four).
const MARGIN: usize = 4;

/// A drawing: a square of this many units, and the path of its dark squares.
pub(super) struct QrCode {
    pub(super) size: usize,
    pub(super) path: String,
}

/// Draws the code of a text.
///
/// # Errors
/// For text that no code can hold.
pub(super) fn draw(text: &str) -> Result<QrCode, &'static str> {
    let code =
        Code::with_error_correction_level(text, EcLevel::M).map_err(|_quotes_nothing| "a text is too long for a QR code")?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN);
        }
    }
    Ok(QrCode { size: width + 2 * MARGIN, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_the_three_finders_inside_a_margin() {
        let drawn = draw("otpauth://totp/Keyferry:ada%40example%2Ecom?secret=GEZDGNBVGY3TQOJQ&issuer=Keyferry").expect("a code");
        let far = drawn.size - MARGIN - 1;
        for (x, y) in [(MARGIN, MARGIN), (far, MARGIN), (MARGIN, far)] {
            assert!(drawn.path.contains(&format!("M{x} {y}h1v1h-1z")), "{x} {y}");
        }
        assert!(!drawn.path.contains(&format!("M{} ", MARGIN - 1)) && !drawn.path.contains(&format!("M{} ", far + 1)));
        assert!(draw(&"x".repeat(3000)).is_err());
    }
}

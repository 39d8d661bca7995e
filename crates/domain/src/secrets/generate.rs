//! New random values, from the system's generator.

use secrecy::SecretString;

/// What a random value is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alphabet {
    /// Upper-case and lower-case letters and digits.
    #[default]
    Letters,
    /// Those and signs that need no quotes in a `.env` file.
    Signs,
    /// Digits and the letters a to f.
    Hex,
    /// The 64 characters of URL-safe base64.
    Base64,
    /// Digits.
    Digits,
}

impl Alphabet {
    /// All, in the order shown.
    pub const ALL: [Self; 5] = [Self::Letters, Self::Signs, Self::Hex, Self::Base64, Self::Digits];

    /// The word in forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Signs => "signs",
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Digits => "digits",
        }
    }

    /// From the word in forms.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.word() == word)
    }

    fn characters(self) -> &'static [u8] {
        match self {
            Self::Letters => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            Self::Signs => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!%*+,-./:;=?@^_~",
            Self::Hex => b"0123456789abcdef",
            Self::Base64 => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            Self::Digits => b"0123456789",
        }
    }
}

/// A random value of `length` characters, each equally likely.
#[must_use]
pub fn generate(alphabet: Alphabet, length: usize) -> SecretString {
    keyferry_crypto::random_text(alphabet.characters(), length)
}

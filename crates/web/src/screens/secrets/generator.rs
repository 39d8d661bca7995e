//! A random value for the form of a secret.

use keyferry_domain::secrets::{Alphabet, generate};
use secrecy::{ExposeSecret as _, SecretString};

use crate::form::{Fields, Form};
use crate::ui::{Choice, choice};

const MIN: usize = 4;
const MAX: usize = 1_024;
const USUAL: usize = 32;

/// Whether the form asks for a value.
pub(super) fn is_wanted(form: &Form) -> bool {
    form.text("do") == "generate"
}

/// Puts a new value into the form, or says what is wrong with its length.
pub(super) fn fill(form: &Form, mut fields: Fields) -> Fields {
    let alphabet = Alphabet::from_word(form.text("alphabet")).unwrap_or_default();
    let length = if form.text("length").is_empty() { Some(USUAL) } else { form.text("length").parse().ok() };
    match length.filter(|length| (MIN..=MAX).contains(length)) {
        Some(length) => with_value(fields, &generate(alphabet, length), length),
        None => {
            fields.fail("length", format!("A whole number from {MIN} to {MAX}"));
            fields
        }
    }
}

fn with_value(fields: Fields, value: &SecretString, length: usize) -> Fields {
    fields.with("value", value.expose_secret()).with("loaded", "true").with("made", length.to_string())
}

/// The kinds of characters.
pub(super) fn choices() -> Vec<Choice> {
    let label = |alphabet| match alphabet {
        Alphabet::Letters => "Letters and digits",
        Alphabet::Signs => "Letters, digits and signs",
        Alphabet::Hex => "Hexadecimal",
        Alphabet::Base64 => "Base64 (URL-safe)",
        Alphabet::Digits => "Digits",
    };
    Alphabet::ALL.into_iter().map(|alphabet| choice(alphabet.word(), label(alphabet))).collect()
}

/// The form's fields with the usual length.
pub(super) fn length(fields: &Fields) -> Fields {
    let fields = fields.clone();
    if fields.value("length").is_empty() { fields.with("length", USUAL.to_string()) } else { fields }
}

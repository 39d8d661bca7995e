//! Fields of secrets in bodies (core API contract, section 10.2). Trimming happens here and nowhere deeper.

use keyferry_domain::secrets::{Change, Deletion, Kind, MetadataInput, NewSecret, TagChange};
use secrecy::SecretString;
use uuid::Uuid;

use super::scope::path;
use crate::wire::{Codec, Decode, Fields, boolean, enumeration, int, list, object, text, uuid};

/// The key of a secret to be written.
pub(super) fn key() -> impl Codec<Out = String> {
    text().trim().min(1).check(|key| !key.contains([':', '/']), "Secret name cannot contain colon or forward slash.")
}

/// A value: without blanks at its ends, but with one line break when it ended in one.
fn value() -> impl Codec<Out = SecretString> {
    text().map(|given| {
        let mut value = given.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}').to_owned();
        if given.ends_with('\n') {
            value.push('\n');
        }
        SecretString::from(value)
    })
}

fn comment() -> impl Codec<Out = SecretString> {
    text().trim().map(SecretString::from)
}

fn note() -> impl Codec<Out = SecretString> {
    text().trim().max(1024).message("Secret reminder note cannot exceed 1024 characters").map(SecretString::from)
}

fn days() -> impl Codec<Out = i32> {
    int().min(0).max(36_500).map(|days| i32::try_from(days).unwrap_or_default())
}

/// `shared` unless something else is said.
pub(super) fn kind(f: &mut Fields<'_>) -> Option<Kind> {
    f.default(
        "type",
        enumeration(&["shared", "personal"]).map(|word| if word == "personal" { Kind::Personal } else { Kind::Shared }),
        Kind::Shared,
    )
}

struct MetadataItem(MetadataInput);

impl Decode for MetadataItem {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let key = f.required("key", text().trim().min(1));
        let value = f.default("value", text().trim(), "");
        let is_encrypted = f.default("isEncrypted", boolean(), false);
        Some(Self(MetadataInput { key: key?, value: SecretString::from(value?), is_encrypted: is_encrypted? }))
    }
}

fn metadata() -> impl Codec<Out = Vec<MetadataInput>> {
    list(object::<MetadataItem>()).map(|items| items.into_iter().map(|item| item.0).collect::<Vec<_>>())
}

fn tag_ids() -> impl Codec<Out = Vec<Uuid>> {
    list(uuid())
}

/// What a secret to be created holds beside its key.
pub(super) struct NewFields(NewSecret);

impl Decode for NewFields {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let value = f.required("secretValue", value());
        let comment = f.optional("secretComment", comment());
        let metadata = f.optional("secretMetadata", metadata());
        let tag_ids = f.optional("tagIds", tag_ids());
        let skip_multiline_encoding = f.optional("skipMultilineEncoding", boolean());
        let reminder_repeat_days = f.optional("secretReminderRepeatDays", days());
        let reminder_note = f.optional("secretReminderNote", note());
        let kind = kind(f);
        Some(Self(NewSecret {
            key: String::new(),
            path: None,
            kind: kind?,
            value: value?,
            comment: comment?,
            skip_multiline_encoding: skip_multiline_encoding?,
            tag_ids: tag_ids?.unwrap_or_default(),
            metadata: metadata?.unwrap_or_default(),
            reminder_note: reminder_note?,
            reminder_repeat_days: reminder_repeat_days?,
        }))
    }
}

impl NewFields {
    pub(super) fn named(self, key: String) -> NewSecret {
        NewSecret { key, ..self.0 }
    }
}

/// A secret to be created in a batch.
pub(super) struct NewItem(pub(super) NewSecret);

impl Decode for NewItem {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let key = f.required("secretKey", key());
        let path = f.optional("secretPath", path());
        let fields = NewFields::decode(f);
        let (key, path) = (key?, path?);
        Some(Self(NewSecret { path, ..fields?.named(key) }))
    }
}

/// What changes of a secret.
pub(super) struct ChangeFields(Change);

impl Decode for ChangeFields {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let new_key = f.optional("newSecretName", key());
        let value = f.optional("secretValue", value());
        let comment = f.optional("secretComment", comment());
        let metadata = f.optional("secretMetadata", metadata());
        let tag_ids = f.optional("tagIds", tag_ids());
        let skip_multiline_encoding = f.optional("skipMultilineEncoding", boolean());
        let reminder_repeat_days = f.nullable("secretReminderRepeatDays", days());
        let reminder_note = f.nullable("secretReminderNote", note());
        let kind = kind(f);
        Some(Self(Change {
            key: String::new(),
            expected_version: None,
            path: None,
            kind: kind?,
            new_key: new_key?,
            value: value?,
            comment: comment?,
            skip_multiline_encoding: skip_multiline_encoding?,
            tags: tag_ids?.map(TagChange::Set),
            metadata: metadata?,
            reminder_note: reminder_note?,
            reminder_repeat_days: reminder_repeat_days?,
        }))
    }
}

impl ChangeFields {
    pub(super) fn named(self, key: String) -> Change {
        Change { key, ..self.0 }
    }
}

/// A secret to be changed in a batch.
pub(super) struct ChangeItem(pub(super) Change);

impl Decode for ChangeItem {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let key = f.required("secretKey", text().trim().min(1));
        let path = f.optional("secretPath", path());
        let fields = ChangeFields::decode(f);
        let (key, path) = (key?, path?);
        Some(Self(Change { path, ..fields?.named(key) }))
    }
}

/// A secret to be deleted in a batch.
pub(super) struct DeletionItem(pub(super) Deletion);

impl Decode for DeletionItem {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let key = f.required("secretKey", text().trim().min(1));
        let path = f.optional("secretPath", path());
        let kind = kind(f);
        Some(Self(Deletion { key: key?, path: path?, kind: kind? }))
    }
}

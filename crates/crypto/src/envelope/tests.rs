use super::*;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use std::collections::HashSet;

fn key() -> DataKey {
    let id = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    let bytes: Vec<u8> = (0..32).collect();
    DataKey::from_bytes(id, &bytes).unwrap()
}

fn context() -> Context<'static> {
    Context {
        table: "secrets",
        column: "value",
        row_id: Uuid::from_u128(0x1111_1111_2222_4333_8444_5555_5555_5555),
        scope_id: Uuid::from_u128(0x6666_6666_7777_4888_9999_aaaa_aaaa_aaaa),
        version: 7,
    }
}

#[test]
fn golden_vector_pins_the_format() {
    // Made by an independent implementation (Python's `cryptography`), see docs/envelope-format.md.
    let envelope = hex::decode(concat!(
        "0100112233445566778899aabbccddeeff",
        "a0a1a2a3a4a5a6a7a8a9aaab",
        "85770e5f20a8769f0a0af5a062",
        "422dc9d7068ca34053d6657a41837ae2"
    ))
    .unwrap();
    assert_eq!(key_id(&envelope).unwrap(), key().id());
    assert_eq!(open_text(&key(), &context(), &envelope).unwrap().expose_secret(), "correct horse");
}

#[test]
fn d2_a_moved_ciphertext_does_not_open() {
    let (key, home) = (key(), context());
    let envelope = seal(&key, &home, b"value");
    let other = Uuid::from_u128(1);
    let elsewhere = [
        Context { row_id: other, ..home },
        Context { scope_id: other, ..home },
        Context { row_id: home.scope_id, scope_id: home.row_id, ..home },
        Context { version: 8, ..home },
        Context { table: "secret_versions", ..home },
        Context { column: "comment", ..home },
        // The same letters, split elsewhere between the two names.
        Context { table: "secretsv", column: "alue", ..home },
        Context { table: "", column: "secretsvalue", ..home },
    ];
    for ctx in elsewhere {
        assert_eq!(open(&key, &ctx, &envelope).unwrap_err(), OpenError::Integrity, "{ctx:?}");
    }
    assert_eq!(&**open(&key, &home, &envelope).unwrap(), b"value");
}

#[test]
fn another_key_is_told_which_one_is_needed() {
    let envelope = seal(&key(), &context(), b"value");
    let stranger = DataKey::generate(Uuid::from_u128(2));
    let needed = key().id().to_string();
    assert_eq!(open(&stranger, &context(), &envelope).unwrap_err(), OpenError::WrongKey { needed });
    let namesake = DataKey::generate(key().id());
    assert_eq!(open(&namesake, &context(), &envelope).unwrap_err(), OpenError::Integrity);
    // The key id is authenticated: the same key under another id does not open it either.
    let renamed = DataKey::from_bytes(stranger.id(), key().as_bytes()).unwrap();
    let mut relabelled = envelope;
    relabelled[1..HEADER_LEN].copy_from_slice(stranger.id().as_bytes());
    assert_eq!(open(&renamed, &context(), &relabelled).unwrap_err(), OpenError::Integrity);
}

#[test]
fn d3_every_flipped_bit_is_a_clean_error() {
    let (key, ctx) = (key(), context());
    let envelope = seal(&key, &ctx, b"some value");
    for bit in 0..envelope.len() * 8 {
        let mut flipped = envelope.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = open(&key, &ctx, &flipped).unwrap_err();
        let expected = match bit / 8 {
            0 => matches!(error, OpenError::UnknownVersion(_)),
            1..HEADER_LEN => matches!(error, OpenError::WrongKey { .. }),
            _ => error == OpenError::Integrity,
        };
        assert!(expected, "bit {bit}: {error:?}");
    }
}

#[test]
fn d3_cut_and_foreign_bytes_are_clean_errors() {
    let (key, ctx) = (key(), context());
    let shortest = seal(&key, &ctx, b"");
    for length in 0..shortest.len() {
        assert_eq!(open(&key, &ctx, &shortest[..length]).unwrap_err(), OpenError::Truncated);
        assert_eq!(key_id(&shortest[..length]).unwrap_err(), OpenError::Truncated);
    }
    let mut longer = shortest;
    longer.push(0);
    assert_eq!(open(&key, &ctx, &longer).unwrap_err(), OpenError::Integrity);
    assert_eq!(open(&key, &ctx, b"plaintext").unwrap_err(), OpenError::UnknownVersion(b'p'));
}

#[test]
fn d4_nonces_are_distinct() {
    let (key, ctx) = (key(), context());
    let nonces: HashSet<Vec<u8>> =
        (0..10_000).map(|_| seal(&key, &ctx, b"v")[HEADER_LEN..HEADER_LEN + NONCE_LEN].to_vec()).collect();
    assert_eq!(nonces.len(), 10_000);
}

#[test]
fn open_text_refuses_bytes_that_are_not_text() {
    let envelope = seal(&key(), &context(), &[0xff, 0xfe]);
    assert_eq!(open_text(&key(), &context(), &envelope).unwrap_err(), OpenError::NotText);
}

#[test]
fn a_data_key_survives_wrapping() {
    let root = crate::RootKey::generate();
    let key = DataKey::generate(Uuid::from_u128(3));
    let label = format!("data-key:{}", key.id());
    let unwrapped = root.unwrap(&label, &root.wrap(&label, key.as_bytes())).unwrap();
    let again = DataKey::from_bytes(key.id(), &unwrapped).unwrap();
    let envelope = seal(&key, &context(), b"value");
    assert_eq!(&**open(&again, &context(), &envelope).unwrap(), b"value");
}

#[test]
fn keys_of_another_length_are_refused() {
    let error = DataKey::from_bytes(Uuid::nil(), &[0; 16]).unwrap_err();
    assert_eq!(error, KeyError::Length { bytes: 16, needed: 32 });
}

#[test]
fn debug_shows_the_id_only() {
    assert_eq!(format!("{:?}", key()), "DataKey(00112233-4455-6677-8899-aabbccddeeff)");
}

proptest! {
    #[test]
    fn seal_round_trips(
        table: String, column: String, row: u128, scope: u128, version: u32, plaintext: Vec<u8>,
    ) {
        let ctx = Context {
            table: &table,
            column: &column,
            row_id: Uuid::from_u128(row),
            scope_id: Uuid::from_u128(scope),
            version,
        };
        let envelope = seal(&key(), &ctx, &plaintext);
        prop_assert_eq!(envelope.len(), HEADER_LEN + NONCE_LEN + plaintext.len() + TAG_LEN);
        prop_assert_eq!(&*open(&key(), &ctx, &envelope).unwrap(), &plaintext);
    }

    #[test]
    fn text_round_trips(text: String) {
        let envelope = seal(&key(), &context(), text.as_bytes());
        let opened = open_text(&key(), &context(), &envelope).unwrap();
        prop_assert_eq!(opened.expose_secret(), &text);
    }

    #[test]
    fn foreign_bytes_never_open(bytes: Vec<u8>) {
        prop_assert!(open(&key(), &context(), &bytes).is_err());
    }
}

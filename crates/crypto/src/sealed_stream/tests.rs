use std::io::{Read, Write};

use proptest::prelude::*;
use secrecy::SecretString;

use super::*;

fn passphrase() -> SecretString {
    SecretString::from("correct horse battery staple")
}

fn seal(plain: &[u8]) -> Vec<u8> {
    let mut writer = SealedWriter::new(Vec::new(), "test", &passphrase(), StreamCost::Test).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

fn open_with(sealed: &[u8], purpose: &str, passphrase: &SecretString) -> Result<Vec<u8>, StreamError> {
    let cause = |error: std::io::Error| error.into_inner().unwrap().downcast_ref::<StreamError>().unwrap().clone();
    let mut out = Vec::new();
    SealedReader::new(sealed, purpose, passphrase).map_err(cause)?.read_to_end(&mut out).map_err(cause)?;
    Ok(out)
}

fn open(sealed: &[u8]) -> Result<Vec<u8>, StreamError> {
    open_with(sealed, "test", &passphrase())
}

#[test]
fn streams_of_every_length_around_a_chunk_come_back() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
        let plain: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
        assert_eq!(open(&seal(&plain)).unwrap(), plain, "{length} bytes");
    }
}

#[test]
fn a_stream_opens_only_with_its_passphrase_and_purpose() {
    let sealed = seal(b"rows");
    assert_eq!(open_with(&sealed, "test", &SecretString::from("another")), Err(StreamError::Passphrase));
    assert_eq!(open_with(&sealed, "other", &passphrase()), Err(StreamError::Passphrase));
    assert_eq!(open(b"PK\x03\x04 a zip file, long enough to hold a prelude and more"), Err(StreamError::NotSealed));
    assert_eq!(open(b""), Err(StreamError::NotSealed));
    let mut newer = sealed.clone();
    newer[7] = 2;
    assert_eq!(open(&newer), Err(StreamError::UnknownVersion(2)));
    let mut costly = sealed;
    costly[8] = 0xff;
    assert_eq!(open(&costly), Err(StreamError::Cost));
}

#[test]
fn every_cut_is_noticed() {
    let sealed = seal(&vec![7; 2 * CHUNK + 5]);
    let body = PRELUDE_LEN + TAG_LEN;
    let cuts = [6, PRELUDE_LEN, body, body + 3, body + CHUNK + TAG_LEN, body + 2 * (CHUNK + TAG_LEN), sealed.len() - 1];
    for cut in cuts {
        assert!(open(&sealed[..cut]).is_err(), "cut at {cut}");
    }
    assert_eq!(open(&sealed[..body + CHUNK + TAG_LEN]), Err(StreamError::Truncated));
    let mut longer = sealed;
    longer.push(0);
    assert!(open(&longer).is_err());
}

#[test]
fn chunks_cannot_change_places() {
    let sealed = seal(&vec![7; 3 * CHUNK]);
    let (body, size) = (PRELUDE_LEN + TAG_LEN, CHUNK + TAG_LEN);
    let mut swapped = sealed[..body].to_vec();
    swapped.extend_from_slice(&sealed[body + size..body + 2 * size]);
    swapped.extend_from_slice(&sealed[body..body + size]);
    swapped.extend_from_slice(&sealed[body + 2 * size..]);
    assert_eq!(open(&swapped), Err(StreamError::Altered(body as u64)));
}

#[test]
fn an_error_stays() {
    let mut sealed = seal(&vec![7; 2 * CHUNK]);
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    let mut reader = SealedReader::new(sealed.as_slice(), "test", &passphrase()).unwrap();
    let mut out = Vec::new();
    assert!(reader.read_to_end(&mut out).is_err());
    assert_eq!(out.len(), CHUNK);
    assert!(reader.read(&mut [0; 1]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_flipped_bit_is_noticed(plain in proptest::collection::vec(any::<u8>(), 0..600), at in any::<proptest::sample::Index>(), bit in 0_u8..8) {
        let mut sealed = seal(&plain);
        let at = at.index(sealed.len());
        // A flip in the cost can ask for much work; that is bounded, and has its own test.
        prop_assume!(!(8..20).contains(&at));
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(open(&sealed).is_err());
    }
}

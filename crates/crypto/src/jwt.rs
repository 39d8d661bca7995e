//! Access tokens: JSON Web Tokens signed with HMAC-SHA256 (core API contract, section 3.1).

use crate::KeyError;
use crate::random;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretSlice};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use thiserror::Error;

const MIN_LEN: usize = 32;

/// Why a token is refused (core API contract, section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// The signature is good, but `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// Not a token, not signed by this key, or not carrying the expected claims.
    #[error("the token is malformed")]
    Malformed,
    /// The header names another algorithm than HS256, `none` included.
    #[error("the token is signed with an invalid algorithm")]
    WrongAlgorithm,
}

/// The random key (32 bytes or more) that signs access tokens.
pub struct JwtKey {
    bytes: SecretSlice<u8>,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl JwtKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = vec![0; MIN_LEN];
        random::fill(&mut bytes);
        Self::new(SecretSlice::from(bytes))
    }

    /// The key with these bytes, as unwrapped by the root key.
    ///
    /// # Errors
    /// If there are fewer than 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() < MIN_LEN {
            return Err(KeyError::Length { bytes: bytes.len(), needed: MIN_LEN });
        }
        Ok(Self::new(SecretSlice::from(bytes.to_vec())))
    }

    fn new(bytes: SecretSlice<u8>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Times are judged in `verify` against the caller's clock; the library knows only its own.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Self {
            signing: EncodingKey::from_secret(bytes.expose_secret()),
            verifying: DecodingKey::from_secret(bytes.expose_secret()),
            validation,
            bytes,
        }
    }

    /// The raw key, only for wrapping it under the root key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.expose_secret()
    }

    /// Signs the claims, adding none.
    ///
    /// # Errors
    /// `Malformed` if the claims do not serialize to JSON.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, TokenError> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing).map_err(|_| TokenError::Malformed)
    }

    /// Checks algorithm, signature and expiry, and reads the claims.
    ///
    /// `now_s` is the time in seconds since the Unix epoch. A token expires at the second its
    /// `exp` names, without leeway; one without `exp` does not expire.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify<T: DeserializeOwned>(&self, token: &str, now_s: i64) -> Result<T, TokenError> {
        check_algorithm(token)?;
        let claims: Value =
            jsonwebtoken::decode(token, &self.verifying, &self.validation).map_err(|_| TokenError::Malformed)?.claims;
        if is_expired(&claims, now_s)? {
            return Err(TokenError::Expired);
        }
        serde_json::from_value(claims).map_err(|_| TokenError::Malformed)
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtKey")
    }
}

/// Tells another algorithm from garbage, which the library reports alike for names it lacks.
fn check_algorithm(token: &str) -> Result<(), TokenError> {
    #[derive(Deserialize)]
    struct AlgorithmOnly {
        alg: String,
    }

    let (header, _) = token.split_once('.').ok_or(TokenError::Malformed)?;
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
    let header: AlgorithmOnly = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
    if header.alg == "HS256" { Ok(()) } else { Err(TokenError::WrongAlgorithm) }
}

fn is_expired(claims: &Value, now_s: i64) -> Result<bool, TokenError> {
    match claims.get("exp") {
        None | Some(Value::Null) => Ok(false),
        Some(exp) => exp.as_i64().map(|exp| now_s >= exp).ok_or(TokenError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: i64 = 1_000;

    fn key() -> JwtKey {
        JwtKey::from_bytes(&[3; 32]).unwrap()
    }

    fn verify(token: &str) -> Result<Value, TokenError> {
        key().verify(token, NOW)
    }

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// A token with any header, signed as HS256 by the right key.
    fn signed(header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[3; 32]);
        let tag = aws_lc_rs::hmac::sign(&hmac, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    #[test]
    fn signs_and_verifies_with_the_compiled_backend() {
        // The library panics at first use when no backend feature is on.
        let claims = json!({"authTokenType": "accessToken", "userId": "u1", "exp": NOW + 1});
        assert_eq!(verify(&key().sign(&claims).unwrap()).unwrap(), claims);
        let again = JwtKey::from_bytes(key().as_bytes()).unwrap();
        assert_eq!(again.verify::<Value>(&key().sign(&claims).unwrap(), NOW).unwrap(), claims);
    }

    #[test]
    fn reads_a_token_made_elsewhere() {
        let token = concat!(
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiJ1MSIsImV4cCI6MjAwMH0.",
            "MuZTE53uEw3CmSi-Tayas_efwdMFmSNtvnqNTqzL8E0"
        );
        assert_eq!(verify(token).unwrap(), json!({"userId": "u1", "exp": 2000}));
        assert_eq!(key().sign(&json!({"userId": "u1", "exp": 2000})).unwrap(), token);
    }

    #[test]
    fn a7_expiry_follows_the_given_clock_without_leeway() {
        let token = key().sign(&json!({"exp": NOW})).unwrap();
        assert!(key().verify::<Value>(&token, NOW - 1).is_ok());
        assert_eq!(key().verify::<Value>(&token, NOW).unwrap_err(), TokenError::Expired);
        assert_eq!(key().verify::<Value>(&token, NOW + 1).unwrap_err(), TokenError::Expired);
        assert_eq!(key().verify::<Value>(&token, i64::MAX).unwrap_err(), TokenError::Expired);
    }

    #[test]
    fn a_token_without_exp_does_not_expire() {
        for claims in [json!({"jti": "1"}), json!({"jti": "1", "exp": null})] {
            let token = key().sign(&claims).unwrap();
            assert_eq!(key().verify::<Value>(&token, i64::MAX).unwrap(), claims);
        }
    }

    #[test]
    fn a7_other_algorithms_are_refused_even_when_well_signed() {
        let claims = json!({"userId": "u1"});
        for alg in ["none", "None", "NONE", "hs256", "HS384", "HS512", "RS256", "ES256", ""] {
            let header = json!({"typ": "JWT", "alg": alg});
            let token = signed(&header, &claims);
            assert_eq!(verify(&token).unwrap_err(), TokenError::WrongAlgorithm, "{alg}");
            let unsigned = format!("{}.{}.", part(&header), part(&claims));
            assert_eq!(verify(&unsigned).unwrap_err(), TokenError::WrongAlgorithm, "{alg}");
        }
        let header = Header::new(Algorithm::HS512);
        let token = jsonwebtoken::encode(&header, &claims, &key().signing).unwrap();
        assert_eq!(verify(&token).unwrap_err(), TokenError::WrongAlgorithm);
    }

    #[test]
    fn a7_key_hints_in_the_header_change_nothing() {
        let claims = json!({"userId": "u1"});
        let header = json!({"alg": "HS256", "kid": "../../dev/null", "jku": "https://evil.test"});
        assert_eq!(verify(&signed(&header, &claims)).unwrap(), claims);
        let empty = JwtKey::from_bytes(&[0; 32]).unwrap();
        let forged = jsonwebtoken::encode(
            &Header { kid: Some("../../dev/null".to_owned()), ..Header::default() },
            &claims,
            &empty.signing,
        )
        .unwrap();
        assert_eq!(verify(&forged).unwrap_err(), TokenError::Malformed);
    }

    #[test]
    fn a7_bad_signatures_are_malformed() {
        let claims = json!({"userId": "u1", "exp": NOW + 1});
        let foreign = JwtKey::generate().sign(&claims).unwrap();
        assert_eq!(verify(&foreign).unwrap_err(), TokenError::Malformed);
        // An expired forgery is told that it is malformed, not that it has expired.
        let stale = JwtKey::generate().sign(&json!({"exp": 1})).unwrap();
        assert_eq!(verify(&stale).unwrap_err(), TokenError::Malformed);

        let good = key().sign(&claims).unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let swapped = part(&json!({"userId": "admin", "exp": NOW + 1}));
        let forgeries = [
            format!("{}.{swapped}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{good}."),
            format!("{good}="),
            format!(" {good}"),
            format!("{good}\n"),
            format!("{}.{good}", parts[0]),
            good[..good.len() - 1].to_owned(),
        ];
        for forgery in forgeries {
            assert_eq!(verify(&forgery).unwrap_err(), TokenError::Malformed, "{forgery}");
        }
    }

    #[test]
    fn odd_claims_are_malformed() {
        let odd = [json!({"exp": "2000"}), json!({"exp": 1e300}), json!({"exp": [2000]}), json!({"exp": u64::MAX})];
        for claims in odd {
            let token = key().sign(&claims).unwrap();
            assert_eq!(verify(&token).unwrap_err(), TokenError::Malformed, "{claims}");
        }

        #[derive(Debug, Deserialize)]
        struct Typed {
            #[serde(rename = "userId")]
            _user_id: String,
        }
        let token = key().sign(&json!({"identityId": "i1"})).unwrap();
        assert_eq!(key().verify::<Typed>(&token, NOW).unwrap_err(), TokenError::Malformed);
    }

    #[test]
    fn short_keys_are_refused() {
        assert_eq!(JwtKey::from_bytes(&[0; 31]).unwrap_err(), KeyError::Length { bytes: 31, needed: 32 });
        assert!(JwtKey::from_bytes(&[0; 64]).is_ok());
    }

    #[test]
    fn debug_shows_nothing_secret() {
        assert_eq!(format!("{:?}", key()), "JwtKey");
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_refused_without_panic(token: String) {
            prop_assert!(verify(&token).is_err());
        }

        #[test]
        fn a7_no_changed_character_verifies(index in 0..100_usize, letter in "[A-Za-z0-9_-]") {
            let mut token = key().sign(&json!({"userId": "u1", "exp": NOW + 1})).unwrap();
            let index = index % token.len();
            prop_assume!(token[index..=index] != letter);
            token.replace_range(index..=index, &letter);
            prop_assert!(verify(&token).is_err());
        }
    }
}

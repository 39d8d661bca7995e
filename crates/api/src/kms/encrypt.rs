//! `POST /api/v1/kms/keys/{keyId}/encrypt` and `/decrypt`.

use keyferry_domain::{Result, kms};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::TAG;
use super::fields::{KeyPath, base64, encode};
use crate::endpoint::{Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields};

pub(super) struct Plaintext(Zeroizing<Vec<u8>>);

impl Decode for Plaintext {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("plaintext", base64("plaintext")).map(Self)
    }
}

pub(super) struct Ciphertext(Zeroizing<Vec<u8>>);

impl Decode for Ciphertext {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("ciphertext", base64("ciphertext")).map(Self)
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/kms/keys/{keyId}/encrypt", encrypt)
            .id("encryptWithKmsKey")
            .tag(TAG)
            .summary("Encrypt data with a key")
            .permission("cmek:encrypt")
            .answers(|| json!({ "ciphertext": "AYGV…" })),
        post("/api/v1/kms/keys/{keyId}/decrypt", decrypt)
            .id("decryptWithKmsKey")
            .tag(TAG)
            .summary("Decrypt data with a key")
            .permission("cmek:decrypt")
            .answers(|| json!({ "plaintext": "aGVsbG8=" })),
    ]
}

async fn encrypt(call: Call, input: Input<KeyPath, (), Plaintext>) -> Result<Json<Value>> {
    let ciphertext = kms::encrypt(&call.app, &call.caller, input.params.id()?, &input.body.0).await?;
    Ok(Json(json!({ "ciphertext": encode(&ciphertext) })))
}

async fn decrypt(call: Call, input: Input<KeyPath, (), Ciphertext>) -> Result<Json<Value>> {
    let plaintext = kms::decrypt(&call.app, &call.caller, input.params.id()?, &input.body.0).await?;
    Ok(Json(json!({ "plaintext": encode(&plaintext) })))
}

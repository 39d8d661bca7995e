//! `POST /api/v1/kms/keys/{keyId}/sign` and `/verify`, `GET …/public-key` and `/signing-algorithms`.

use keyferry_domain::Result;
use keyferry_domain::kms::{self, SigningAlgorithm, Verify};
use serde_json::{Value, json};

use super::TAG;
use super::fields::{KeyPath, base64, encode};
use crate::endpoint::{Call, Endpoint, Input, Json, get, post};
use crate::wire::{Decode, Fields, boolean, enumeration};

pub(super) struct Data {
    data: Vec<u8>,
    algorithm: SigningAlgorithm,
    is_digest: bool,
}

impl Decode for Data {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let data = f.required("data", base64("data"));
        let algorithm = f.required("signingAlgorithm", enumeration(SigningAlgorithm::NAMES));
        let is_digest = f.default("isDigest", boolean(), false);
        Some(Self { data: data?.to_vec(), algorithm: SigningAlgorithm::parse(algorithm?)?, is_digest: is_digest? })
    }
}

pub(super) struct Signed {
    signature: Vec<u8>,
    data: Data,
}

impl Decode for Signed {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let signature = f.required("signature", base64("signature"));
        let data = Data::decode(f);
        Some(Self { signature: signature?.to_vec(), data: data? })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let id = "6d1f0a3c-55a3-4f0e-9a30-54c1f2a3b4c5";
    vec![
        post("/api/v1/kms/keys/{keyId}/sign", sign)
            .id("signWithKmsKey")
            .tag(TAG)
            .summary("Sign data, or a digest of it, with a key")
            .permission("cmek:sign")
            .answers(move || json!({ "signature": "MEUCIQD…", "keyId": id, "signingAlgorithm": "ECDSA_SHA_256" })),
        post("/api/v1/kms/keys/{keyId}/verify", verify)
            .id("verifyWithKmsKey")
            .tag(TAG)
            .summary("Whether a signature is a key's")
            .permission("cmek:verify")
            .answers(move || json!({ "signatureValid": true, "keyId": id, "signingAlgorithm": "ECDSA_SHA_256" })),
        get("/api/v1/kms/keys/{keyId}/public-key", public_key)
            .id("getKmsPublicKey")
            .tag(TAG)
            .summary("The public half of a key that signs: base64 of its DER form")
            .permission("cmek:read")
            .answers(|| json!({ "publicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE…" })),
        get("/api/v1/kms/keys/{keyId}/signing-algorithms", signing_algorithms)
            .id("listKmsSigningAlgorithms")
            .tag(TAG)
            .summary("How a key can sign")
            .permission("cmek:read")
            .answers(|| json!({ "signingAlgorithms": ["ECDSA_SHA_256"] })),
    ]
}

async fn sign(call: Call, input: Input<KeyPath, (), Data>) -> Result<Json<Value>> {
    let (id, Data { data, algorithm, is_digest }) = (input.params.id()?, input.body);
    let signature = kms::sign(&call.app, &call.caller, id, algorithm, data, is_digest).await?;
    Ok(Json(json!({ "signature": encode(&signature), "keyId": id, "signingAlgorithm": algorithm.as_str() })))
}

async fn verify(call: Call, input: Input<KeyPath, (), Signed>) -> Result<Json<Value>> {
    let (id, Signed { signature, data: Data { data, algorithm, is_digest } }) = (input.params.id()?, input.body);
    let is_valid = kms::verify(&call.app, &call.caller, id, Verify { data, algorithm, is_digest, signature }).await?;
    Ok(Json(json!({ "signatureValid": is_valid, "keyId": id, "signingAlgorithm": algorithm.as_str() })))
}

async fn public_key(call: Call, input: Input<KeyPath>) -> Result<Json<Value>> {
    let key = kms::public_key(&call.app, &call.caller, input.params.id()?).await?;
    Ok(Json(json!({ "publicKey": encode(&key) })))
}

async fn signing_algorithms(call: Call, input: Input<KeyPath>) -> Result<Json<Value>> {
    let own = kms::signing_algorithms(&call.app, &call.caller, input.params.id()?).await?;
    let names: Vec<&str> = own.iter().map(|one| one.as_str()).collect();
    Ok(Json(json!({ "signingAlgorithms": names })))
}

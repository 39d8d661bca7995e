//! Keys of the key management service.

use infisical::kms::{
    CreateKmsKeyRequest, DecryptRequest, DeleteKmsKeyRequest, EncryptRequest, EncryptionAlgorithm, GetKmsKeyByNameRequest,
    GetKmsKeyRequest, KeyUsage, ListKmsKeysRequest, SignRequest, SigningAlgorithm, UpdateKmsKeyRequest, VerifyRequest,
};
use infisical::{decode_base64, encode_base64, Client};

use crate::checks::{given, Checks};

pub async fn all(client: &Client, check: &mut Checks) {
    encryption(client, check).await;
    signing(client, check).await;
}

async fn encryption(client: &Client, check: &mut Checks) {
    let project = given("PROJECT_ID");
    let kms = client.kms();
    // The client sends an empty description, and must not get `null` back.
    let key = kms.create(CreateKmsKeyRequest::builder(project.as_str(), "orders").build()).await.unwrap();
    check.equal((key.name.as_str(), key.description.as_str()), ("orders", ""), "create a key");
    check.equal(
        (key.key_usage.as_str(), key.encryption_algorithm.as_str()),
        ("encrypt-decrypt", "aes-256-gcm"),
        "create a key: kind",
    );
    let request = CreateKmsKeyRequest::builder(project.as_str(), "archive")
        .description("old")
        .key_usage(KeyUsage::EncryptDecrypt)
        .encryption_algorithm(EncryptionAlgorithm::Aes128Gcm)
        .build();
    let small = kms.create(request).await.unwrap();
    let listed = kms.list(ListKmsKeysRequest::builder(project.as_str()).build()).await.unwrap();
    check.equal(listed.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["archive", "orders"], "list keys");
    let got = kms.get(GetKmsKeyRequest::builder(key.id.as_str()).build()).await.unwrap();
    check.equal((got.id, got.project_id), (key.id.clone(), project), "get a key");
    // The client leaves the project out, without which no server can tell which key is meant.
    check.refused(
        kms.get_by_name(GetKmsKeyByNameRequest::builder("orders").build()).await,
        422,
        "projectId",
        "get a key by name",
    );
    let ciphertext = kms.encrypt(EncryptRequest::builder(key.id.as_str(), encode_base64("sensitive")).build()).await.unwrap();
    let plaintext = kms.decrypt(DecryptRequest::builder(key.id.as_str(), ciphertext).build()).await.unwrap();
    check.equal(decode_base64(&plaintext).unwrap(), "sensitive", "decrypt");
    let request = UpdateKmsKeyRequest::builder(key.id.as_str()).name("orders-2").is_disabled(true).description("closed").build();
    let updated = kms.update(request).await.unwrap();
    check.equal(
        (updated.name.as_str(), updated.is_disabled, updated.description.as_str()),
        ("orders-2", true, "closed"),
        "update a key",
    );
    let refused = kms.encrypt(EncryptRequest::builder(key.id.as_str(), encode_base64("x")).build()).await;
    check.refused(refused, 400, "disabled", "encrypt with a disabled key");
    for id in [key.id, small.id] {
        let gone = kms.delete(DeleteKmsKeyRequest::builder(id.as_str()).build()).await.unwrap();
        check.equal(gone.id, id.as_str(), "delete a key");
        check.refused(kms.get(GetKmsKeyRequest::builder(id).build()).await, 404, "not found", "a deleted key");
    }
}

async fn signing(client: &Client, check: &mut Checks) {
    let kms = client.kms();
    let pairs = [
        ("rsa", EncryptionAlgorithm::Rsa4096, SigningAlgorithm::RsassaPkcs1V15Sha256),
        ("ecc", EncryptionAlgorithm::EccNistP256, SigningAlgorithm::EcdsaSha256),
    ];
    for (name, kind, algorithm) in pairs {
        let request = CreateKmsKeyRequest::builder(given("PROJECT_ID"), name)
            .key_usage(KeyUsage::SignVerify)
            .encryption_algorithm(kind)
            .build();
        let key = kms.create(request).await.unwrap();
        check.that(!kms.get_public_key(&key.id).await.unwrap().is_empty(), "public key");
        check.that(kms.get_signing_algorithms(&key.id).await.unwrap().contains(&algorithm.to_string()), "signing algorithms");
        let request = SignRequest::builder(key.id.as_str(), encode_base64("order")).signing_algorithm(algorithm.clone()).build();
        let signed = kms.sign(request).await.unwrap();
        check.equal((signed.key_id.as_str(), signed.signing_algorithm), (key.id.as_str(), algorithm.to_string()), "sign");
        for (data, valid) in [("order", true), ("other", false)] {
            let request = VerifyRequest::builder(key.id.as_str(), encode_base64(data), signed.signature.as_str())
                .signing_algorithm(algorithm.clone())
                .build();
            check.equal(kms.verify(request).await.unwrap().signature_valid, valid, "verify");
        }
        kms.delete(DeleteKmsKeyRequest::builder(key.id.as_str()).build()).await.unwrap();
    }
}

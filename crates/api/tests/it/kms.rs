//! Keys held for projects, over the wire (core API contract, section 14.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use keyferry_test_support::{World, canary, on_each_backend};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::arrange;
use crate::support::{Answer, Api};

const PATH: &str = "/api/v1/kms/keys";

fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

fn says(answer: &Answer, status: StatusCode, part: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body["message"].as_str().unwrap().contains(part), "{}", answer.body);
}

struct Bench {
    api: Api,
    token: String,
    project_id: Uuid,
}

impl Bench {
    async fn over(world: World) -> Self {
        let api = Api::over(world);
        let project_id = api.world.project("shop").await.unwrap();
        let token = api.token(&api.world.admin);
        Self { api, token, project_id }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.api.call(&self.token, Method::POST, &format!("{PATH}{path}"), body).await
    }

    async fn made(&self, mut body: Value) -> Value {
        body["projectId"] = json!(self.project_id);
        ok(self.post("", body).await)["key"].take()
    }
}

fn one(key: &Value) -> String {
    format!("/{}", key["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_key_encrypts_is_found_renamed_disabled_and_deleted() {
    on_each_backend(|world| async move {
        let b = Bench::over(world).await;
        for (algorithm, name) in [("aes-256-gcm", "wide"), ("AES_128_GCM", "narrow")] {
            let key = b.made(json!({ "name": name, "encryptionAlgorithm": algorithm, "description": "for invoices" })).await;
            let fields: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(
                fields,
                [
                    "id",
                    "name",
                    "description",
                    "isDisabled",
                    "isReserved",
                    "orgId",
                    "projectId",
                    "keyUsage",
                    "version",
                    "encryptionAlgorithm",
                    "createdAt",
                    "updatedAt"
                ]
            );
            assert_eq!(key["encryptionAlgorithm"], algorithm.to_lowercase().replace('_', "-"));
            assert_eq!((&key["keyUsage"], &key["version"]), (&json!("encrypt-decrypt"), &json!(1)));

            let plaintext = STANDARD.encode(canary(name));
            let sealed = ok(b.post(&format!("{}/encrypt", one(&key)), json!({ "plaintext": plaintext })).await);
            let opened = ok(b.post(&format!("{}/decrypt", one(&key)), sealed.clone()).await);
            assert_eq!(opened, json!({ "plaintext": plaintext }));
            let again = ok(b.post(&format!("{}/encrypt", one(&key)), json!({ "plaintext": plaintext })).await);
            assert_ne!(sealed, again, "no two ciphertexts are alike");

            let path = format!("{PATH}{}", one(&key));
            assert_eq!(ok(b.api.get(&b.token, &path).await)["key"], key);
            let by_name = format!("{PATH}/key-name/{name}?projectId={}", b.project_id);
            assert_eq!(ok(b.api.get(&b.token, &by_name).await)["key"], key);
            let renamed =
                ok(b.api.call(&b.token, Method::PATCH, &path, json!({ "name": format!("{name}-2"), "isDisabled": true })).await);
            assert_eq!((&renamed["key"]["description"], &renamed["key"]["isDisabled"]), (&json!("for invoices"), &json!(true)));
            for (verb, body) in [("encrypt", json!({ "plaintext": plaintext })), ("decrypt", sealed.clone())] {
                says(&b.post(&format!("{}/{verb}", one(&key)), body).await, StatusCode::BAD_REQUEST, "Key is disabled");
            }
            ok(b.api.call(&b.token, Method::PATCH, &path, json!({ "isDisabled": false })).await);
            assert_eq!(ok(b.post(&format!("{}/decrypt", one(&key)), sealed.clone()).await)["plaintext"], plaintext);

            ok(b.api.call(&b.token, Method::DELETE, &path, json!({})).await);
            for answer in [b.api.get(&b.token, &path).await, b.post(&format!("{}/decrypt", one(&key)), sealed).await] {
                says(&answer, StatusCode::NOT_FOUND, "not found");
            }
            assert_eq!(b.api.get(&b.token, &by_name).await.status, StatusCode::NOT_FOUND);
        }
        let rows = arrange::audit_rows(&b.api.world).await;
        let metadata: String = rows.iter().map(|row| row.event_metadata.as_str()).collect();
        assert!(!metadata.contains("plaintext") && !metadata.contains("ciphertext"));
        let mut kinds: Vec<&str> = rows.iter().map(|row| row.event_type.as_str()).filter(|kind| kind.contains("cmek")).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds, ["cmek-decrypt", "cmek-encrypt", "create-cmek", "delete-cmek", "get-cmek", "update-cmek"]);
    })
    .await;
}

#[tokio::test]
async fn keys_sign_by_the_algorithms_of_their_kind_and_show_their_public_half() {
    on_each_backend(|world| async move {
        let b = Bench::over(world).await;
        let rsa = json!([
            "RSASSA_PSS_SHA_512",
            "RSASSA_PSS_SHA_384",
            "RSASSA_PSS_SHA_256",
            "RSASSA_PKCS1_V1_5_SHA_512",
            "RSASSA_PKCS1_V1_5_SHA_384",
            "RSASSA_PKCS1_V1_5_SHA_256"
        ]);
        let ecc = json!(["ECDSA_SHA_512", "ECDSA_SHA_384", "ECDSA_SHA_256"]);
        for (algorithm, schemes) in [("RSA_4096", rsa), ("ecc-nist-p256", ecc)] {
            let name = algorithm.to_lowercase().replace('_', "-");
            let key = b.made(json!({ "name": name, "keyUsage": "sign-verify", "encryptionAlgorithm": algorithm })).await;
            let listed = ok(b.api.get(&b.token, &format!("{PATH}{}/signing-algorithms", one(&key))).await);
            assert_eq!(listed["signingAlgorithms"], schemes);
            let public = ok(b.api.get(&b.token, &format!("{PATH}{}/public-key", one(&key))).await);
            let der = STANDARD.decode(public["publicKey"].as_str().unwrap()).unwrap();
            assert_eq!(der[0], 0x30, "a DER sequence");
            for scheme in schemes.as_array().unwrap() {
                let data = STANDARD.encode("an invoice");
                let mut body = json!({ "keyId": key["id"], "data": data, "signingAlgorithm": scheme, "isDigest": false });
                let signed = ok(b.post(&format!("{}/sign", one(&key)), body.clone()).await);
                assert_eq!((&signed["keyId"], &signed["signingAlgorithm"]), (&key["id"], scheme));
                body["signature"] = signed["signature"].clone();
                let verified = ok(b.post(&format!("{}/verify", one(&key)), body.clone()).await);
                assert_eq!(verified, json!({ "signatureValid": true, "keyId": key["id"], "signingAlgorithm": scheme }));
                body["data"] = json!(STANDARD.encode("another invoice"));
                assert_eq!(ok(b.post(&format!("{}/verify", one(&key)), body).await)["signatureValid"], false);
            }
            let foreign = if algorithm == "RSA_4096" { "ECDSA_SHA_256" } else { "RSASSA_PSS_SHA_256" };
            let body = json!({ "data": "aGk=", "signingAlgorithm": foreign, "isDigest": false });
            says(&b.post(&format!("{}/sign", one(&key)), body).await, StatusCode::BAD_REQUEST, "signs by");
            let body = json!({ "data": "aGk=", "signingAlgorithm": listed["signingAlgorithms"][0], "isDigest": true });
            says(&b.post(&format!("{}/sign", one(&key)), body).await, StatusCode::BAD_REQUEST, "64 bytes");
            says(
                &b.post(&format!("{}/encrypt", one(&key)), json!({ "plaintext": "aGk=" })).await,
                StatusCode::BAD_REQUEST,
                "cannot encrypt",
            );
            says(
                &b.post(&format!("{}/decrypt", one(&key)), json!({ "ciphertext": "aGk=" })).await,
                StatusCode::BAD_REQUEST,
                "cannot decrypt",
            );
        }
        let cipher = b.made(json!({ "name": "cipher" })).await;
        let body = json!({ "data": "aGk=", "signingAlgorithm": "ECDSA_SHA_256", "signature": "aGk=" });
        for verb in ["sign", "verify"] {
            says(&b.post(&format!("{}/{verb}", one(&cipher)), body.clone()).await, StatusCode::BAD_REQUEST, "cannot");
        }
        for what in ["public-key", "signing-algorithms"] {
            let answer = b.api.get(&b.token, &format!("{PATH}{}/{what}", one(&cipher))).await;
            says(&answer, StatusCode::BAD_REQUEST, "no public half");
        }
    })
    .await;
}

#[tokio::test]
async fn keys_are_listed_in_pages_by_name() {
    on_each_backend(|world| async move {
        let b = Bench::over(world).await;
        for name in ["beta", "alpha", "gamma-1"] {
            b.made(json!({ "name": name })).await;
        }
        let project_id = b.project_id;
        for (query, names, total) in [
            ("&offset=0&limit=100&orderBy=name&orderDirection=asc", json!(["alpha", "beta", "gamma-1"]), 3),
            ("&orderDirection=desc&limit=2", json!(["gamma-1", "beta"]), 3),
            ("&offset=2", json!(["gamma-1"]), 3),
            ("&search=ALPH", json!(["alpha"]), 1),
            ("&search=%25", json!([]), 0),
        ] {
            let listed = ok(b.api.get(&b.token, &format!("{PATH}?projectId={project_id}{query}")).await);
            let found: Vec<&Value> = listed["keys"].as_array().unwrap().iter().map(|key| &key["name"]).collect();
            assert_eq!((json!(found), &listed["totalCount"]), (names, &json!(total)), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused_with_reasons() {
    let b = Bench::over(World::new().await.unwrap()).await;
    let bad = json!({ "name": "Not a slug", "keyUsage": "both", "encryptionAlgorithm": "rot13", "description": "x".repeat(501) });
    let answer = b.post("", bad).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let paths: Vec<&Value> = answer.body["message"].as_array().unwrap().iter().map(|issue| &issue["path"][0]).collect();
    assert_eq!(json!(paths), json!(["projectId", "name", "description", "keyUsage", "encryptionAlgorithm"]));

    let key = b.made(json!({ "name": "cipher" })).await;
    let project_id = b.project_id;
    says(&b.post("", json!({ "projectId": project_id, "name": "cipher" })).await, StatusCode::BAD_REQUEST, "already exists");
    let other = b.made(json!({ "name": "other" })).await;
    let path = format!("{PATH}{}", one(&other));
    says(
        &b.api.call(&b.token, Method::PATCH, &path, json!({ "name": "cipher" })).await,
        StatusCode::BAD_REQUEST,
        "already exists",
    );
    let odd = json!({ "projectId": project_id, "name": "odd", "keyUsage": "sign-verify", "encryptionAlgorithm": "aes-256-gcm" });
    says(&b.post("", odd).await, StatusCode::BAD_REQUEST, "cannot be used for sign-verify");
    let answer = b.post(&format!("{}/encrypt", one(&key)), json!({ "plaintext": "not base64!" })).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.to_string().contains("not base64!"), "{}", answer.body);

    // A ciphertext opens under its own key alone, and only as it was.
    let sealed = ok(b.post(&format!("{}/encrypt", one(&key)), json!({ "plaintext": "aGk=" })).await);
    says(&b.post(&format!("{}/decrypt", one(&other)), sealed.clone()).await, StatusCode::BAD_REQUEST, "not made by this key");
    let mut bytes = STANDARD.decode(sealed["ciphertext"].as_str().unwrap()).unwrap();
    for at in [0, 1, bytes.len() - 1] {
        bytes[at] ^= 1;
        let answer = b.post(&format!("{}/decrypt", one(&key)), json!({ "ciphertext": STANDARD.encode(&bytes) })).await;
        says(&answer, StatusCode::BAD_REQUEST, "was altered");
        bytes[at] ^= 1;
    }
    says(&b.post(&format!("{}/decrypt", one(&key)), json!({ "ciphertext": "" })).await, StatusCode::BAD_REQUEST, "was altered");
    says(&b.api.get(&b.token, &format!("{PATH}/no-uuid")).await, StatusCode::NOT_FOUND, "Key with ID 'no-uuid' not found");
}

#[tokio::test]
async fn each_role_uses_keys_as_far_as_it_goes() {
    let b = Bench::over(World::new().await.unwrap()).await;
    let world = &b.api.world;
    let key = b.made(json!({ "name": "cipher" })).await;
    let signer = b.made(json!({ "name": "signer", "keyUsage": "sign-verify", "encryptionAlgorithm": "ECC_NIST_P256" })).await;
    let sealed = ok(b.post(&format!("{}/encrypt", one(&key)), json!({ "plaintext": "aGk=" })).await);
    let mut body = json!({ "data": "aGk=", "signingAlgorithm": "ECDSA_SHA_256", "isDigest": false });
    body["signature"] = ok(b.post(&format!("{}/sign", one(&signer)), body.clone()).await)["signature"].clone();
    for (role, may_read, may_use, may_write) in [
        ("viewer", true, false, false),
        ("cryptographic-operator", false, true, false),
        ("no-access", false, false, false),
        ("member", true, true, true),
    ] {
        let user = world.user(world.org_id, &format!("{role}@example.com"), "member").await.unwrap();
        world.grant(b.project_id, &user, role).await.unwrap();
        let token = b.api.token(&user);
        let create = json!({ "projectId": b.project_id, "name": format!("of-{role}") });
        for (method, path, body, may) in [
            (Method::GET, format!("?projectId={}", b.project_id), Value::Null, may_read),
            (Method::GET, one(&key), Value::Null, may_read),
            (Method::GET, format!("{}/public-key", one(&signer)), Value::Null, may_read),
            (Method::POST, format!("{}/encrypt", one(&key)), json!({ "plaintext": "aGk=" }), may_use),
            (Method::POST, format!("{}/decrypt", one(&key)), sealed.clone(), may_use),
            (Method::POST, format!("{}/sign", one(&signer)), body.clone(), may_use),
            (Method::POST, format!("{}/verify", one(&signer)), body.clone(), may_use),
            (Method::POST, String::new(), create, may_write),
            (Method::PATCH, one(&key), json!({ "description": "x" }), may_write),
        ] {
            let answer = b.api.call(&token, method.clone(), &format!("{PATH}{path}"), body).await;
            let wanted = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, wanted, "{role}: {method} {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn keys_lie_sealed_and_another_organization_finds_none_of_them() {
    let b = Bench::over(World::new().await.unwrap()).await;
    let world = &b.api.world;
    let key = b.made(json!({ "name": "cipher" })).await;
    let id = key["id"].as_str().unwrap().parse::<Uuid>().unwrap();
    let row: keyferry_db::entities::kms_keys::Model = keyferry_db::find_by_id(world.app.db.read(), id).await.unwrap().unwrap();
    // Header, data key id, nonce, 32 bytes and the tag: an envelope, not the key itself.
    assert!(row.material.len() > 32 + 28, "{}", row.material.len());
    let org_id = world.organization("elsewhere").await.unwrap();
    let stranger = b.api.token(&world.user(org_id, "eve@example.com", "admin").await.unwrap());
    let (theirs, none) = (format!("{PATH}/{id}"), format!("{PATH}/{}", Uuid::nil()));
    let (theirs, none) = (b.api.get(&stranger, &theirs).await, b.api.get(&stranger, &none).await);
    assert_eq!((theirs.status, none.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    let same = |answer: &Answer| answer.body["message"].as_str().unwrap().replace(&id.to_string(), &Uuid::nil().to_string());
    assert_eq!(same(&theirs), same(&none));
}

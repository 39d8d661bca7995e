//! The vectors of section 9: key schemas, what they make and match, and names.

use http::{Method, StatusCode};
use keyferry_domain::secret_syncs::KEY_SCHEMA_MESSAGE;
use keyferry_test_support::on_each_backend;
use serde_json::{Value, json};

use super::Bench;
use crate::secret_syncs::{PATH, issue, refused};

/// A schema of exactly this many characters.
fn schema_of(characters: usize) -> String {
    format!("{{{{secretKey}}}}{}", "a".repeat(characters - "{{secretKey}}".len()))
}

#[tokio::test]
async fn v9_key_schema_validity() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let longest = schema_of(255);
        let valid = [
            None,
            Some(""),
            Some("{{secretKey}}"),
            Some("SHOP_{{secretKey}}"),
            Some("{{environment}}_{{secretKey}}_X"),
            Some("a/b/{{secretKey}}"),
            Some("{{secretKey}}{{secretKey}}"),
            Some(longest.as_str()),
        ];
        for (at, schema) in valid.into_iter().enumerate() {
            let mut body = bench.s.body(&format!("valid-{at}"));
            body["isAutoSyncEnabled"] = json!(false);
            if let Some(schema) = schema {
                body["syncOptions"]["keySchema"] = json!(schema);
            }
            let made = bench.s.made(body).await;
            // Stored and answered as given; an absent one stays absent.
            assert_eq!(made["syncOptions"].get("keySchema"), schema.map(Value::from).as_ref());
        }
        let made = bench.sync(&bench.s.made(bench.s.body("changed")).await["id"]).await;
        let refusals =
            ["SHOP_", "{{environment}}", "{{ secretKey }}", "{{secretKey}}!", "{{", "{{secretKey}} X", "{{key}}_{{secretKey}}"];
        for schema in refusals {
            let options = json!({"initialSyncBehavior": "overwrite-destination", "keySchema": schema});
            let mut body = bench.s.body("invalid");
            body["syncOptions"] = options.clone();
            let expected = json!({"code": "custom", "message": KEY_SCHEMA_MESSAGE, "path": ["syncOptions", "keySchema"]});
            assert_eq!(*issue(&bench.s.create(body).await), expected, "{schema}");
            assert_eq!(*issue(&bench.s.patch(&made["id"], json!({"syncOptions": options})).await), expected, "{schema}");
        }
        let mut body = bench.s.body("long");
        body["syncOptions"]["keySchema"] = json!(schema_of(256));
        assert_eq!(
            *issue(&bench.s.create(body).await),
            json!({
                "code": "too_big", "maximum": 255, "type": "string", "inclusive": true, "exact": false,
                "message": "String must contain at most 255 character(s)", "path": ["syncOptions", "keySchema"]
            })
        );
    })
    .await;
}

/// Schema, secret, destination key, keys that match, keys that do not.
type Row = (Option<&'static str>, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// What "may be deleted" means is asked of a plan under the exact mirror (`unmanagedSecrets: "delete"`); the contract's own
/// default deletes what nobody here wrote, Keyferry's asks first.
#[tokio::test]
async fn v9_key_schema_applying_and_matching() {
    let rows: [Row; 5] = [
        (None, "TOKEN", "TOKEN", &["ANYTHING", "a/b", "x-1"], &[]),
        (Some("SHOP_{{secretKey}}"), "TOKEN", "SHOP_TOKEN", &["SHOP_OLD", "SHOP_"], &["TOKEN", "XSHOP_A"]),
        (Some("{{secretKey}}_{{environment}}"), "TOKEN", "TOKEN_prod", &["OLD_prod"], &["OLD_dev"]),
        (Some("A{{secretKey}}A"), "B", "ABA", &["AA", "AXA"], &["A"]),
        (Some("app/{{secretKey}}"), "K", "app/K", &["app/OLD"], &["app/x/OLD"]),
    ];
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let world = &bench.s.api.world;
        for (schema, secret, destination_key, matching, foreign) in rows {
            bench.put(secret, "v").await;
            for key in matching.iter().chain(foreign) {
                assert!(world.sim.state().set_variable(&world.account_id, *key, "theirs", false, false));
            }
            let mut body = bench.s.body("vector");
            body["syncOptions"]["unmanagedSecrets"] = json!("delete");
            if let Some(schema) = schema {
                body["syncOptions"]["keySchema"] = json!(schema);
            }
            let (status, answer) = bench.call(Method::POST, &format!("{PATH}/plan"), body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            let items = answer["plan"]["items"].as_array().unwrap();
            let decided = |key: &str| {
                let item = items.iter().find(|item| item["destinationKey"] == key).unwrap_or(&Value::Null);
                (item["action"].as_str().unwrap_or("none"), item["reason"].as_str().unwrap_or("none"))
            };
            assert_eq!(decided(destination_key), ("create", "new"), "{schema:?}");
            for key in matching {
                assert_eq!(decided(key), ("delete", "unmanaged"), "{schema:?} matches {key}");
            }
            for key in foreign {
                assert_eq!(decided(key), ("keep", "outside_schema"), "{schema:?} leaves {key} alone");
            }
            for key in matching.iter().chain(foreign) {
                world.sim.state().delete_variable(&world.account_id, key);
            }
            let body = json!({"projectId": bench.s.project_id, "environment": "prod", "secretPath": "/"});
            let (status, answer) = bench.call(Method::DELETE, &format!("/api/v4/secrets/{secret}"), body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn v9_name_rule() {
    on_each_backend(|world| async move {
        let bench = Bench::new(world).await;
        let create = async |name: &str| {
            let body = json!({
                "name": name, "method": "api-key", "credentials": {"apiKey": bench.s.api.world.api_key}
            });
            bench.s.api.call(&bench.s.token, Method::POST, "/api/v1/app-connections/checkly", body).await
        };
        let longest = "a".repeat(64);
        for name in ["a", "checkly-eu", "checkly-2", &longest] {
            let answer = create(name).await;
            assert_eq!((answer.status, &answer.body["appConnection"]["name"]), (StatusCode::OK, &json!(name)));
        }
        assert_eq!(create(" trimmed ").await.body["appConnection"]["name"], "trimmed");
        bench.calls();
        let charset = "name field can only contain lowercase letters, numbers, and hyphens";
        for name in ["Checkly", "checkly_eu", "-a", "a-", "a--b", "a b", "é"] {
            let answer = create(name).await;
            assert_eq!(*issue(&answer), json!({"code": "custom", "message": charset, "path": ["name"]}), "{name}");
        }
        for name in ["", "  "] {
            let answer = create(name).await;
            let issues = answer.body["message"].as_array().unwrap();
            assert_eq!(issues[0]["message"], "name field must be at least 1 lowercase character", "{}", answer.body);
            assert_eq!((&issues[0]["code"], &issues[0]["minimum"]), (&json!("too_small"), &json!(1)));
        }
        let answer = create(&"a".repeat(65)).await;
        let expected = json!({
            "code": "too_big", "maximum": 64, "type": "string", "inclusive": true, "exact": false,
            "message": "name field must be at most 64 lowercase characters", "path": ["name"]
        });
        assert_eq!(*issue(&answer), expected);
        assert_eq!(bench.calls(), 0, "a name is looked at before Checkly is asked");

        // Names of syncs follow the same rule, up to 256 characters.
        assert_eq!(bench.s.create(bench.s.body(&"a".repeat(256))).await.status, StatusCode::OK);
        let answer = bench.s.create(bench.s.body(&"a".repeat(257))).await;
        assert_eq!(issue(&answer)["message"], "name field must be at most 256 lowercase characters");
        let answer = bench.s.create(bench.s.body("Shop")).await;
        assert_eq!(issue(&answer)["message"], charset);
        let text = format!("Could not find Checkly Sync with name \"{}\"", "Shop");
        let named = format!("{PATH}/sync-name/Shop?projectId={}", bench.s.project_id);
        refused(&bench.s.api.get(&bench.s.token, &named).await, StatusCode::NOT_FOUND, &text);
    })
    .await;
}

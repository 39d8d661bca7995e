//! The contract's table of issues, row by row (connections and syncs, section 1.3), and what surrounds it.

use keyferry_api::wire::{
    Codec as _, Decode, Either, Fields, any, boolean, datetime, decode, describe, either, enumeration, int, int_text, list,
    literal, loose_bool, nothing, object, record, slug, string_bool, text, uuid,
};
use keyferry_domain::Error;
use serde_json::{Value, json};

/// What is wrong with a value read as `T`.
fn issues<T: Decode>(value: Value) -> Vec<Value> {
    match decode::<T>(&value) {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(issues)) => issues.into_iter().map(|issue| issue.body).collect(),
        Err(other) => panic!("{other}"),
    }
}

/// A type with one required field `f`, read by a codec.
macro_rules! one_field {
    ($name:ident, $out:ty, $codec:expr) => {
        struct $name($out);
        impl Decode for $name {
            fn decode(f: &mut Fields<'_>) -> Option<Self> {
                let value = f.required("f", $codec);
                Some(Self(value?))
            }
        }
    };
}

one_field!(Plain, String, text().trim().min(1).message("API Key required").max(5));
one_field!(Id, uuid::Uuid, uuid());
one_field!(Fixed, (), literal("overwrite-destination"));
one_field!(Word, bool, string_bool());
one_field!(Slugged, String, slug(1, 64));
one_field!(Count, i64, int().min(1).max(10));
one_field!(Typed, i64, int_text().min(1));
one_field!(Flag, bool, boolean());
one_field!(Loose, bool, loose_bool());
one_field!(Moment, i64, datetime());
one_field!(Mail, String, text().email());
one_field!(Raw, Value, any());
one_field!(Items, Vec<String>, list(text().min(2)).min(1).max(2));
one_field!(Map, Vec<(String, i64)>, record(int()));
one_field!(Choice, Either<String, i64>, either(text().max(3), int()));
one_field!(Nested, Plain, object::<Plain>());
one_field!(Ruled, String, text().rule(|word| if word == "no" { Err("not no") } else { Ok(()) }));
one_field!(Colour, &'static str, enumeration(&["red", "blue"]));

#[test]
fn missing_and_wrong_types() {
    assert_eq!(
        issues::<Plain>(json!({})),
        [json!({"code":"invalid_type","expected":"string","received":"undefined","path":["f"],"message":"Required"})]
    );
    assert_eq!(
        issues::<Plain>(json!({"f": 1})),
        [
            json!({"code":"invalid_type","expected":"string","received":"number","path":["f"],"message":"Expected string, received number"})
        ]
    );
    assert_eq!(
        issues::<Flag>(json!({"f": null})),
        [
            json!({"code":"invalid_type","expected":"boolean","received":"null","path":["f"],"message":"Expected boolean, received null"})
        ]
    );
    assert_eq!(
        issues::<Plain>(json!([])),
        [
            json!({"code":"invalid_type","expected":"object","received":"array","path":[],"message":"Expected object, received array"})
        ]
    );
}

#[test]
fn lengths() {
    assert_eq!(
        issues::<Plain>(json!({"f": "  "})),
        [
            json!({"code":"too_small","minimum":1,"type":"string","inclusive":true,"exact":false,"message":"API Key required","path":["f"]})
        ]
    );
    assert_eq!(
        issues::<Plain>(json!({"f": "abcdef"})),
        [json!({"code":"too_big","maximum":5,"type":"string","inclusive":true,"exact":false,
            "message":"String must contain at most 5 character(s)","path":["f"]})]
    );
    assert!(issues::<Plain>(json!({"f": "  abcde  "})).is_empty());
    assert_eq!(decode::<Plain>(&json!({"f": "  abcde  "})).unwrap().0, "abcde");
    // JavaScript counts this face as two.
    assert_eq!(issues::<Plain>(json!({"f": "😀😀😀"})).len(), 1);
}

#[test]
fn ids_words_and_literals() {
    assert_eq!(
        issues::<Id>(json!({"f": "7"})),
        [json!({"validation":"uuid","code":"invalid_string","message":"Invalid uuid","path":["f"]})]
    );
    assert_eq!(issues::<Id>(json!({"f": "{9c2f6b7e-4c1d-4d55-8a1c-7a51e0c1d2f3}"})).len(), 1);
    assert!(!decode::<Id>(&json!({"f": "9C2F6B7E-4c1d-4d55-8a1c-7a51e0c1d2f3"})).unwrap().0.is_nil());
    assert_eq!(
        issues::<Fixed>(json!({"f": "import-prioritize-source"})),
        [json!({"received":"import-prioritize-source","code":"invalid_literal","expected":"overwrite-destination","path":["f"],
            "message":"Invalid literal value, expected \"overwrite-destination\""})]
    );
    assert_eq!(
        issues::<Word>(json!({"f": "yes"})),
        [json!({"received":"yes","code":"invalid_enum_value","options":["true","false"],"path":["f"],
            "message":"Invalid enum value. Expected 'true' | 'false', received 'yes'"})]
    );
    assert_eq!(
        issues::<Colour>(json!({})),
        [json!({"expected":"'red' | 'blue'","received":"undefined","code":"invalid_type","path":["f"],"message":"Required"})]
    );
    assert_eq!(decode::<Colour>(&json!({"f": "blue"})).unwrap().0, "blue");
    assert!(decode::<Word>(&json!({"f": "true"})).unwrap().0);
    assert!(!decode::<Loose>(&json!({"f": "False"})).unwrap().0);
    assert!(decode::<Loose>(&json!({"f": "True"})).unwrap().0);
    assert!(decode::<Flag>(&json!({"f": true})).unwrap().0);
    decode::<Fixed>(&json!({"f": "overwrite-destination"})).unwrap();
}

#[test]
fn slugs_begin_their_messages_with_the_field() {
    let custom = |value: &str| issues::<Slugged>(json!({ "f": value }));
    assert_eq!(
        custom(""),
        [json!({"code":"too_small","minimum":1,"type":"string","inclusive":true,"exact":false,
            "message":"f field must be at least 1 lowercase character","path":["f"]})]
    );
    assert_eq!(
        custom(&"a".repeat(65)),
        [json!({"code":"too_big","maximum":64,"type":"string","inclusive":true,"exact":false,
            "message":"f field must be at most 64 lowercase characters","path":["f"]})]
    );
    for wrong in ["Checkly", "a_b", "a.b", "a b", "-a", "a-", "a--b"] {
        assert_eq!(
            custom(wrong),
            [json!({"code":"custom","message":"f field can only contain lowercase letters, numbers, and hyphens","path":["f"]})]
        );
    }
    assert_eq!(decode::<Slugged>(&json!({"f": " checkly-eu2 "})).unwrap().0, "checkly-eu2");
}

#[test]
fn numbers_and_moments() {
    assert_eq!(issues::<Count>(json!({"f": 0}))[0]["message"], "Number must be greater than or equal to 1");
    assert_eq!(issues::<Count>(json!({"f": 11}))[0]["message"], "Number must be less than or equal to 10");
    assert_eq!(
        issues::<Count>(json!({"f": 1.5})),
        [
            json!({"code":"invalid_type","expected":"integer","received":"float","message":"Expected integer, received float","path":["f"]})
        ]
    );
    assert_eq!(issues::<Count>(json!({"f": "1"}))[0]["received"], "string");
    assert_eq!(decode::<Typed>(&json!({"f": "20"})).unwrap().0, 20);
    assert_eq!(decode::<Count>(&json!({"f": 3.0})).unwrap().0, 3);
    assert_eq!(issues::<Typed>(json!({"f": "x"}))[0]["received"], "nan");
    assert_eq!(issues::<Typed>(json!({"f": "1e300"}))[0]["code"], "too_big");
    assert_eq!(decode::<Moment>(&json!({"f": "1970-01-01T00:00:01.5Z"})).unwrap().0, 1500);
    assert_eq!(issues::<Moment>(json!({"f": "yesterday"}))[0]["validation"], "datetime");
    assert_eq!(issues::<Mail>(json!({"f": "nobody"}))[0]["validation"], "email");
    assert_eq!(decode::<Mail>(&json!({"f": "a@b.example"})).unwrap().0, "a@b.example");
}

#[test]
fn lists_maps_and_nesting_carry_their_path() {
    assert_eq!(
        issues::<Items>(json!({"f": []})),
        [json!({"code":"too_small","minimum":1,"type":"array","inclusive":true,"exact":false,
            "message":"Array must contain at least 1 element(s)","path":["f"]})]
    );
    assert_eq!(issues::<Items>(json!({"f": ["aa", "b"]}))[0]["path"], json!(["f", 1]));
    assert_eq!(decode::<Items>(&json!({"f": ["aa"]})).unwrap().0, ["aa"]);
    assert_eq!(issues::<Map>(json!({"f": {"k": "v"}}))[0]["path"], json!(["f", "k"]));
    assert_eq!(decode::<Map>(&json!({"f": {"b": 1, "a": 2}})).unwrap().0, [("b".to_owned(), 1), ("a".to_owned(), 2)]);
    assert_eq!(issues::<Nested>(json!({"f": {}}))[0]["path"], json!(["f", "f"]));
    assert_eq!(decode::<Nested>(&json!({"f": {"f": "x", "unknown": 1}})).unwrap().0.0, "x");
    assert_eq!(issues::<Ruled>(json!({"f": "no"})), [json!({"code":"custom","message":"not no","path":["f"]})]);
    assert_eq!(decode::<Ruled>(&json!({"f": "yes"})).unwrap().0, "yes");
}

#[test]
fn alternatives() {
    assert_eq!(decode::<Choice>(&json!({"f": 7})).unwrap().0, Either::Second(7));
    let wrong = issues::<Choice>(json!({"f": true}));
    assert_eq!(wrong[0]["code"], "invalid_union");
    assert_eq!(wrong[0]["message"], "Invalid input");
    assert_eq!(wrong[0]["unionErrors"][1]["issues"][0]["expected"], "number");
    assert_eq!(issues::<Choice>(json!({"f": "long"}))[0]["code"], "too_big", "a flaw of the right kind is told itself");
}

#[test]
fn the_nul_character_is_refused_everywhere() {
    for found in [
        issues::<Raw>(json!({"f": [{"a\u{0}": 1}]})),
        issues::<Plain>(json!({"f": "a\u{0}b"})),
        issues::<Map>(json!({"f": {"a\u{0}": 1}})),
    ] {
        assert_eq!(found[0]["message"], "Text must not contain the NUL character");
    }
    assert_eq!(decode::<Raw>(&json!({"f": {"a": [1]}})).unwrap().0, json!({"a": [1]}));
}

/// Shaped like the creation of a connection.
#[derive(Debug)]
struct Connection {
    key: String,
    name: String,
    description: Option<Option<String>>,
    note: Option<String>,
    auto: bool,
    owner: Option<String>,
}

impl Decode for Connection {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let key = f.variant("method", &["api-key"], |f, _| f.required("credentials", object::<Plain>()));
        let name = f.required("name", slug(1, 64));
        let description = f.nullable("description", text().max(3));
        let note = f.optional("note", text());
        let auto = f.default("auto", boolean(), true);
        let owner = f.required_nullable("owner", text());
        let gateway = f.optional("gatewayId", nothing());
        if name.as_deref() == Some("taken") {
            f.custom(&["name"], "Taken");
        }
        gateway?;
        Some(Self { key: key?.0, name: name?, description: description?, note: note?, auto: auto?, owner: owner? })
    }
}

#[test]
fn all_issues_come_at_once_in_the_order_of_the_fields() {
    let found = issues::<Connection>(json!({
        "method": "api-key", "credentials": {"f": ""}, "description": "long", "auto": "yes", "gatewayId": "g"
    }));
    let paths: Vec<&Value> = found.iter().map(|issue| &issue["path"]).collect();
    assert_eq!(
        paths,
        [
            &json!(["credentials", "f"]),
            &json!(["name"]),
            &json!(["description"]),
            &json!(["auto"]),
            &json!(["owner"]),
            &json!(["gatewayId"])
        ]
    );
    assert_eq!(found[5]["code"], "invalid_union");
    assert_eq!(found[5]["unionErrors"].as_array().unwrap().len(), 2);
}

#[test]
fn an_unknown_method_hides_its_own_fields_only() {
    for body in [json!({"name": "a", "owner": null}), json!({"method": "oauth", "name": "a", "owner": null})] {
        assert_eq!(
            issues::<Connection>(body),
            [json!({"code":"invalid_union_discriminator","options":["api-key"],"path":["method"],
                "message":"Invalid discriminator value. Expected 'api-key'"})]
        );
    }
}

#[test]
fn absent_null_and_value_are_told_apart() {
    let read = |extra: Value| {
        let mut body = json!({"method": "api-key", "credentials": {"f": "k"}, "name": "n", "owner": null});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        decode::<Connection>(&body).unwrap()
    };
    let bare = read(json!({"unknown": [1, 2]}));
    assert_eq!((bare.key.as_str(), bare.name.as_str(), bare.auto), ("k", "n", true));
    assert_eq!((bare.description, bare.note, bare.owner), (None, None, None));
    let nulls = read(json!({"description": null, "note": null, "auto": null, "gatewayId": null}));
    assert_eq!((nulls.description, nulls.note, nulls.auto), (Some(None), None, true));
    let full = read(json!({"description": "d", "note": "", "auto": false, "owner": "o"}));
    assert_eq!(full.description, Some(Some("d".to_owned())));
    assert_eq!((full.note.as_deref(), full.auto, full.owner.as_deref()), (Some(""), false, Some("o")));
}

#[test]
fn a_rule_across_fields_makes_the_whole_invalid() {
    let body = json!({"method": "api-key", "credentials": {"f": "k"}, "name": "taken", "owner": null});
    assert_eq!(issues::<Connection>(body), [json!({"code":"custom","message":"Taken","path":["name"]})]);
}

#[test]
fn the_same_declaration_is_the_schema() {
    let schema = describe::<Connection>();
    assert_eq!(schema["required"], json!(["method", "credentials", "name", "owner"]));
    assert_eq!(schema["properties"]["method"]["enum"], json!(["api-key"]));
    assert_eq!(schema["properties"]["credentials"]["properties"]["f"]["maxLength"], 5);
    assert_eq!(schema["properties"]["description"]["anyOf"][1]["type"], "null");
    for (schema, expected) in [
        (describe::<Id>(), json!({"type": "string", "format": "uuid"})),
        (
            describe::<Items>(),
            json!({"type": "array", "items": {"type": "string", "minLength": 2}, "minItems": 1, "maxItems": 2}),
        ),
        (describe::<Map>(), json!({"type": "object", "additionalProperties": {"type": "integer"}})),
        (describe::<Fixed>(), json!({"const": "overwrite-destination"})),
    ] {
        assert_eq!(schema["properties"]["f"], expected);
    }
}

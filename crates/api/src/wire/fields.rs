//! Reads the fields of an object, or (from the same calls) describes them.

use serde_json::{Map, Value, json};

use super::choice::quoted;
use super::codec::Codec;
use super::sink::Sink;

/// A type that is read from an object.
///
/// All calls on [`Fields`] come first and unconditionally, so that every issue is found; `?` stands only in the last expression.
/// While a type is described, every call returns `None`.
pub trait Decode: Sized {
    /// Whether anything is read; `()` reads nothing, whatever is sent.
    const READS: bool = true;

    /// Reads the fields.
    fn decode(f: &mut Fields<'_>) -> Option<Self>;
}

impl Decode for () {
    const READS: bool = false;

    fn decode(_: &mut Fields<'_>) -> Option<Self> {
        Some(())
    }
}

/// The JSON Schema of an object type.
#[must_use]
pub fn describe<T: Decode>() -> Value {
    let mut shape = Shape::default();
    let described = T::decode(&mut Fields { mode: Mode::Describe(&mut shape) });
    debug_assert!(described.is_none() || shape.properties.is_empty(), "fields must end with `?` on each value read");
    let mut schema = json!({ "type": "object", "properties": shape.properties });
    if !shape.required.is_empty() {
        schema["required"] = Value::from(shape.required);
    }
    schema
}

#[derive(Default)]
struct Shape {
    properties: Map<String, Value>,
    required: Vec<String>,
}

enum Mode<'a> {
    Decode { map: &'a Map<String, Value>, sink: &'a mut Sink },
    Describe(&'a mut Shape),
}

/// The fields of one object.
pub struct Fields<'a> {
    mode: Mode<'a>,
}

impl<'a> Fields<'a> {
    pub(crate) fn decoding(map: &'a Map<String, Value>, sink: &'a mut Sink) -> Self {
        Self { mode: Mode::Decode { map, sink } }
    }

    /// A field that must be there.
    pub fn required<C: Codec>(&mut self, name: &'static str, codec: C) -> Option<C::Out> {
        match &mut self.mode {
            Mode::Decode { map, sink } => sink.at(name, |sink| codec.decode(map.get(name), sink)),
            Mode::Describe(shape) => {
                shape.required.push(name.to_owned());
                shape.describe(name, codec.schema())
            }
        }
    }

    /// A field that may be absent; `null` counts as absent (core API contract, section 10.2).
    pub fn optional<C: Codec>(&mut self, name: &'static str, codec: C) -> Option<Option<C::Out>> {
        match &mut self.mode {
            Mode::Decode { map, sink } => match map.get(name).filter(|value| !codec.is_absent(value)) {
                None => Some(None),
                Some(value) => sink.at(name, |sink| codec.decode(Some(value), sink)).map(Some),
            },
            Mode::Describe(shape) => shape.describe(name, codec.schema()),
        }
    }

    /// A field with a value for when it is absent or `null`.
    pub fn default<C: Codec>(&mut self, name: &'static str, codec: C, value: impl Into<C::Out>) -> Option<C::Out> {
        self.optional(name, codec).map(|read| read.unwrap_or_else(|| value.into()))
    }

    /// A field whose `null` means something else than its absence: absent `None`, `null` `Some(None)`.
    pub fn nullable<C: Codec>(&mut self, name: &'static str, codec: C) -> Option<Option<Option<C::Out>>> {
        match &mut self.mode {
            Mode::Decode { map, sink } => match map.get(name) {
                None => Some(None),
                Some(Value::Null) => Some(Some(None)),
                Some(value) => sink.at(name, |sink| codec.decode(Some(value), sink)).map(|read| Some(Some(read))),
            },
            Mode::Describe(shape) => shape.describe(name, or_null(codec.schema())),
        }
    }

    /// A field that must be there and may be `null`.
    pub fn required_nullable<C: Codec>(&mut self, name: &'static str, codec: C) -> Option<Option<C::Out>> {
        match &mut self.mode {
            Mode::Decode { map, sink } => match map.get(name) {
                Some(Value::Null) => Some(None),
                value => sink.at(name, |sink| codec.decode(value, sink)).map(Some),
            },
            Mode::Describe(shape) => {
                shape.required.push(name.to_owned());
                shape.describe(name, or_null(codec.schema()))
            }
        }
    }

    /// A word that decides which further fields there are. An unknown word is the only issue; its fields are not read.
    pub fn variant<T>(
        &mut self,
        name: &'static str,
        words: &'static [&'static str],
        mut read: impl FnMut(&mut Self, &'static str) -> Option<T>,
    ) -> Option<T> {
        match &mut self.mode {
            Mode::Decode { map, sink } => {
                let given = map.get(name).and_then(Value::as_str);
                match words.iter().find(|word| Some(**word) == given) {
                    Some(word) => read(self, word),
                    None => {
                        let message = format!("Invalid discriminator value. Expected {}", quoted(words));
                        let issue = json!({ "code": "invalid_union_discriminator", "options": words, "message": message });
                        sink.at(name, |sink| sink.push(issue));
                        None
                    }
                }
            }
            Mode::Describe(shape) => {
                shape.required.push(name.to_owned());
                shape.describe::<()>(name, json!({ "type": "string", "enum": words }));
                for word in words {
                    read(self, word);
                }
                None
            }
        }
    }

    /// Adds an issue of our own at a field: a rule across several.
    pub fn custom(&mut self, path: &[&'static str], message: &str) {
        if let Mode::Decode { sink, .. } = &mut self.mode {
            at_path(sink, path, message);
        }
    }

    /// Whether a field was sent at all, `null` included; never while describing.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        match &self.mode {
            Mode::Decode { map, .. } => map.contains_key(name),
            Mode::Describe(_) => false,
        }
    }
}

fn at_path(sink: &mut Sink, path: &[&'static str], message: &str) {
    match path {
        [] => sink.custom(message),
        [first, rest @ ..] => sink.at(*first, |sink| at_path(sink, rest, message)),
    }
}

impl Shape {
    fn describe<T>(&mut self, name: &str, schema: Value) -> Option<T> {
        self.required.dedup();
        self.properties.insert(name.to_owned(), schema);
        None
    }
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

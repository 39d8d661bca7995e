//! Lists, objects, maps, raw values, and alternatives.

use std::marker::PhantomData;

use serde_json::{Map, Value, json};

use super::codec::Codec;
use super::fields::{Decode, Fields, describe};
use super::sink::Sink;
use super::text::NUL;

/// A list of values of one kind.
#[must_use]
pub fn list<C: Codec>(item: C) -> List<C> {
    List { item, min: None, max: None }
}

/// See [`list`].
pub struct List<C> {
    item: C,
    min: Option<(usize, Option<&'static str>)>,
    max: Option<(usize, Option<&'static str>)>,
}

impl<C> List<C> {
    /// At least so many.
    #[must_use]
    pub fn min(mut self, count: usize) -> Self {
        self.min = Some((count, None));
        self
    }

    /// At least so many, and what to say otherwise.
    #[must_use]
    pub fn min_or(mut self, count: usize, message: &'static str) -> Self {
        self.min = Some((count, Some(message)));
        self
    }

    /// At most so many.
    #[must_use]
    pub fn max(mut self, count: usize) -> Self {
        self.max = Some((count, None));
        self
    }

    /// At most so many, and what to say otherwise.
    #[must_use]
    pub fn max_or(mut self, count: usize, message: &'static str) -> Self {
        self.max = Some((count, Some(message)));
        self
    }
}

impl<C: Codec> Codec for List<C> {
    type Out = Vec<C::Out>;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<Vec<C::Out>> {
        let Some(Value::Array(items)) = value else {
            sink.wrong_type("array", value);
            return None;
        };
        let before = sink.len();
        if let Some((least, message)) = self.min.filter(|(least, _)| items.len() < *least) {
            let message = message.map_or_else(|| format!("Array must contain at least {least} element(s)"), str::to_owned);
            sink.push(json!({
                "code": "too_small", "minimum": least, "type": "array", "inclusive": true, "exact": false, "message": message
            }));
        }
        if let Some((most, message)) = self.max.filter(|(most, _)| items.len() > *most) {
            let message = message.map_or_else(|| format!("Array must contain at most {most} element(s)"), str::to_owned);
            sink.push(json!({
                "code": "too_big", "maximum": most, "type": "array", "inclusive": true, "exact": false, "message": message
            }));
            // Nothing is gained by reading a list that is too long.
            return None;
        }
        let mut read = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if let Some(item) = sink.at(index, |sink| self.item.decode(Some(item), sink)) {
                read.push(item);
            }
        }
        (sink.len() == before).then_some(read)
    }

    fn schema(&self) -> Value {
        let mut schema = json!({ "type": "array", "items": self.item.schema() });
        if let Some((least, _)) = self.min {
            schema["minItems"] = Value::from(least);
        }
        if let Some((most, _)) = self.max {
            schema["maxItems"] = Value::from(most);
        }
        schema
    }
}

/// An object with known fields; unknown ones are dropped.
#[must_use]
pub fn object<T: Decode>() -> Object<T> {
    Object(PhantomData)
}

/// See [`object`].
pub struct Object<T>(PhantomData<T>);

impl<T: Decode> Codec for Object<T> {
    type Out = T;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<T> {
        let Some(Value::Object(map)) = value else {
            sink.wrong_type("object", value);
            return None;
        };
        let before = sink.len();
        let read = T::decode(&mut Fields::decoding(map, sink));
        read.filter(|_| sink.len() == before)
    }

    fn schema(&self) -> Value {
        describe::<T>()
    }
}

/// An object with any keys and values of one kind, in the order given.
#[must_use]
pub fn record<C: Codec>(item: C) -> Record<C> {
    Record { item }
}

/// See [`record`].
pub struct Record<C> {
    item: C,
}

impl<C: Codec> Codec for Record<C> {
    type Out = Vec<(String, C::Out)>;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<Vec<(String, C::Out)>> {
        let Some(Value::Object(map)) = value else {
            sink.wrong_type("object", value);
            return None;
        };
        let before = sink.len();
        let mut read = Vec::with_capacity(map.len());
        for (key, item) in map {
            let item = sink.at(key.as_str(), |sink| {
                if key.contains('\0') {
                    sink.custom(NUL);
                }
                self.item.decode(Some(item), sink)
            });
            if let Some(item) = item {
                read.push((key.clone(), item));
            }
        }
        (sink.len() == before).then_some(read)
    }

    fn schema(&self) -> Value {
        json!({ "type": "object", "additionalProperties": self.item.schema() })
    }
}

/// Any value, as it is.
#[must_use]
pub fn any() -> Any {
    Any
}

/// See [`any`].
pub struct Any;

impl Codec for Any {
    type Out = Value;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<Value> {
        let Some(value) = value else {
            sink.wrong_type("any", None);
            return None;
        };
        if has_nul(value) {
            sink.custom(NUL);
            return None;
        }
        Some(value.clone())
    }

    fn schema(&self) -> Value {
        Value::Object(Map::new())
    }
}

/// Depth is bounded where bodies are parsed.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(key, item)| key.contains('\0') || has_nul(item)),
        _ => false,
    }
}

/// One way of reading or another.
#[must_use]
pub fn either<A: Codec, B: Codec>(first: A, second: B) -> EitherCodec<A, B> {
    EitherCodec { first, second }
}

/// What [`either`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// By the first way.
    First(A),
    /// By the second way.
    Second(B),
}

/// See [`either`].
pub struct EitherCodec<A, B> {
    first: A,
    second: B,
}

impl<A: Codec, B: Codec> Codec for EitherCodec<A, B> {
    type Out = Either<A::Out, B::Out>;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<Self::Out> {
        let mut first = sink.fork();
        if let Some(read) = self.first.decode(value, &mut first) {
            return Some(Either::First(read));
        }
        let mut second = sink.fork();
        if let Some(read) = self.second.decode(value, &mut second) {
            return Some(Either::Second(read));
        }
        let attempts = [first.into_issues(), second.into_issues()];
        // The right kind of value with a flaw: that flaw is the answer, not the whole union.
        if let Some(flaws) = attempts.iter().find(|issues| issues.iter().all(is_flaw)) {
            sink.append(flaws.clone());
            return None;
        }
        let errors: Vec<Value> = attempts.into_iter().map(|issues| json!({ "issues": issues, "name": "ZodError" })).collect();
        sink.push(json!({ "code": "invalid_union", "unionErrors": errors, "message": "Invalid input" }));
        None
    }

    fn schema(&self) -> Value {
        json!({ "anyOf": [self.first.schema(), self.second.schema()] })
    }

    fn is_absent(&self, value: &Value) -> bool {
        self.first.is_absent(value) && self.second.is_absent(value)
    }
}

fn is_flaw(issue: &Value) -> bool {
    matches!(issue["code"].as_str(), Some("too_small" | "too_big" | "invalid_string" | "custom"))
}

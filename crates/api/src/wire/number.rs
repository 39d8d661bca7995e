//! Whole numbers, in bodies and (as texts) in queries.

use serde_json::{Value, json};

use super::codec::Codec;
use super::sink::Sink;

/// A whole number.
#[must_use]
pub fn int() -> Int {
    Int { min: None, max: None, from_text: false }
}

/// A whole number that may be written as a text, for queries and forms.
#[must_use]
pub fn int_text() -> Int {
    Int { from_text: true, ..int() }
}

/// See [`int`].
#[derive(Clone, Copy)]
pub struct Int {
    min: Option<i64>,
    max: Option<i64>,
    from_text: bool,
}

impl Int {
    /// At least.
    #[must_use]
    pub fn min(mut self, least: i64) -> Self {
        self.min = Some(least);
        self
    }

    /// At most.
    #[must_use]
    pub fn max(mut self, most: i64) -> Self {
        self.max = Some(most);
        self
    }
}

/// The largest whole number that JavaScript holds exactly.
const SAFE: f64 = 9_007_199_254_740_991.0;

impl Codec for Int {
    type Out = i64;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<i64> {
        let number = match value {
            Some(Value::Number(number)) => number.as_f64().unwrap_or(f64::INFINITY),
            Some(Value::String(text)) if self.from_text => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => number,
                _ => {
                    sink.push(json!({
                        "code": "invalid_type", "expected": "number", "received": "nan", "message": "Expected number, received nan"
                    }));
                    return None;
                }
            },
            other => {
                sink.wrong_type("number", other);
                return None;
            }
        };
        if number.fract() != 0.0 || !number.is_finite() {
            sink.push(json!({
                "code": "invalid_type", "expected": "integer", "received": "float", "message": "Expected integer, received float"
            }));
            return None;
        }
        let before = sink.len();
        let least = self.min.unwrap_or(-9_007_199_254_740_991);
        let most = self.max.unwrap_or(9_007_199_254_740_991);
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within i64 or refused by the bounds below")]
        let read = number.clamp(-2.0 * SAFE, 2.0 * SAFE) as i64;
        if read < least {
            sink.push(json!({
                "code": "too_small", "minimum": least, "type": "number", "inclusive": true, "exact": false,
                "message": format!("Number must be greater than or equal to {least}")
            }));
        }
        if read > most {
            sink.push(json!({
                "code": "too_big", "maximum": most, "type": "number", "inclusive": true, "exact": false,
                "message": format!("Number must be less than or equal to {most}")
            }));
        }
        (sink.len() == before).then_some(read)
    }

    fn schema(&self) -> Value {
        let mut schema = json!({ "type": "integer" });
        if let Some(least) = self.min {
            schema["minimum"] = Value::from(least);
        }
        if let Some(most) = self.max {
            schema["maximum"] = Value::from(most);
        }
        schema
    }
}

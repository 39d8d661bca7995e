//! How one value is read, and what can be said about any way of reading.

use serde_json::Value;

use super::sink::Sink;

/// Reads one value. `None` for the value means that it is not there.
pub trait Codec {
    /// What is read.
    type Out;

    /// Reads a value; `None` after at least one issue was added.
    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<Self::Out>;

    /// The JSON Schema of what is accepted.
    fn schema(&self) -> Value;

    /// Whether a value counts as not there, where it need not be there.
    fn is_absent(&self, value: &Value) -> bool {
        value.is_null()
    }

    /// Changes what was read.
    fn map<U, F: Fn(Self::Out) -> U>(self, change: F) -> Map<Self, F>
    where
        Self: Sized,
    {
        Map { inner: self, change }
    }

    /// Changes what was read, or says in a `custom` issue why it cannot be used.
    fn try_map<U, M: AsRef<str>, F: Fn(Self::Out) -> Result<U, M>>(self, change: F) -> TryMap<Self, F>
    where
        Self: Sized,
    {
        TryMap { inner: self, change }
    }

    /// Looks at what was read and may say in a `custom` issue why it cannot be used.
    fn rule<M: AsRef<str>, F: Fn(&Self::Out) -> Result<(), M>>(self, check: F) -> Rule<Self, F>
    where
        Self: Sized,
    {
        Rule { inner: self, check }
    }

    /// An empty text counts as not there; for query parameters that clients send empty.
    fn blank_is_absent(self) -> BlankIsAbsent<Self>
    where
        Self: Sized,
    {
        BlankIsAbsent { inner: self }
    }
}

/// See [`Codec::map`].
pub struct Map<C, F> {
    inner: C,
    change: F,
}

impl<C: Codec, U, F: Fn(C::Out) -> U> Codec for Map<C, F> {
    type Out = U;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<U> {
        self.inner.decode(value, sink).map(&self.change)
    }

    fn schema(&self) -> Value {
        self.inner.schema()
    }

    fn is_absent(&self, value: &Value) -> bool {
        self.inner.is_absent(value)
    }
}

/// See [`Codec::try_map`].
pub struct TryMap<C, F> {
    inner: C,
    change: F,
}

impl<C: Codec, U, M: AsRef<str>, F: Fn(C::Out) -> Result<U, M>> Codec for TryMap<C, F> {
    type Out = U;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<U> {
        let read = self.inner.decode(value, sink)?;
        (self.change)(read).map_err(|message| sink.custom(message.as_ref())).ok()
    }

    fn schema(&self) -> Value {
        self.inner.schema()
    }

    fn is_absent(&self, value: &Value) -> bool {
        self.inner.is_absent(value)
    }
}

/// See [`Codec::rule`].
pub struct Rule<C, F> {
    inner: C,
    check: F,
}

impl<C: Codec, M: AsRef<str>, F: Fn(&C::Out) -> Result<(), M>> Codec for Rule<C, F> {
    type Out = C::Out;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<C::Out> {
        let read = self.inner.decode(value, sink)?;
        match (self.check)(&read) {
            Ok(()) => Some(read),
            Err(message) => {
                sink.custom(message.as_ref());
                None
            }
        }
    }

    fn schema(&self) -> Value {
        self.inner.schema()
    }

    fn is_absent(&self, value: &Value) -> bool {
        self.inner.is_absent(value)
    }
}

/// See [`Codec::blank_is_absent`].
pub struct BlankIsAbsent<C> {
    inner: C,
}

impl<C: Codec> Codec for BlankIsAbsent<C> {
    type Out = C::Out;

    fn decode(&self, value: Option<&Value>, sink: &mut Sink) -> Option<C::Out> {
        let value = value.filter(|value| !self.is_absent(value));
        self.inner.decode(value, sink)
    }

    fn schema(&self) -> Value {
        self.inner.schema()
    }

    fn is_absent(&self, value: &Value) -> bool {
        value.as_str() == Some("") || self.inner.is_absent(value)
    }
}

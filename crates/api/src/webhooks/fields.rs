//! Fields that several routes read.

use keyferry_domain::webhooks::Event;
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, enumeration, list, object, text};

/// The part of a path that names a webhook.
pub(super) struct WebhookPath(String);

impl Decode for WebhookPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        f.required("webhookId", text().trim()).map(Self)
    }
}

impl WebhookPath {
    /// The id. Whatever is no UUID is the id of no webhook.
    pub(super) fn id(&self) -> Result<Uuid> {
        Uuid::parse_str(&self.0).map_err(|_not_a_uuid| Error::not_found(format!("Webhook with ID '{}' not found", self.0)))
    }
}

/// An entry of a filter.
pub(super) struct EventName(Option<Event>);

impl Decode for EventName {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let name = f.required("eventName", enumeration(Event::NAMES));
        Some(Self(Event::parse(name?)))
    }
}

/// `eventsFilter`.
pub(super) fn events() -> impl Codec<Out = Vec<Event>> {
    list(object::<EventName>()).max(20).map(|entries: Vec<EventName>| entries.into_iter().filter_map(|entry| entry.0).collect())
}

//! `POST /api/v1/events/subscribe/project-events`.

use axum::response::Response;
use keyferry_domain::Result;
use keyferry_domain::project_events::{self, Interest, Kind};
use serde_json::json;

use super::stream;
use crate::endpoint::{Call, Endpoint, Input, post};
use crate::projects::params::ProjectId;
use crate::wire::{Codec as _, Decode, Fields, enumeration, list, object, text};

struct Conditions {
    environment: Option<String>,
    secret_path: Option<String>,
}

impl Decode for Conditions {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let environment = f.optional("environmentSlug", text().trim().max(64).blank_is_absent());
        let path = |given: String| project_events::interest_path(&given).map_err(|error| error.to_string());
        let secret_path = f.optional("secretPath", text().trim().max(2048).blank_is_absent().try_map(path));
        Some(Self { environment: environment?, secret_path: secret_path? })
    }
}

struct Register {
    kind: &'static str,
    conditions: Option<Conditions>,
}

impl Decode for Register {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let kind = f.required("event", enumeration(Kind::NAMES));
        let conditions = f.optional("conditions", object::<Conditions>());
        Some(Self { kind: kind?, conditions: conditions? })
    }
}

struct Body {
    project_id: ProjectId,
    register: Vec<Register>,
}

impl Decode for Body {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = ProjectId::read(f, "projectId");
        let register = f.required("register", list(object::<Register>()).min(1).max(10));
        Some(Self { project_id: project_id?, register: register? })
    }
}

pub(super) fn endpoint() -> Endpoint {
    post("/api/v1/events/subscribe/project-events", subscribe)
        .id("subscribeToProjectEvents")
        .tag("Events")
        .summary("What happens to the secrets of a project, as server-sent events")
        .permission("secret-event-subscriptions:subscribe-to-creation-events")
        .answers(|| json!("event: secret:update\ndata: {\"eventType\":\"secret:update\",\"environment\":\"prod\",\"secretPath\":\"/\",…}\n\n"))
        .media_type("text/event-stream")
}

async fn subscribe(call: Call, input: Input<(), (), Body>) -> Result<Response> {
    let Body { project_id, register } = input.body;
    let project_id = project_id.get()?;
    let interests = register
        .into_iter()
        .filter_map(|one| {
            let kind = Kind::parse(one.kind)?;
            let (environment, secret_path) = one.conditions.map_or((None, None), |it| (it.environment, it.secret_path));
            Some(Interest { kind, environment, secret_path })
        })
        .collect();
    stream::open(call, project_id, interests).await
}

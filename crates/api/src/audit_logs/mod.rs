//! The audit log (core API contract, section 13.1).

use keyferry_domain::Result;
use keyferry_domain::audit::{self, Entry, Filter, Row};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoint::{Call, Input, Json, get};
use crate::wire::{Codec as _, Decode, Fields, datetime, int_text, text, timestamp, uuid};

/// Adds the routes of this folder.
pub fn routes(registry: &mut crate::Registry) {
    registry.add(
        get("/api/v1/organization/audit-logs", query)
            .id("listAuditLogs")
            .tag("Audit Logs")
            .summary("Read the audit log, newest first")
            .permission("audit-logs:read")
            .answers(|| json!({ "auditLogs": [example()] })),
    );
}

struct Query(audit::Query);

impl Decode for Query {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let word = || text().trim().blank_is_absent();
        let project_id = f.optional("projectId", uuid().blank_is_absent());
        let actor_type = f.optional("actorType", word());
        let actor_id = f.optional("actor", uuid().blank_is_absent());
        let event_types = f.optional("eventType", text().trim().map(|words| parts(&words)).blank_is_absent());
        let user_agent_type = f.optional("userAgentType", word());
        let from_ms = f.optional("startDate", datetime().blank_is_absent());
        let to_ms = f.optional("endDate", datetime().blank_is_absent());
        let offset = f.default("offset", int_text().min(0).blank_is_absent(), 0);
        let limit = f.default("limit", int_text().min(1).max(1000).blank_is_absent(), 20);
        let mut metadata: Vec<(String, String)> = Vec::new();
        for name in ["environment", "secretPath", "secretKey"] {
            if let Some(Some(value)) = f.optional(name, word()) {
                metadata.push((name.to_owned(), value));
            }
        }
        let pairs = f.optional("eventMetadata", text().trim().try_map(|words| pairs(&words)).blank_is_absent());
        metadata.extend(pairs?.unwrap_or_default());
        let filter = Filter {
            project_id: project_id?,
            actor_type: actor_type?,
            actor_id: actor_id?,
            event_types: event_types?.unwrap_or_default(),
            user_agent_type: user_agent_type?,
            from_ms: from_ms?,
            to_ms: to_ms?,
        };
        Some(Self(audit::Query {
            filter,
            event_metadata: metadata,
            offset: u64::try_from(offset?).unwrap_or_default(),
            limit: u64::try_from(limit?).unwrap_or_default(),
        }))
    }
}

fn parts(words: &str) -> Vec<String> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `k=v,k=v`.
fn pairs(words: &str) -> Result<Vec<(String, String)>, &'static str> {
    parts(words)
        .iter()
        .map(|pair| {
            let (key, value) = pair.split_once('=').ok_or("Event metadata must be key=value pairs, separated by commas")?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

async fn query(call: Call, input: Input<(), Query>) -> Result<Json<Value>> {
    let entries = audit::query(&call.app, &call.caller, input.query.0).await?;
    Ok(Json(json!({ "auditLogs": entries.iter().map(entry).collect::<Vec<_>>() })))
}

fn entry(Entry { row, project_name }: &Entry) -> Value {
    let metadata = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    json!({
        "id": row.id,
        "createdAt": timestamp(row.created_at_ms),
        "updatedAt": timestamp(row.created_at_ms),
        "expiresAt": null,
        "orgId": row.org_id,
        "projectId": row.project_id,
        "projectName": project_name,
        "ipAddress": row.ip,
        "userAgent": row.user_agent,
        "userAgentType": row.user_agent_type,
        "event": { "type": row.event_type, "metadata": metadata(&row.event_metadata) },
        "actor": { "type": row.actor_type, "metadata": metadata(&row.actor_metadata) },
        "requestId": row.request_id,
        "outcome": row.outcome
    })
}

fn example() -> Value {
    let mut example = entry(&Entry {
        row: Row {
            id: Uuid::from_u128(0x019c_0000_0000_7000_8000_0000_0000_0001),
            org_id: Some(Uuid::from_u128(0x0a8c_9e1d_7a40_4c1b_8a55_2f4a_3c1d_9e22)),
            project_id: Some(Uuid::from_u128(0x7081_92a3_b4c5_4d66_af70_8192_a3b4_c5dd)),
            event_type: "get-secrets".to_owned(),
            event_metadata: r#"{"environment":"dev","secretPath":"/","numberOfSecrets":4}"#.to_owned(),
            actor_type: "identity".to_owned(),
            actor_id: None,
            actor_metadata: r#"{"identityId":"b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33","name":"ci"}"#.to_owned(),
            ip: Some("10.0.0.9".to_owned()),
            user_agent: Some("cli".to_owned()),
            user_agent_type: "cli".to_owned(),
            request_id: Some("req-abcDEF12345678".to_owned()),
            outcome: "success".to_owned(),
            chain_sequence: None,
            chain_hash: None,
            created_at_ms: 1_772_452_800_000,
        },
        project_name: Some("demo".to_owned()),
    });
    // What is told differs from event to event and from actor to actor.
    example["event"]["metadata"] = json!({ "environment?": "dev", "secretPath?": "/", "numberOfSecrets?": 4 });
    example["actor"]["metadata"] = json!({ "identityId?": "b7c9d1e3-5a2f-4e8b-9c41-6d0e2f3a4b33", "name?": "ci" });
    for name in ["orgId", "projectId", "projectName", "ipAddress", "userAgent", "requestId"] {
        let value = example[name].take();
        example[format!("{name}|null")] = value;
    }
    if let Some(fields) = example.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        fields.insert("expiresAt".to_owned(), Value::Null);
    }
    example
}

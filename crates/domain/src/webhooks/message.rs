//! A notice as the body of a call, in the receiver's format.

use serde_json::{Map, Value, json};

use super::event::{Event, Kind};
use super::notice::Notice;

/// The body of a call made now, Unix milliseconds.
pub(super) fn body(kind: Kind, notice: &Notice, now_ms: i64) -> Vec<u8> {
    let body = match kind {
        Kind::General => general(notice, now_ms),
        Kind::Slack => slack(notice),
        Kind::MicrosoftTeams => teams(notice),
    };
    body.to_string().into_bytes()
}

fn general(notice: &Notice, now_ms: i64) -> Value {
    let mut project = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            project.insert(name.to_owned(), value);
        }
    };
    set("workspaceId", json!(notice.project_id));
    set("projectId", json!(notice.project_id));
    set("projectName", json!(notice.project_name));
    set("environment", json!(notice.environment));
    set("environmentName", json!(notice.environment_name));
    set("secretPath", json!(notice.secret_path));
    set("changedBy", json!(notice.changed_by));
    set("changedByActorType", json!(notice.changed_by_actor_type));
    let mut body = json!({ "event": notice.event.as_str(), "project": project });
    if let Some(sync) = &notice.sync {
        body["secretSync"] = json!(sync);
    }
    body["occurredAt"] = json!(notice.occurred_at_ms);
    body["timestamp"] = json!(now_ms);
    body
}

fn headline(notice: &Notice) -> String {
    let name = notice.sync.as_ref().map_or("", |sync| sync.name.as_str());
    match notice.event {
        Event::SecretsModified => "Secrets were changed".to_owned(),
        Event::RotationFailed => "A rotation of secrets failed".to_owned(),
        Event::SyncFailed => format!("The sync {name} failed"),
        Event::SyncRecovered => format!("The sync {name} works again"),
        Event::SyncApprovalPending => {
            let waiting = notice.sync.as_ref().and_then(|sync| sync.pending_approval.as_ref()).map_or(0, |pending| pending.count);
            let noun = if waiting == 1 { "deletion waits" } else { "deletions wait" };
            format!("{waiting} {noun} for approval in the sync {name}")
        }
        Event::Test => "A test of this webhook".to_owned(),
    }
}

fn facts(notice: &Notice) -> Vec<(&'static str, &str)> {
    let mut facts = vec![("Project", notice.project_name.as_str()), ("Environment", notice.environment_name.as_str())];
    facts.extend(notice.secret_path.as_deref().map(|path| ("Path", path)));
    facts.extend(notice.changed_by.as_deref().map(|who| ("Changed by", who)));
    facts.extend(notice.sync.as_ref().and_then(|sync| sync.message.as_deref()).map(|message| ("Message", message)));
    facts
}

fn slack(notice: &Notice) -> Value {
    // The three characters that Slack gives a meaning of its own; links and mentions cannot be written without them.
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let headline = plain(&headline(notice));
    let lines: Vec<String> = facts(notice).into_iter().map(|(name, value)| format!("*{name}*: {}", plain(value))).collect();
    let text = format!("*{headline}*\n{}", lines.join("\n"));
    json!({ "text": headline, "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": text } }] })
}

fn teams(notice: &Notice) -> Value {
    // Cards read Markdown: names from outside must not become links or emphasis.
    let plain = |text: &str| {
        let mut escaped = String::with_capacity(text.len());
        for letter in text.chars() {
            if matches!(letter, '\\' | '[' | ']' | '(' | ')' | '*' | '_' | '`' | '#') {
                escaped.push('\\');
            }
            escaped.push(letter);
        }
        escaped
    };
    let facts: Vec<Value> =
        facts(notice).into_iter().map(|(name, value)| json!({ "title": name, "value": plain(value) })).collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                    { "type": "TextBlock", "text": plain(&headline(notice)), "weight": "Bolder", "wrap": true },
                    { "type": "FactSet", "facts": facts },
                ],
            },
        }],
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use uuid::Uuid;

    use super::super::notice::{PendingApproval, SyncNotice};
    use super::*;

    fn notice(event: Event) -> Notice {
        Notice {
            event,
            project_id: Uuid::nil(),
            project_name: "Shop <b>".to_owned(),
            environment: "prod".to_owned(),
            environment_name: "Production".to_owned(),
            secret_path: Some("/app".to_owned()),
            changed_by: None,
            changed_by_actor_type: None,
            sync: Some(SyncNotice {
                id: Uuid::nil(),
                name: "[eu](http://evil)".to_owned(),
                destination: "checkly".to_owned(),
                operation: "sync-secrets".to_owned(),
                status: "succeeded".to_owned(),
                message: None,
                run_id: Uuid::nil(),
                pending_approval: Some(PendingApproval { count: 12, plan_id: None }),
            }),
            occurred_at_ms: 1,
        }
    }

    fn read(kind: Kind, event: Event) -> Value {
        serde_json::from_slice(&body(kind, &notice(event), 2)).unwrap()
    }

    #[test]
    fn the_general_format_is_the_contracts() {
        let body = read(Kind::General, Event::SyncApprovalPending);
        assert_eq!(body["event"], "secret-syncs.approval-pending");
        assert_eq!(body["project"]["workspaceId"], body["project"]["projectId"]);
        assert_eq!(body["project"]["secretPath"], "/app");
        assert_eq!(body["secretSync"]["pendingApproval"]["count"], 12);
        assert_eq!((&body["timestamp"], &body["occurredAt"]), (&json!(2), &json!(1)));
        assert!(body["project"].get("changedBy").is_none());
    }

    #[test]
    fn chat_formats_show_names_as_they_are() {
        let slack = read(Kind::Slack, Event::SyncFailed);
        assert_eq!(slack["text"], "The sync [eu](http://evil) failed");
        assert!(slack["blocks"][0]["text"]["text"].as_str().unwrap().contains("Shop &lt;b&gt;"));
        let teams = read(Kind::MicrosoftTeams, Event::SyncApprovalPending);
        let card = &teams["attachments"][0]["content"]["body"];
        assert_eq!(card[0]["text"], "12 deletions wait for approval in the sync \\[eu\\]\\(http://evil\\)");
        assert_eq!(card[1]["facts"][1], json!({ "title": "Environment", "value": "Production" }));
    }
}

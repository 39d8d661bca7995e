//! What is done with syncs: actions, deletion, duplicates, audit.

use super::*;

#[tokio::test]
async fn actions_queue_and_show_it() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let mut body = s.body("x");
        body["isAutoSyncEnabled"] = json!(false);
        let id = s.made(body).await["id"].clone();
        assert_eq!(s.post(&id, "sync-secrets").await.body["secretSync"]["syncStatus"], "pending");
        assert_eq!(s.post(&id, "sync-secrets").await.status, StatusCode::OK, "a waiting run is joined");
        let removing = s.post(&id, "remove-secrets").await;
        assert_eq!(removing.body["secretSync"]["removeStatus"], "pending");
    })
    .await;
}

#[tokio::test]
async fn busy_syncs_refuse_actions() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let id = s.made(s.body("x")).await["id"].clone();
        arrange::hold_sync_lease(&s.api.world, id.as_str().unwrap().parse().unwrap()).await;
        let text = "A job for this sync is already in progress. Please try again shortly.";
        refused(&s.post(&id, "sync-secrets").await, StatusCode::BAD_REQUEST, text);
        refused(&s.post(&id, "remove-secrets").await, StatusCode::BAD_REQUEST, text);
        let path = format!("{}?removeSecrets=true", s.path(&id));
        refused(&s.api.call(&s.token, Method::DELETE, &path, Value::Null).await, StatusCode::BAD_REQUEST, text);
        // A saved change coalesces instead.
        assert_eq!(s.patch(&id, json!({"name": "y"})).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn imports_are_refused_after_validation() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let id = json!(Uuid::nil());
    let answer = s.post(&id, "import-secrets").await;
    assert_eq!(issue(&answer)["path"], json!(["importBehavior"]));
    let answer = s.post(&id, "import-secrets?importBehavior=prioritize-source").await;
    refused(&answer, StatusCode::BAD_REQUEST, "Checkly does not support importing secrets.");
}

#[tokio::test]
async fn deleting_answers_the_sync_as_it_was() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let made = s.made(s.body("x")).await;
        let path = format!("/api/v1/app-connections/checkly/{}", s.connection_id);
        let in_use = s.api.call(&s.token, Method::DELETE, &path, Value::Null).await;
        let text = "Cannot delete App Connection with existing connections. Remove all existing connections and try again.";
        refused(&in_use, StatusCode::BAD_REQUEST, text);
        let usage = s.api.get(&s.token, &format!("{path}/usage")).await;
        let resources = &usage.body["projects"][0]["resources"];
        assert_eq!(resources["secretSyncs"], json!([{"id": made["id"], "name": "x"}]));
        assert_eq!(usage.body["projects"][0]["id"], json!(s.project_id));

        let bad = s.api.call(&s.token, Method::DELETE, &format!("{}?removeSecrets=yes", s.path(&made["id"])), Value::Null).await;
        assert_eq!(
            *issue(&bad),
            json!({"received": "yes", "code": "invalid_enum_value", "options": ["true", "false"], "path": ["removeSecrets"],
                   "message": "Invalid enum value. Expected 'true' | 'false', received 'yes'"})
        );
        let removing =
            s.api.call(&s.token, Method::DELETE, &format!("{}?removeSecrets=true", s.path(&made["id"])), Value::Null).await;
        assert_eq!(removing.body["secretSync"]["removeStatus"], "pending");
        assert_eq!(s.get(&made["id"]).await.status, StatusCode::OK, "it goes when the removal has succeeded");
        let gone = s.api.call(&s.token, Method::DELETE, &s.path(&made["id"]), Value::Null).await;
        assert_eq!(gone.body["secretSync"]["id"], made["id"]);
        assert_eq!(s.get(&made["id"]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(s.api.call(&s.token, Method::DELETE, &path, Value::Null).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn duplicate_destinations_are_found_across_the_organization() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let id = s.made(s.body("x")).await["id"].clone();
        let account = s.api.world.account_id.clone();
        let other = s.api.world.project("other").await.unwrap();
        let check = async |config: Value, exclude: Option<&Value>| {
            let mut body = json!({"destinationConfig": config, "projectId": other, "connectionId": "ignored"});
            if let Some(id) = exclude {
                body["excludeSyncId"] = id.clone();
            }
            let answer = s.api.call(&s.token, Method::POST, &format!("{PATH}/check-destination"), body).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            answer.body
        };
        let hit = json!({"hasDuplicate": true, "duplicateProjectId": s.project_id});
        let miss = json!({"hasDuplicate": false});
        assert_eq!(check(json!({"accountId": account, "accountName": "Else"}), None).await, hit);
        assert_eq!(check(json!({"accountId": account}), Some(&id)).await, miss);
        assert_eq!(check(json!({"accountId": account, "groupId": "1"}), None).await, miss);
        for config in [json!({}), Value::Null, json!("x"), json!({"accountId": 7})] {
            assert_eq!(check(config, None).await, miss);
        }
    })
    .await;
}

#[tokio::test]
async fn an_organization_can_forbid_duplicate_destinations() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        s.made(s.body("first")).await;
        s.made(s.body("second")).await;
        arrange::forbid_duplicate_destinations(&s.api.world).await;
        let text = format!("A secret sync with this destination already exists in project {}.", s.project_id);
        refused(&s.create(s.body("third")).await, StatusCode::BAD_REQUEST, &text);
        let mut body = s.body("third");
        body["destinationConfig"]["groupId"] = json!("9");
        let third = s.made(body).await;
        let same = json!({"destinationConfig": {"accountId": s.api.world.account_id}});
        refused(&s.patch(&third["id"], same).await, StatusCode::BAD_REQUEST, &text);
        let own = json!({"destinationConfig": {"accountId": s.api.world.account_id, "groupId": "9", "groupName": "N"}});
        assert_eq!(s.patch(&third["id"], own).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_subfolder_flag_is_answered_where_it_was_given() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let mut body = s.body("beside");
    body["includeAllSubFolders"] = json!(true);
    let beside = s.made(body).await;
    assert_eq!(beside["includeAllSubFolders"], true);
    assert_eq!(beside["syncOptions"].get("includeAllSubFolders"), None);
    let mut body = s.body("within");
    body["syncOptions"]["includeAllSubFolders"] = json!(true);
    let within = s.made(body).await;
    assert_eq!(within.get("includeAllSubFolders"), None);
    assert_eq!(within["syncOptions"]["includeAllSubFolders"], true);

    let moved = s.patch(&within["id"], json!({"includeAllSubFolders": false})).await.body["secretSync"].clone();
    assert_eq!(moved["includeAllSubFolders"], false);
    assert_eq!(moved["syncOptions"].get("includeAllSubFolders"), None);
    let kept = s.patch(&beside["id"], json!({"name": "kept"})).await.body["secretSync"].clone();
    assert_eq!(kept["includeAllSubFolders"], true);

    let mut body = s.body("both");
    body["includeAllSubFolders"] = json!(true);
    body["syncOptions"]["includeAllSubFolders"] = json!(false);
    assert_eq!(issue(&s.create(body).await)["path"], json!(["includeAllSubFolders"]));
}

#[tokio::test]
async fn options_of_syncs_name_checkly_alone() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let answer = s.api.get(&s.token, "/api/v1/secret-syncs/options").await;
    assert_eq!(
        answer.body,
        json!({"secretSyncOptions": [
            {"name": "Checkly", "destination": "checkly", "connection": "checkly", "canImportSecrets": false}
        ]})
    );
}

#[tokio::test]
async fn a_route_of_syncs_takes_identities() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let identity = s.api.world.identity(s.api.world.org_id, "terraform", "member").await.unwrap();
    s.api.world.grant(s.project_id, &identity, "admin").await.unwrap();
    let token = s.api.token(&identity);
    let answer = s.api.call(&token, Method::POST, PATH, s.body("tf")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn the_audit_log_tells_what_was_done_to_syncs() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let mut body = s.body("x");
        body["includeAllSubFolders"] = json!(false);
        let id = s.made(body.clone()).await["id"].clone();
        s.patch(&id, json!({"description": null, "name": "y"})).await;
        s.get(&id).await;
        s.api.get(&s.token, &format!("{PATH}?projectId={}", s.project_id)).await;
        s.api.call(&s.token, Method::DELETE, &s.path(&id), Value::Null).await;
        let rows = arrange::audit_rows(&s.api.world).await;
        let metadata = |kind: &str| {
            let row = rows.iter().find(|row| row.event_type == kind).unwrap();
            assert_eq!(row.project_id, Some(s.project_id), "{kind}");
            serde_json::from_str::<Value>(&row.event_metadata).unwrap()
        };
        body["syncId"] = id.clone();
        body["destination"] = json!("checkly");
        body["isAutoSyncEnabled"] = json!(true);
        assert_eq!(metadata("create-secret-sync"), body);
        assert_eq!(
            metadata("update-secret-sync"),
            json!({"syncId": id, "destination": "checkly", "name": "y", "description": null})
        );
        assert_eq!(metadata("get-secret-sync"), json!({"syncId": id, "destination": "checkly"}));
        assert_eq!(metadata("get-secret-syncs"), json!({"destination": "checkly", "count": 1, "syncIds": [id]}));
        assert_eq!(metadata("delete-secret-sync"), json!({"destination": "checkly", "syncId": id, "removeSecrets": false}));
    })
    .await;
}

#[tokio::test]
async fn approving_deletions_beforehand_needs_the_right_to_remove() {
    let s = Setup::new(World::new().await.unwrap()).await;
    let maker = s.api.world.user(s.api.world.org_id, "maker@example.com", "member").await.unwrap();
    let rules = [
        Rule::allow("secret-syncs", &["read", "create"]),
        Rule::allow("secrets", &["describeSecret", "readValue"]),
        Rule::allow("app-connections", &["connect"]),
    ];
    s.api.world.grant_rules(s.project_id, &maker, &rules).await.unwrap();
    let token = s.api.token(&maker);
    let mut body = s.body("x");
    body["approve"] = json!({"planId": Uuid::nil(), "digest": "abc", "keys": ["OLD"]});
    let answer = s.api.call(&token, Method::POST, PATH, body.clone()).await;
    refused(&answer, StatusCode::FORBIDDEN, "You are not allowed to remove-secrets on secret-syncs");
    body.as_object_mut().unwrap().remove("approve");
    assert_eq!(s.api.call(&token, Method::POST, PATH, body.clone()).await.status, StatusCode::OK);

    body["name"] = json!("y");
    body["approve"] = json!({"planId": Uuid::nil(), "digest": "abc", "keys": "all"});
    let made = s.made(body.clone()).await;
    let id: Uuid = made["id"].as_str().unwrap().parse().unwrap();
    let approved = arrange::approvals(&s.api.world, id).await;
    assert_eq!(approved, [json!({"digest": "abc", "keys": "all"})]);
    body["approve"]["keys"] = json!("none");
    assert_eq!(s.create(body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

//! Plans and runs over the wire: Keyferry's own shapes. Nothing runs here: jobs stay queued.

use http::{Method, StatusCode};
use keyferry_test_support::{World, on_each_backend};
use serde_json::{Value, json};

use crate::support::Api;

const PATH: &str = "/api/v1/secret-syncs/checkly";

struct Setup {
    api: Api,
    token: String,
    body: Value,
}

impl Setup {
    /// A connection, and a variable at Checkly that nobody manages and nobody can read back.
    async fn new(world: World) -> Self {
        let api = Api::over(world);
        let token = api.token(&api.world.admin.clone());
        let project_id = api.world.project("shop").await.unwrap();
        let connection = json!({"name": "eu", "method": "api-key", "credentials": {"apiKey": api.world.api_key}});
        let answer = api.call(&token, Method::POST, "/api/v1/app-connections/checkly", connection).await;
        assert!(api.world.sim.state().set_variable(&api.world.account_id, "OLD", "x", true, true));
        let body = json!({
            "name": "checkly-prod", "projectId": project_id, "connectionId": answer.body["appConnection"]["id"],
            "environment": "prod", "secretPath": "/", "isAutoSyncEnabled": false,
            "syncOptions": {"initialSyncBehavior": "overwrite-destination"},
            "destinationConfig": {"accountId": api.world.account_id}
        });
        Self { api, token, body }
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.api.call(&self.token, Method::POST, path, body).await;
        (answer.status, answer.body)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.api.get(&self.token, path).await;
        (answer.status, answer.body)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_made_read_and_applied() {
    on_each_backend(|world| async {
        let s = Setup::new(world).await;
        let (status, unsaved) = s.post(&format!("{PATH}/plan"), s.body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{unsaved}");
        assert_eq!(unsaved["plan"]["syncId"], Value::Null);

        let (_, made) = s.post(PATH, s.body.clone()).await;
        let sync = format!("{PATH}/{}", made["secretSync"]["id"].as_str().unwrap());
        let (status, answer) = s.post(&format!("{sync}/plan"), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let plan = &answer["plan"];
        assert_eq!(plan["digest"], unsaved["plan"]["digest"], "the same for a sync that wrote nothing yet");
        assert_eq!(plan["syncId"], made["secretSync"]["id"]);
        assert_eq!(
            plan["items"],
            json!([{
                "secretKey": null, "destinationKey": "OLD", "action": "delete", "reason": "unmanaged", "requiresApproval": true,
                "secretVersion": null, "before": {"secret": true, "locked": true}, "after": null
            }])
        );
        assert_eq!(plan["counts"]["requiresApproval"], 1);
        let stored = format!("{sync}/plans/{}", plan["id"].as_str().unwrap());
        assert_eq!(s.get(&stored).await, (StatusCode::OK, answer.clone()));

        let (status, refused) = s.post(&format!("{stored}/apply"), json!({"digest": "0"})).await;
        assert_eq!((status, &refused["error"]), (StatusCode::CONFLICT, &json!("PlanStale")), "{refused}");
        assert_eq!(refused["details"]["planId"], plan["id"]);
        let (status, _) = s.post(&format!("{stored}/apply"), json!({"digest": plan["digest"], "approve": 7})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, refused) = s.post(&format!("{stored}/apply"), json!({"digest": plan["digest"], "approve": ["X"]})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");

        let (status, applied) = s.post(&format!("{stored}/apply"), json!({"digest": plan["digest"], "approve": ["OLD"]})).await;
        assert_eq!(status, StatusCode::OK, "{applied}");
        let run = &applied["run"];
        assert_eq!((&run["status"], &run["trigger"], &run["kind"]), (&json!("pending"), &json!("apply"), &json!("sync-secrets")));
        let (_, listed) = s.get(&format!("{sync}/runs")).await;
        assert_eq!((&listed["runs"][0]["id"], &listed["nextCursor"]), (&run["id"], &Value::Null));
        let (status, one) = s.get(&format!("{sync}/runs/{}", run["id"].as_str().unwrap())).await;
        assert_eq!((status, &one["run"]["items"]), (StatusCode::OK, &json!([])));
        let (status, _) = s.get(&format!("{sync}/runs?cursor=nonsense")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    })
    .await;
}

//! An app connection, by keyboard only.

use super::{Stage, key};

#[tokio::test]
async fn a_connection_is_added_by_keyboard() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.go(&stage.project("app-connections")).await;
    tab.see("No App Connections have been configured").await;
    tab.inspect("connections-none").await;
    tab.go(&stage.project("app-connections/new/checkly")).await;
    tab.type_into("Name", "checkly").await;
    tab.type_into("API Key Value", "cu_ffffffffffffffffffffffffffffffff").await;
    tab.tab_to("Connect to Checkly").await;
    tab.keys(key::ENTER).await;
    tab.see("Checkly did not accept this API key.").await;
    tab.inspect("connection-rejected").await;
    tab.type_into("API Key Value", stage.checkly.api_key()).await;
    tab.keys(key::ENTER).await;
    tab.see("Working").await;
    let html = tab.eval("return document.documentElement.outerHTML", serde_json::json!([])).await;
    assert!(!html.as_str().unwrap().contains(stage.checkly.api_key()), "the key is nowhere");
    tab.inspect("connection").await;
    tab.go(&stage.project("app-connections")).await;
    tab.see("checkly").await;
    tab.inspect("connections").await;
}

//! Projects, their environments and settings, and what the audit log says of it.

use super::Stage;

#[tokio::test]
async fn a_project_is_made_arranged_and_deleted() {
    let stage = Stage::new().await;
    let tab = stage.signed_in().await;
    tab.see("Shop").await;
    tab.inspect("projects").await;
    tab.press("New project").await;
    tab.heading("Create a new project").await;
    tab.inspect("project-new").await;
    tab.press("Create Project").await;
    tab.see("Required").await;
    tab.inspect("project-new-errors").await;
    tab.fill("Project Name", "Billing").await;
    tab.fill("Project Description", "Invoices and their worries").await;
    tab.press("Create Project").await;
    tab.see("Project created").await;
    tab.press("Settings").await;
    tab.heading("Settings").await;
    tab.inspect("project-settings").await;
    tab.press("Webhooks").await;
    tab.see("No webhooks yet").await;
    tab.inspect("webhooks-none").await;
    tab.press("Add webhook").await;
    tab.heading("Add webhook").await;
    tab.inspect("webhook-new").await;
    tab.press("Cancel").await;
    tab.press("General").await;
    tab.heading("Settings").await;

    tab.press("Add environment").await;
    tab.heading("Add environment").await;
    tab.inspect("environment-new").await;
    tab.fill("Name", "Preview").await;
    tab.fill("Slug", "preview").await;
    tab.press("Add environment").await;
    tab.see("Successfully created environment").await;
    tab.press("Move Preview up").await;
    tab.see("Preview").await;
    let order = "return [...document.querySelectorAll('#environments tbody th')].map((el) => el.innerText.trim()).join()";
    let order = async || tab.eval(order, serde_json::json!([])).await;
    keyferry_test_support::eventually("the environment has moved", async || {
        (order().await == "Development,Staging,Preview,Production").then_some(())
    })
    .await;
    tab.press("Delete Preview").await;
    tab.see("Type preview to confirm").await;
    tab.press("Delete environment").await;
    tab.inspect("environment-delete").await;
    tab.fill("Type preview to confirm", "preview").await;
    tab.press("Delete environment").await;
    tab.see("Deleted the environment Preview").await;

    tab.fill("Project Name", "Billing & Co").await;
    tab.press("Save settings").await;
    tab.see("Successfully updated the project").await;
    tab.press("Delete project").await;
    tab.heading("Delete project").await;
    tab.inspect("project-delete").await;
    tab.fill("Type Billing & Co to confirm", "Billing & Co").await;
    tab.press("Delete project").await;
    tab.see("Deleted the project Billing & Co").await;
    tab.inspect("projects-deleted").await;

    tab.press("Audit Logs").await;
    tab.heading("Audit Logs").await;
    tab.see("Delete project").await;
    tab.inspect("audit-logs").await;
    tab.fill("Event", "create-environment").await;
    tab.press("Apply").await;
    tab.see("End of logs").await;
    assert!(!tab.text().await.contains("Delete project"), "the filter filters");
    tab.fill("Event", "no-such-event").await;
    tab.press("Apply").await;
    tab.see("No audit logs match the filters").await;
    tab.inspect("audit-logs-none").await;
    tab.go(&stage.organization("settings")).await;
    tab.heading("Settings").await;
    tab.inspect("organization-settings").await;
    tab.fill("Name", "Acme Worldwide").await;
    tab.press("Save settings").await;
    tab.see("Successfully updated the organization").await;
}

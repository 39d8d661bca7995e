//! The first schema: every table of the main job, and the columns later parts of the product fill.

use sea_orm_migration::prelude::*;

use super::columns::{Columns, foreign_key, index, unique};

/// Creates the first schema.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables(manager.get_database_backend()) {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables(backend: sea_orm::DbBackend) -> Vec<TableCreateStatement> {
    let c = Columns::new(backend);
    vec![
        Table::create()
            .table("server_settings")
            .col(c.int("id").primary_key())
            .col(c.uuid("instance_id"))
            .col(c.bool("is_initialized"))
            .col(c.text("root_key_fingerprint"))
            .col(c.blob("jwt_key"))
            .col(c.blob("token_hash_key"))
            .col(c.blob_null("setup_token_hash"))
            .col(c.bool("allow_sign_up"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .to_owned(),
        Table::create()
            .table("organizations")
            .col(c.uuid("id").primary_key())
            .col(c.text("name"))
            .col(c.key("slug"))
            .col(c.bool("block_duplicate_secret_sync_destinations"))
            .col(c.text_null("deletion_breaker"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .to_owned(),
        Table::create()
            .table("users")
            .col(c.uuid("id").primary_key())
            .col(c.key("username"))
            .col(c.key("email"))
            .col(c.text_null("first_name"))
            .col(c.text_null("last_name"))
            .col(c.text_null("password_hash"))
            .col(c.bool("is_super_admin"))
            .col(c.bool("is_active"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .to_owned(),
        Table::create()
            .table("org_roles")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.key("slug"))
            .col(c.text("name"))
            .col(c.text_null("description"))
            .col(c.text("permissions"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("org_roles", "org_id", "organizations", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("identities")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid_null("project_id"))
            .col(c.text("name"))
            .col(c.bool("has_delete_protection"))
            .col(c.bool("is_instance_admin"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("identities", "org_id", "organizations", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("identity_metadata")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("identity_id"))
            .col(c.key("key"))
            .col(c.text("value"))
            .col(c.int("position"))
            .foreign_key(&mut foreign_key("identity_metadata", "identity_id", "identities", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("org_memberships")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid_null("user_id"))
            .col(c.uuid_null("identity_id"))
            .col(c.text("role"))
            .col(c.uuid_null("role_id"))
            .col(c.bool("is_active"))
            .col(c.text("status"))
            .col(c.text_null("last_login_auth_method"))
            .col(c.big_null("last_login_at_ms"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("org_memberships", "org_id", "organizations", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("org_memberships", "user_id", "users", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("org_memberships", "identity_id", "identities", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("sessions")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("user_id"))
            .col(c.uuid_null("org_id"))
            .col(c.blob("refresh_hash"))
            .col(c.blob_null("previous_refresh_hash"))
            .col(c.int("access_version"))
            .col(c.text("ip"))
            .col(c.text("user_agent"))
            .col(c.bool("is_mfa_verified"))
            .col(c.big("last_used_at_ms"))
            .col(c.big("expires_at_ms"))
            .col(c.big_null("revoked_at_ms"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("sessions", "user_id", "users", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("identity_universal_auths")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("identity_id"))
            .col(c.uuid("client_id"))
            .col(c.text("client_secret_trusted_ips"))
            .col(c.text("access_token_trusted_ips"))
            .col(c.big("access_token_ttl_s"))
            .col(c.big("access_token_max_ttl_s"))
            .col(c.big("access_token_num_uses_limit"))
            .col(c.big("access_token_period_s"))
            .col(c.bool("lockout_enabled"))
            .col(c.int("lockout_threshold"))
            .col(c.int("lockout_duration_s"))
            .col(c.int("lockout_counter_reset_s"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("identity_universal_auths", "identity_id", "identities", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("universal_auth_client_secrets")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("universal_auth_id"))
            .col(c.uuid("identity_id"))
            .col(c.text("description"))
            .col(c.text("secret_prefix"))
            .col(c.blob("secret_hash"))
            .col(c.big("num_uses"))
            .col(c.big("num_uses_limit"))
            .col(c.big("ttl_s"))
            .col(c.bool("is_revoked"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key(
                "universal_auth_client_secrets",
                "universal_auth_id",
                "identity_universal_auths",
                ForeignKeyAction::Cascade,
            ))
            .to_owned(),
        Table::create()
            .table("identity_token_auths")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("identity_id"))
            .col(c.text("access_token_trusted_ips"))
            .col(c.big("access_token_ttl_s"))
            .col(c.big("access_token_max_ttl_s"))
            .col(c.big("access_token_num_uses_limit"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("identity_token_auths", "identity_id", "identities", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("identity_access_tokens")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid("identity_id"))
            .col(c.text("auth_method"))
            .col(c.uuid_null("client_secret_id"))
            .col(c.text_null("name"))
            .col(c.big("ttl_s"))
            .col(c.big("max_ttl_s"))
            .col(c.big("period_s"))
            .col(c.big("num_uses"))
            .col(c.big("num_uses_limit"))
            .col(c.text("trusted_ips"))
            .col(c.big_null("last_used_at_ms"))
            .col(c.big_null("last_renewed_at_ms"))
            .col(c.bool("is_revoked"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("identity_access_tokens", "identity_id", "identities", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key(
                "identity_access_tokens",
                "client_secret_id",
                "universal_auth_client_secrets",
                ForeignKeyAction::Cascade,
            ))
            .to_owned(),
        Table::create()
            .table("login_lockouts")
            .col(c.key("subject").primary_key())
            .col(c.uuid_null("identity_id"))
            .col(c.int("failures"))
            .col(c.big("last_failure_at_ms"))
            .col(c.big_null("locked_until_ms"))
            .to_owned(),
        Table::create()
            .table("projects")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.text("name"))
            .col(c.key("slug"))
            .col(c.text_null("description"))
            .col(c.text("type"))
            .col(c.int("version"))
            .col(c.bool("auto_capitalization"))
            .col(c.int("pit_version_limit"))
            .col(c.int_null("audit_logs_retention_days"))
            .col(c.bool("has_delete_protection"))
            .col(c.bool("secret_sharing"))
            .col(c.bool("show_snapshots_legacy"))
            .col(c.text("secret_detection_ignore_values"))
            .col(c.bool("enforce_encrypted_metadata"))
            .col(c.int("permission_epoch"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("projects", "org_id", "organizations", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("data_keys")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid_null("project_id"))
            .col(c.text("purpose"))
            .col(c.int("version"))
            .col(c.blob("wrapped"))
            .col(c.bool("is_active"))
            .col(c.big("created_at_ms"))
            .foreign_key(&mut foreign_key("data_keys", "org_id", "organizations", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("data_keys", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("project_roles")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.key("slug"))
            .col(c.text("name"))
            .col(c.text_null("description"))
            .col(c.text("permissions"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("project_roles", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("project_memberships")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid_null("user_id"))
            .col(c.uuid_null("identity_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("project_memberships", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("project_memberships", "user_id", "users", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("project_memberships", "identity_id", "identities", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("project_membership_roles")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("membership_id"))
            .col(c.uuid("project_id"))
            .col(c.text("role"))
            .col(c.uuid_null("custom_role_id"))
            .col(c.bool("is_temporary"))
            .col(c.text_null("temporary_mode"))
            .col(c.text_null("temporary_range"))
            .col(c.big_null("temporary_start_at_ms"))
            .col(c.big_null("temporary_end_at_ms"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key(
                "project_membership_roles",
                "membership_id",
                "project_memberships",
                ForeignKeyAction::Cascade,
            ))
            .foreign_key(&mut foreign_key(
                "project_membership_roles",
                "custom_role_id",
                "project_roles",
                ForeignKeyAction::Cascade,
            ))
            .to_owned(),
        Table::create()
            .table("environments")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.text("name"))
            .col(c.key("slug"))
            .col(c.int("position"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("environments", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("folders")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("environment_id"))
            .col(c.uuid_null("parent_id"))
            .col(c.key("name"))
            .col(c.int("version"))
            .col(c.text_null("description"))
            .col(c.bool("is_reserved"))
            .col(c.big_null("last_secret_modified_at_ms"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("folders", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("folders", "environment_id", "environments", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("folders", "parent_id", "folders", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secrets")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("folder_id"))
            .col(c.uuid("owner_id"))
            .col(c.key("key"))
            .col(c.int("version"))
            .col(c.blob("value"))
            .col(c.blob("value_fingerprint"))
            .col(c.bool("is_empty"))
            .col(c.bool("has_references"))
            .col(c.blob_null("comment"))
            .col(c.bool_null("skip_multiline_encoding"))
            .col(c.blob_null("reminder_note"))
            .col(c.int_null("reminder_repeat_days"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.text_null("actor_name"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("secrets", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("secrets", "folder_id", "folders", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secret_versions")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("secret_id"))
            .col(c.uuid("project_id"))
            .col(c.uuid("folder_id"))
            .col(c.uuid("owner_id"))
            .col(c.key("key"))
            .col(c.int("version"))
            .col(c.blob("value"))
            .col(c.blob("value_fingerprint"))
            .col(c.blob_null("comment"))
            .col(c.bool_null("skip_multiline_encoding"))
            .col(c.text_null("tags"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.text_null("actor_name"))
            .col(c.big("created_at_ms"))
            .foreign_key(&mut foreign_key("secret_versions", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("secret_versions", "secret_id", "secrets", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secret_metadata")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("secret_id"))
            .col(c.key("key"))
            .col(c.blob("value"))
            .col(c.blob_null("value_fingerprint"))
            .col(c.bool("is_encrypted"))
            .col(c.int("position"))
            .foreign_key(&mut foreign_key("secret_metadata", "secret_id", "secrets", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("tags")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.key("slug"))
            .col(c.text_null("color"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("tags", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secret_tags")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("secret_id"))
            .col(c.uuid("tag_id"))
            .foreign_key(&mut foreign_key("secret_tags", "secret_id", "secrets", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("secret_tags", "tag_id", "tags", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secret_references")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("secret_id"))
            .col(c.key("environment"))
            .col(c.key("secret_path"))
            .col(c.key("secret_key"))
            .foreign_key(&mut foreign_key("secret_references", "secret_id", "secrets", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secret_imports")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("project_id"))
            .col(c.uuid("folder_id"))
            .col(c.uuid("import_environment_id"))
            .col(c.key("import_path"))
            .col(c.int("position"))
            .col(c.int("version"))
            .col(c.bool("is_replication"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("secret_imports", "folder_id", "folders", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("secret_imports", "import_environment_id", "environments", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("app_connections")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid_null("project_id"))
            .col(c.uuid("scope_id"))
            .col(c.key("name"))
            .col(c.text("app"))
            .col(c.text("method"))
            .col(c.text_null("description"))
            .col(c.blob("credentials"))
            .col(c.text("credentials_hash"))
            .col(c.blob("api_key_hash"))
            .col(c.text("api_origin"))
            .col(c.int("version"))
            .col(c.text_null("health_status"))
            .col(c.text_null("health_message"))
            .col(c.big_null("health_checked_at_ms"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("app_connections", "org_id", "organizations", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("app_connections", "project_id", "projects", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("secret_syncs")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid("project_id"))
            .col(c.uuid("connection_id"))
            .col(c.uuid_null("environment_id"))
            .col(c.uuid_null("folder_id"))
            .col(c.key("name"))
            .col(c.text_null("description"))
            .col(c.text("destination"))
            .col(c.text("destination_config"))
            .col(c.key("destination_id"))
            .col(c.text("sync_options"))
            .col(c.bool_null("include_all_sub_folders"))
            .col(c.bool("is_auto_sync_enabled"))
            .col(c.bool("is_paused"))
            .col(c.int("version"))
            .col(c.text_null("sync_status"))
            .col(c.text_null("last_sync_job_id"))
            .col(c.text_null("last_sync_message"))
            .col(c.big_null("last_synced_at_ms"))
            .col(c.text_null("import_status"))
            .col(c.text_null("last_import_job_id"))
            .col(c.text_null("last_import_message"))
            .col(c.big_null("last_imported_at_ms"))
            .col(c.text_null("remove_status"))
            .col(c.text_null("last_remove_job_id"))
            .col(c.text_null("last_remove_message"))
            .col(c.big_null("last_removed_at_ms"))
            .col(c.int("attempt"))
            .col(c.big_null("next_retry_at_ms"))
            .col(c.big_null("failing_since_ms"))
            .col(c.uuid_null("last_run_id"))
            .col(c.uuid_null("pending_plan_id"))
            .col(c.int("pending_count"))
            .col(c.text_null("grants"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .foreign_key(&mut foreign_key("secret_syncs", "org_id", "organizations", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("secret_syncs", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("secret_syncs", "connection_id", "app_connections", ForeignKeyAction::Restrict))
            .foreign_key(&mut foreign_key("secret_syncs", "environment_id", "environments", ForeignKeyAction::SetNull))
            .foreign_key(&mut foreign_key("secret_syncs", "folder_id", "folders", ForeignKeyAction::SetNull))
            .to_owned(),
        Table::create()
            .table("sync_ledger")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("sync_id"))
            .col(c.uuid("project_id"))
            .col(c.key("destination_id"))
            .col(c.key("destination_key"))
            .col(c.text("secret_key"))
            .col(c.uuid_null("secret_id"))
            .col(c.int_null("secret_version"))
            .col(c.blob("fingerprint"))
            .col(c.blob_null("last_value"))
            .col(c.big("written_at_ms"))
            .foreign_key(&mut foreign_key("sync_ledger", "sync_id", "secret_syncs", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("sync_plans")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("org_id"))
            .col(c.uuid("project_id"))
            .col(c.uuid_null("sync_id"))
            .col(c.text("digest"))
            .col(c.text_null("request_digest"))
            .col(c.text("items"))
            .col(c.text("counts"))
            .col(c.text("warnings"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.big("created_at_ms"))
            .col(c.big("expires_at_ms"))
            .foreign_key(&mut foreign_key("sync_plans", "project_id", "projects", ForeignKeyAction::Cascade))
            .foreign_key(&mut foreign_key("sync_plans", "sync_id", "secret_syncs", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("sync_runs")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("sync_id"))
            .col(c.uuid("project_id"))
            .col(c.text("kind"))
            .col(c.text("trigger"))
            .col(c.text("status"))
            .col(c.int("attempt"))
            .col(c.uuid_null("plan_id"))
            .col(c.text_null("approved"))
            .col(c.text("counts"))
            .col(c.int("calls"))
            .col(c.big("waited_ms"))
            .col(c.text_null("message"))
            .col(c.bool("delete_sync_on_success"))
            .col(c.big("fence"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.text("actor_metadata"))
            .col(c.big_null("started_at_ms"))
            .col(c.big_null("ended_at_ms"))
            .col(c.big_null("next_retry_at_ms"))
            .col(c.big("created_at_ms"))
            .foreign_key(&mut foreign_key("sync_runs", "sync_id", "secret_syncs", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("sync_run_items")
            .col(c.uuid("id").primary_key())
            .col(c.uuid("run_id"))
            .col(c.uuid("sync_id"))
            .col(c.key("destination_key"))
            .col(c.text_null("secret_key"))
            .col(c.text("action"))
            .col(c.text("reason"))
            .col(c.text("outcome"))
            .col(c.int_null("http_status"))
            .col(c.int("attempts"))
            .col(c.big_null("latency_ms"))
            .col(c.text_null("message"))
            .col(c.int_null("secret_version"))
            .col(c.blob_null("previous_value"))
            .col(c.big("ended_at_ms"))
            .foreign_key(&mut foreign_key("sync_run_items", "run_id", "sync_runs", ForeignKeyAction::Cascade))
            .to_owned(),
        Table::create()
            .table("jobs")
            .col(c.uuid("id").primary_key())
            .col(c.text("kind"))
            .col(c.key("key"))
            .col(c.text("payload"))
            .col(c.text("state"))
            .col(c.int("priority"))
            .col(c.big("run_at_ms"))
            .col(c.int("attempts"))
            .col(c.int("max_attempts"))
            .col(c.text_null("lease_owner"))
            .col(c.big_null("lease_until_ms"))
            .col(c.big("fence"))
            .col(c.bool("is_dirty"))
            .col(c.text_null("last_error"))
            .col(c.big("created_at_ms"))
            .col(c.big("updated_at_ms"))
            .to_owned(),
        Table::create()
            .table("leases")
            .col(c.key("name").primary_key())
            .col(c.text("owner"))
            .col(c.big("until_ms"))
            .col(c.big("fence"))
            .to_owned(),
        Table::create()
            .table("rate_grants")
            .col(c.uuid("id").primary_key())
            .col(c.blob("credential_hash"))
            .col(c.big("granted_at_ms"))
            .col(c.int("calls"))
            .to_owned(),
        Table::create()
            .table("rate_pauses")
            .col(c.blob("credential_hash").primary_key())
            .col(c.big("until_ms"))
            .col(c.bool("is_probing"))
            .to_owned(),
        Table::create()
            .table("audit_logs")
            .col(c.uuid("id").primary_key())
            .col(c.uuid_null("org_id"))
            .col(c.uuid_null("project_id"))
            .col(c.text("event_type"))
            .col(c.text("event_metadata"))
            .col(c.text("actor_type"))
            .col(c.uuid_null("actor_id"))
            .col(c.text("actor_metadata"))
            .col(c.text_null("ip"))
            .col(c.text_null("user_agent"))
            .col(c.text("user_agent_type"))
            .col(c.text_null("request_id"))
            .col(c.text("outcome"))
            .col(c.big_null("chain_sequence"))
            .col(c.blob_null("chain_hash"))
            .col(c.big("created_at_ms"))
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("organizations", &["slug"]),
        unique("users", &["username"]),
        unique("org_roles", &["org_id", "slug"]),
        index("identities", &["org_id"]),
        index("identity_metadata", &["identity_id"]),
        unique("org_memberships", &["org_id", "user_id"]),
        unique("org_memberships", &["org_id", "identity_id"]),
        index("org_memberships", &["user_id"]),
        index("org_memberships", &["identity_id"]),
        index("sessions", &["user_id"]),
        index("sessions", &["refresh_hash"]),
        index("sessions", &["previous_refresh_hash"]),
        unique("identity_universal_auths", &["identity_id"]),
        unique("identity_universal_auths", &["client_id"]),
        index("universal_auth_client_secrets", &["universal_auth_id"]),
        index("universal_auth_client_secrets", &["secret_hash"]),
        unique("identity_token_auths", &["identity_id"]),
        index("identity_access_tokens", &["identity_id"]),
        index("identity_access_tokens", &["client_secret_id"]),
        index("login_lockouts", &["identity_id"]),
        unique("projects", &["org_id", "slug"]),
        index("data_keys", &["org_id", "project_id", "purpose"]),
        unique("project_roles", &["project_id", "slug"]),
        unique("project_memberships", &["project_id", "user_id"]),
        unique("project_memberships", &["project_id", "identity_id"]),
        index("project_memberships", &["user_id"]),
        index("project_memberships", &["identity_id"]),
        index("project_membership_roles", &["membership_id"]),
        index("project_membership_roles", &["custom_role_id"]),
        unique("environments", &["project_id", "slug"]),
        unique("folders", &["environment_id", "parent_id", "name"]),
        index("folders", &["project_id"]),
        index("folders", &["parent_id"]),
        unique("secrets", &["folder_id", "key", "owner_id"]),
        index("secrets", &["project_id"]),
        unique("secret_versions", &["secret_id", "version"]),
        index("secret_versions", &["project_id"]),
        index("secret_metadata", &["secret_id"]),
        index("secret_metadata", &["project_id", "key"]),
        unique("tags", &["project_id", "slug"]),
        unique("secret_tags", &["secret_id", "tag_id"]),
        index("secret_tags", &["tag_id"]),
        index("secret_references", &["secret_id"]),
        index("secret_references", &["project_id", "environment", "secret_path", "secret_key"]),
        index("secret_imports", &["folder_id"]),
        index("secret_imports", &["import_environment_id", "import_path"]),
        unique("app_connections", &["org_id", "scope_id", "name"]),
        index("app_connections", &["project_id"]),
        unique("secret_syncs", &["project_id", "name"]),
        index("secret_syncs", &["folder_id"]),
        index("secret_syncs", &["connection_id"]),
        index("secret_syncs", &["org_id", "destination_id"]),
        unique("sync_ledger", &["sync_id", "destination_id", "destination_key"]),
        index("sync_ledger", &["destination_id", "destination_key"]),
        index("sync_plans", &["sync_id"]),
        index("sync_plans", &["expires_at_ms"]),
        index("sync_runs", &["sync_id", "created_at_ms"]),
        unique("sync_run_items", &["run_id", "destination_key"]),
        unique("jobs", &["kind", "key"]),
        index("jobs", &["state", "run_at_ms"]),
        index("rate_grants", &["credential_hash", "granted_at_ms"]),
        index("audit_logs", &["org_id", "created_at_ms"]),
        index("audit_logs", &["project_id", "created_at_ms"]),
        index("audit_logs", &["chain_sequence"]),
    ]
}

//! What several routes of this folder read (sections 3.4 and 3.9).

use keyferry_domain::secret_syncs::model::UnresolvedReferences;
use keyferry_domain::secret_syncs::{
    BreakerRule, DestinationConfig, EmptyValues, InitialSyncBehavior, KEY_SCHEMA_MESSAGE, SyncOptionsInput, UnmanagedSecrets,
    is_key_schema,
};
use uuid::Uuid;

use crate::wire::{Codec, Decode, Fields, boolean, enumeration, int, literal, object, text, uuid};

/// The path of one sync.
pub(super) struct SyncPath {
    pub(super) sync_id: Uuid,
}

impl Decode for SyncPath {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let sync_id = f.required("syncId", uuid());
        Some(Self { sync_id: sync_id? })
    }
}

/// `?projectId=`, which must be there.
pub(super) struct ProjectQuery {
    pub(super) project_id: String,
}

impl Decode for ProjectQuery {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project_id = f.required("projectId", text().trim().min(1).message("Project ID required"));
        Some(Self { project_id: project_id? })
    }
}

/// A note: trimmed, at most 256 characters.
pub(super) fn description() -> impl Codec<Out = String> {
    text().trim().max(256).message("Description cannot exceed 256 characters")
}

/// A folder's path without its one trailing slash; the root stays `/`.
pub(super) fn secret_path(required: &str) -> impl Codec<Out = String> {
    text().trim().min(1).message(required).map(|path: String| match path.strip_suffix('/') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => path,
    })
}

/// `syncOptions`.
pub(super) struct Options(pub(super) SyncOptionsInput);

impl Decode for Options {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let behavior = f.required("initialSyncBehavior", literal("overwrite-destination"));
        let key_schema = f.optional("keySchema", text().trim().max(255).check(is_key_schema, KEY_SCHEMA_MESSAGE));
        let disable_secret_deletion = f.optional("disableSecretDeletion", boolean());
        let include_all_sub_folders = f.optional("includeAllSubFolders", boolean());
        let unmanaged_secrets = f.optional(
            "unmanagedSecrets",
            enumeration(&["approve", "keep", "delete"]).map(|word| match word {
                "keep" => UnmanagedSecrets::Keep,
                "delete" => UnmanagedSecrets::Delete,
                _ => UnmanagedSecrets::Approve,
            }),
        );
        let empty_values = f.optional(
            "emptyValues",
            enumeration(&["delete", "skip", "fail"]).map(|word| match word {
                "skip" => EmptyValues::Skip,
                "fail" => EmptyValues::Fail,
                _ => EmptyValues::Delete,
            }),
        );
        let unresolved_references = f.optional(
            "unresolvedReferences",
            enumeration(&["block", "literal"]).map(|word| match word {
                "literal" => UnresolvedReferences::Literal,
                _ => UnresolvedReferences::Block,
            }),
        );
        let deletion_breaker = f.nullable("deletionBreaker", object::<Breaker>());
        behavior?;
        Some(Self(SyncOptionsInput {
            initial_sync_behavior: InitialSyncBehavior::OverwriteDestination,
            key_schema: key_schema?,
            disable_secret_deletion: disable_secret_deletion?,
            include_all_sub_folders: include_all_sub_folders?,
            unmanaged_secrets: unmanaged_secrets?,
            empty_values: empty_values?,
            unresolved_references: unresolved_references?,
            deletion_breaker: deletion_breaker?.map(|rule| rule.map(|Breaker(rule)| rule)),
        }))
    }
}

/// `syncOptions.deletionBreaker`.
struct Breaker(BreakerRule);

impl Decode for Breaker {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let keys = f.required("keys", int().min(0).max(i64::from(u32::MAX)));
        let percent = f.required("percent", int().min(0).max(100));
        Some(Self(BreakerRule { keys: u32::try_from(keys?).ok()?, percent: u32::try_from(percent?).ok()? }))
    }
}

/// `destinationConfig`. One of the texts says "Account ID" of the name, as the contract has it.
pub(super) struct Config(pub(super) DestinationConfig);

impl Decode for Config {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let limited = |empty: &str, long: &str| text().min(1).message(empty).max(255).message(long);
        let account_id =
            f.required("accountId", limited("Account ID is required", "Account ID must be less than 255 characters"));
        let account_name =
            f.optional("accountName", limited("Account Name is required", "Account ID must be less than 255 characters"));
        let group_id = f.optional("groupId", limited("Group ID is required", "Group ID must be less than 255 characters"));
        let group_name =
            f.optional("groupName", limited("Group Name is required", "Group Name must be less than 255 characters"));
        Some(Self(DestinationConfig {
            account_id: account_id?,
            account_name: account_name?,
            group_id: group_id?,
            group_name: group_name?,
        }))
    }
}

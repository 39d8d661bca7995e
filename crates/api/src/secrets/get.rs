//! One secret by name or id (core API contract, sections 10.3 and 10.4).

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, GetInput, Kind, Location};
use keyferry_domain::{Error, Result};
use serde_json::json;
use uuid::Uuid;

use super::fields::kind;
use super::scope::{Name, Project, Scope, V3, V4, Version as _, kind_for, only_place, secret_path};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, get};
use crate::wire::{Codec as _, Decode, Fields, int_text, string_bool, text, uuid};

struct QueryV3 {
    project: Option<Project>,
    environment: Option<String>,
    path: SecretPath,
    version: Option<i32>,
    kind: Kind,
    view_value: bool,
    expand_references: bool,
    include_imports: bool,
}

impl Decode for QueryV3 {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = V3::project(f);
        let environment = f.optional("environment", text().trim().blank_is_absent());
        let path = secret_path(f);
        let version = version(f);
        let kind = kind(f);
        let view_value = f.default("viewSecretValue", string_bool(), true);
        let expand_references = f.default("expandSecretReferences", string_bool(), false);
        let include_imports = f.default("include_imports", string_bool(), false);
        Some(Self {
            project: project?,
            environment: environment?,
            path: path?,
            version: version?,
            kind: kind?,
            view_value: view_value?,
            expand_references: expand_references?,
            include_imports: include_imports?,
        })
    }
}

struct QueryV4 {
    scope: Scope<V4>,
    version: Option<i32>,
    kind: Kind,
    view_value: bool,
    expand_references: bool,
    include_imports: bool,
}

impl Decode for QueryV4 {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let version = version(f);
        let kind = kind(f);
        let view_value = f.default("viewSecretValue", string_bool(), true);
        let expand_references = f.default("expandSecretReferences", string_bool(), true);
        let include_imports = f.default("includeImports", string_bool(), true);
        Some(Self {
            scope: scope?,
            version: version?,
            kind: kind?,
            view_value: view_value?,
            expand_references: expand_references?,
            include_imports: include_imports?,
        })
    }
}

fn version(f: &mut Fields<'_>) -> Option<Option<i32>> {
    // A version that no secret can have is one that is not found.
    f.optional("version", int_text().map(|version| i32::try_from(version).unwrap_or(0)).blank_is_absent())
}

struct Id(Uuid);

impl Decode for Id {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let id = f.required("secretId", uuid());
        Some(Self(id?))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || json!({ "secret": response::example() });
    vec![
        get("/api/v3/secrets/raw/{secretName}", get_v3)
            .id("getSecretByNameRawV3")
            .tag(TAG)
            .summary("Get a secret by its name")
            .permission("secrets:readValue")
            .answers(answer),
        get("/api/v3/secrets/raw/id/{secretId}", get_by_id)
            .id("getSecretByIdRawV3")
            .tag(TAG)
            .summary("Get a secret by its id")
            .permission("secrets:readValue")
            .answers(answer),
        get("/api/v4/secrets/{secretName}", get_v4)
            .id("getSecretByNameV4")
            .tag(TAG)
            .summary("Get a secret by its name")
            .permission("secrets:readValue")
            .answers(answer),
        get("/api/v4/secrets/id/{secretId}", get_by_id)
            .id("getSecretByIdV4")
            .tag(TAG)
            .summary("Get a secret by its id")
            .permission("secrets:readValue")
            .answers(answer),
    ]
}

async fn get_v3(call: Call, input: Input<Name, QueryV3>) -> Result<JsonBytes> {
    let query = input.query;
    let at = match only_place(&call)? {
        Some(at) => at,
        None => {
            let project = query.project.ok_or_else(|| Error::bad_request("You must provide workspaceSlug or workspaceId"))?;
            let environment = query.environment.ok_or_else(|| Error::bad_request("Missing environment"))?;
            Location { project_id: project.id(&call).await?, environment, path: query.path }
        }
    };
    let input = GetInput {
        at,
        key: input.params.0,
        kind: kind_for(&call, query.kind),
        version: query.version,
        view_value: query.view_value,
        expand_references: query.expand_references,
        include_imports: query.include_imports,
    };
    response::one(&secrets::get(&call.app, &call.caller, &input).await?)
}

async fn get_v4(call: Call, input: Input<Name, QueryV4>) -> Result<JsonBytes> {
    let query = input.query;
    let input = GetInput {
        at: query.scope.location(&call).await?,
        key: input.params.0,
        kind: kind_for(&call, query.kind),
        version: query.version,
        view_value: query.view_value,
        expand_references: query.expand_references,
        include_imports: query.include_imports,
    };
    response::one(&secrets::get(&call.app, &call.caller, &input).await?)
}

async fn get_by_id(call: Call, input: Input<Id>) -> Result<JsonBytes> {
    response::one(&secrets::get_by_id(&call.app, &call.caller, input.params.0).await?)
}

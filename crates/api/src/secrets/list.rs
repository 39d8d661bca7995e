//! All secrets of a folder (core API contract, sections 10.3 and 10.4).

use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, ListInput, Location, MetadataFilter, Personal};
use keyferry_domain::{Error, Result};
use serde_json::json;

use super::scope::{Project, Scope, V3, V4, Version as _, only_place, secret_path};
use super::{TAG, response};
use crate::endpoint::{Call, Endpoint, Input, JsonBytes, get};
use crate::wire::{Codec, Decode, Fields, string_bool, text};

/// Most metadata entries one filter names.
const MAX_FILTERS: usize = 10;

/// Parameters that both versions know.
struct Filters {
    tag_slugs: Vec<String>,
    metadata: Vec<MetadataFilter>,
    view_value: bool,
    recursive: bool,
}

impl Filters {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let tag_slugs = f.default("tagSlugs", text().blank_is_absent().map(|list| slugs(&list)), Vec::new());
        let metadata =
            f.default("metadataFilter", text().blank_is_absent().try_map(|given| metadata_filters(&given)), Vec::new());
        let view_value = f.default("viewSecretValue", string_bool(), true);
        let recursive = f.default("recursive", string_bool(), false);
        Some(Self { tag_slugs: tag_slugs?, metadata: metadata?, view_value: view_value?, recursive: recursive? })
    }

    fn input(self, at: Location, expand_references: bool, include_imports: bool, personal: Personal) -> ListInput {
        ListInput {
            at,
            view_value: self.view_value,
            expand_references,
            recursive: self.recursive,
            include_imports,
            personal,
            tag_slugs: self.tag_slugs,
            metadata: self.metadata,
        }
    }
}

fn slugs(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|slug| !slug.is_empty()).map(str::to_owned).collect()
}

/// `key=a,value=b|key=c,value=d`.
fn metadata_filters(given: &str) -> Result<Vec<MetadataFilter>, &'static str> {
    let mut filters = Vec::new();
    for pair in given.split('|').filter(|pair| !pair.trim().is_empty()) {
        let (mut key, mut value) = (None, None);
        for part in pair.split(',') {
            match part.split_once('=') {
                Some((name, text)) if name.trim() == "key" => key = Some(text.trim().to_owned()),
                Some((name, text)) if name.trim() == "value" => value = Some(text.trim().to_owned()),
                _ => return Err("Invalid metadata filter format. Expected key=<key>,value=<value>|key=<key>,value=<value>"),
            }
        }
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return Err("Invalid metadata filter format. Expected key=<key>,value=<value>|key=<key>,value=<value>");
        };
        filters.push(MetadataFilter { key, value });
    }
    if filters.len() > MAX_FILTERS {
        return Err("You can only filter by up to 10 metadata fields");
    }
    Ok(filters)
}

struct QueryV3 {
    project: Option<Project>,
    environment: Option<String>,
    path: SecretPath,
    expand_references: bool,
    include_imports: bool,
    filters: Filters,
}

impl Decode for QueryV3 {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let project = V3::project(f);
        let environment = f.optional("environment", text().trim().blank_is_absent());
        let path = secret_path(f);
        let expand_references = f.default("expandSecretReferences", string_bool(), false);
        let include_imports = f.default("include_imports", string_bool(), false);
        let filters = Filters::decode(f);
        Some(Self {
            project: project?,
            environment: environment?,
            path: path?,
            expand_references: expand_references?,
            include_imports: include_imports?,
            filters: filters?,
        })
    }
}

struct QueryV4 {
    scope: Scope<V4>,
    expand_references: bool,
    include_imports: bool,
    include_personal_overrides: bool,
    filters: Filters,
}

impl Decode for QueryV4 {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let scope = Scope::decode(f);
        let expand_references = f.default("expandSecretReferences", string_bool(), true);
        let include_personal_overrides = f.default("includePersonalOverrides", string_bool(), false);
        let include_imports = f.optional("includeImports", string_bool());
        // The name that older versions of the route know.
        let old_include_imports = f.optional("include_imports", string_bool());
        let filters = Filters::decode(f);
        let include_imports = include_imports?.or(old_include_imports?);
        Some(Self {
            scope: scope?,
            expand_references: expand_references?,
            include_imports: include_imports.unwrap_or(true),
            include_personal_overrides: include_personal_overrides?,
            filters: filters?,
        })
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let answer = || {
        json!({
            "secrets": [response::example()],
            "imports": [{
                "secretPath": "/shared",
                "environment": "dev",
                "folderId": "6f1f9c33-6f0a-4b3e-9b52-7f0d7c3a5e10",
                "secrets": [response::example()]
            }]
        })
    };
    vec![
        get("/api/v3/secrets/raw", list_v3)
            .id("listSecretsRawV3")
            .tag(TAG)
            .summary("List the secrets of a folder")
            .permission("secrets:describeSecret")
            .answers(answer),
        get("/api/v4/secrets", list_v4)
            .id("listSecretsV4")
            .tag(TAG)
            .summary("List the secrets of a folder")
            .permission("secrets:describeSecret")
            .answers(answer),
    ]
}

async fn list_v3(call: Call, input: Input<(), QueryV3>) -> Result<JsonBytes> {
    let query = input.query;
    let at = match only_place(&call)? {
        Some(at) => at,
        None => {
            let project = query.project.ok_or_else(|| Error::bad_request("You must provide projectSlug or workspaceId"))?;
            let environment = query.environment.ok_or_else(|| Error::bad_request("Missing project id or environment"))?;
            Location { project_id: project.id(&call).await?, environment, path: query.path }
        }
    };
    let input = query.filters.input(at, query.expand_references, query.include_imports, Personal::Separate);
    response::listing(&secrets::list(&call.app, &call.caller, &input).await?)
}

async fn list_v4(call: Call, input: Input<(), QueryV4>) -> Result<JsonBytes> {
    let query = input.query;
    let at = query.scope.location(&call).await?;
    let personal = if query.include_personal_overrides { Personal::Override } else { Personal::Exclude };
    let input = query.filters.input(at, query.expand_references, query.include_imports, personal);
    response::listing(&secrets::list(&call.app, &call.caller, &input).await?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn metadata_filters_are_pairs() {
        let filter = |key: &str, value: Option<&str>| MetadataFilter { key: key.to_owned(), value: value.map(str::to_owned) };
        assert_eq!(metadata_filters("key=a,value=b=c|key=d,value=").unwrap(), [filter("a", Some("b=c")), filter("d", Some(""))]);
        assert_eq!(metadata_filters("key=a").unwrap(), [filter("a", None)]);
        assert!(metadata_filters("a=b").is_err());
        assert!(metadata_filters(&["key=a,value=b"; 11].join("|")).is_err());
    }
}

//! OpenAPI 3.1 from the routes' own declarations.

use keyferry_http::RouteSpec;
use serde_json::{Map, Value, json};

use super::example;

/// The document of all routes that are not hidden, in alphabetical order of their paths.
pub fn document<'a>(routes: impl Iterator<Item = &'a RouteSpec>) -> Value {
    let mut listed: Vec<&RouteSpec> = routes.filter(|route| !route.hidden).collect();
    listed.sort_by_key(|route| (route.path, route.method.to_string()));
    let mut paths = Map::new();
    for route in listed {
        let path = route.path.replace("{*", "{");
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyferry API",
            "description": "Secrets in projects, environments and folders, kept in step with Checkly.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" }
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearerAuth": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
            "schemas": { "Error": error_schema(), "ValidationFailure": validation_schema(), "RouteNotFound": no_route_schema() },
            "responses": {
                "Error": { "description": "The request was not carried out", "content": json_content(reference("schemas/Error")) },
                "NotFound": {
                    "description": "Not found",
                    "content": json_content(json!({ "anyOf": [reference("schemas/Error"), reference("schemas/RouteNotFound")] }))
                },
                "ValidationFailure": {
                    "description": "The input is not valid",
                    "content": json_content(reference("schemas/ValidationFailure"))
                }
            }
        }
    })
}

fn operation(route: &RouteSpec) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), Value::from(route.operation_id));
    operation.insert("tags".to_owned(), json!([route.tag]));
    operation.insert("summary".to_owned(), Value::from(route.summary));
    if route.permission != "none" {
        operation.insert("description".to_owned(), Value::from(format!("Permission: `{}`.", route.permission)));
    }
    operation.insert("security".to_owned(), if takes_token(route) { json!([{ "bearerAuth": [] }]) } else { json!([]) });
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::from(parameters));
    }
    if let Some(body) = &route.operation.body {
        operation.insert(
            "requestBody".to_owned(),
            json!({
                "required": body["required"].is_array(),
                "content": {
                    "application/json": { "schema": body },
                    "application/x-www-form-urlencoded": { "schema": { "type": "object" } }
                }
            }),
        );
    }
    operation.insert("responses".to_owned(), responses(route));
    Value::Object(operation)
}

/// Path parts are always required; those without a declaration are texts.
fn parameters(route: &RouteSpec) -> Vec<Value> {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let declared = route.operation.params.as_ref();
    let mut parameters: Vec<Value> = names
        .map(|name| name.trim_start_matches('*'))
        .map(|name| {
            let schema = declared.and_then(|params| params["properties"].get(name)).cloned();
            json!({
                "name": name, "in": "path", "required": true, "schema": schema.unwrap_or_else(|| json!({ "type": "string" }))
            })
        })
        .collect();
    let Some(query) = &route.operation.query else { return parameters };
    let required: Vec<&str> = query["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, schema) in query["properties"].as_object().into_iter().flatten() {
        parameters.push(json!({ "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": schema }));
    }
    parameters
}

fn responses(route: &RouteSpec) -> Value {
    let mut responses = json!({
        "200": { "description": "Done" },
        "400": reference("responses/Error"),
        "404": reference("responses/NotFound"),
        "422": reference("responses/ValidationFailure"),
        "500": reference("responses/Error"),
        "503": reference("responses/Error")
    });
    if let Some(answer) = &route.operation.answer {
        let media_type = route.operation.media_type.unwrap_or("application/json");
        responses["200"]["content"] =
            json!({ media_type: { "schema": example::schema(answer), "example": example::clean(answer) } });
    }
    let mut also = Vec::new();
    if takes_token(route) {
        also.extend(["401", "403"]);
    }
    if route.operation.body.is_some() {
        also.extend(["401", "403", "408", "409", "413", "429"]);
    }
    for status in also {
        responses[status] = reference("responses/Error");
    }
    responses.sort_all_objects();
    responses
}

fn takes_token(route: &RouteSpec) -> bool {
    route.auth.takes_bearer() || route.operation.reads_own_token
}

fn reference(place: &str) -> Value {
    json!({ "$ref": format!("#/components/{place}") })
}

fn json_content(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "reqId": { "type": "string", "pattern": "^req-[A-Za-z0-9]{14}$" },
            "statusCode": { "type": "integer" },
            "message": { "type": "string" },
            "error": { "type": "string" },
            "details": {}
        },
        "required": ["reqId", "statusCode", "message", "error"]
    })
}

fn validation_schema() -> Value {
    let issue = json!({
        "type": "object",
        "properties": {
            "code": { "type": "string" },
            "message": { "type": "string" },
            "path": { "type": "array", "items": { "type": ["string", "integer"] } }
        },
        "required": ["code", "message", "path"]
    });
    json!({
        "type": "object",
        "properties": {
            "reqId": { "type": "string", "pattern": "^req-[A-Za-z0-9]{14}$" },
            "statusCode": { "type": "integer", "const": 422 },
            "message": { "type": "array", "items": issue },
            "error": { "type": "string", "const": "ValidationFailure" }
        },
        "required": ["reqId", "statusCode", "message", "error"]
    })
}

fn no_route_schema() -> Value {
    json!({
        "type": "object",
        "properties": { "message": { "type": "string" }, "error": { "type": "string" }, "statusCode": { "type": "integer" } },
        "required": ["message", "error", "statusCode"]
    })
}

//! OpenAPI 3.1 to 3.0.3, for the client's generator: only what our document uses.
//!
//! A schema of 3.1 is JSON Schema 2020-12; one of 3.0 is a dialect of its own (OpenAPI 3.0.3,
//! "Schema Object"): `nullable` instead of a type `null`, no `const`, nothing beside `$ref`.

use serde_json::{Map, Value, json};

/// Members whose names are anything, and whose values are descriptions again.
const NAMED: [&str; 9] = [
    "paths",
    "properties",
    "schemas",
    "responses",
    "content",
    "headers",
    "parameters",
    "requestBodies",
    "mapping",
];

/// Members that hold data, not descriptions.
const DATA: [&str; 4] = ["default", "enum", "example", "required"];

/// What 3.0.3 does not know; and what the client leaves to the daemon to check, whose messages
/// say what to do.
const LEFT_OUT: [&str; 11] = [
    "contentEncoding",
    "contentMediaType",
    "examples",
    "identifier",
    "itemSchema",
    "jsonSchemaDialect",
    "maxLength",
    "minLength",
    "pattern",
    "propertyNames",
    "webhooks",
];

/// A document in OpenAPI 3.0.3 of one in 3.1.
///
/// WebSockets are left out: a generator makes nothing useful of them. Problems become plain
/// JSON, since generators know that content type only.
pub fn downgrade(document: &Value) -> Value {
    let mut document = description(document);
    if let Some(root) = document.as_object_mut() {
        root.insert("openapi".to_owned(), json!("3.0.3"));
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|_, operation| operation.pointer("/responses/101").is_none());
        }
        paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    }
    document
}

fn description(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(description).collect(),
        Value::Object(object) => describe(object),
        plain => plain.clone(),
    }
}

fn describe(object: &Map<String, Value>) -> Value {
    if let Some(reference) = object.get("$ref") {
        return json!({ "$ref": reference });
    }
    let mut out = Map::new();
    for (key, value) in object {
        if LEFT_OUT.contains(&key.as_str()) {
            continue;
        }
        let value = match value {
            value if DATA.contains(&key.as_str()) => value.clone(),
            Value::Object(named) if NAMED.contains(&key.as_str()) => named
                .iter()
                .map(|(name, value)| (content_type(name).to_owned(), description(value)))
                .collect::<Map<_, _>>()
                .into(),
            value => description(value),
        };
        out.insert(key.clone(), value);
    }
    constant(&mut out);
    nullable_type(&mut out);
    for alternatives in ["oneOf", "anyOf"] {
        nullable_alternative(&mut out, alternatives);
    }
    unsigned(&mut out);
    Value::Object(out)
}

fn content_type(name: &str) -> &str {
    match name {
        "application/problem+json" => "application/json",
        name => name,
    }
}

fn constant(schema: &mut Map<String, Value>) {
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
}

/// `type: [T, null]` is `type: T, nullable: true`.
fn nullable_type(schema: &mut Map<String, Value>) {
    let Some(types) = schema.get("type").and_then(Value::as_array) else {
        return;
    };
    let nullable = types.contains(&json!("null"));
    let others: Vec<Value> = types.iter().filter(|t| *t != "null").cloned().collect();
    match <[Value; 1]>::try_from(others) {
        Ok([one]) => schema.insert("type".to_owned(), one),
        // Any of several: 3.0 can only say nothing.
        Err(_) => schema.remove("type"),
    };
    if nullable {
        schema.insert("nullable".to_owned(), json!(true));
    }
}

/// `oneOf: [null, S]` is `allOf: [S], nullable: true`.
fn nullable_alternative(schema: &mut Map<String, Value>, keyword: &str) {
    let Some(alternatives) = schema.get(keyword).and_then(Value::as_array) else {
        return;
    };
    let is_null = |schema: &Value| schema.get("type").is_some_and(|t| t == "null");
    if !alternatives.iter().any(is_null) {
        return;
    }
    let others: Vec<Value> = alternatives
        .iter()
        .filter(|schema| !is_null(schema))
        .cloned()
        .collect();
    let keyword_now = if others.len() == 1 { "allOf" } else { keyword };
    schema.remove(keyword);
    schema.insert(keyword_now.to_owned(), others.into());
    schema.insert("nullable".to_owned(), json!(true));
}

/// Integers that begin at 0 are the generator's unsigned ones.
fn unsigned(schema: &mut Map<String, Value>) {
    if schema.get("minimum").and_then(Value::as_f64) != Some(0.0) {
        return;
    }
    let format = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => "uint32",
        Some("int64") => "uint64",
        _ => return,
    };
    schema.insert("format".to_owned(), json!(format));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_becomes_nullable() {
        let document = json!({"type": ["string", "null"], "format": "date-time"});
        assert_eq!(
            description(&document),
            json!({"type": "string", "format": "date-time", "nullable": true})
        );
        let document = json!({"oneOf": [{"type": "null"}, {"$ref": "#/x", "description": "d"}]});
        assert_eq!(
            description(&document),
            json!({"allOf": [{"$ref": "#/x"}], "nullable": true})
        );
    }

    #[test]
    fn several_alternatives_stay_alternatives() {
        let document = json!({"oneOf": [{"type": "null"}, {"$ref": "#/x"}, {"$ref": "#/y"}]});
        assert_eq!(
            description(&document),
            json!({"oneOf": [{"$ref": "#/x"}, {"$ref": "#/y"}], "nullable": true})
        );
        let document = json!({"type": ["string", "integer"]});
        assert_eq!(description(&document), json!({}));
    }

    #[test]
    fn constants_and_unsigned_integers() {
        assert_eq!(description(&json!({"const": 1})), json!({"enum": [1]}));
        let document = json!({"type": "integer", "format": "int64", "minimum": 0});
        assert_eq!(
            description(&document),
            json!({"type": "integer", "format": "uint64", "minimum": 0})
        );
        let document = json!({"type": "integer", "format": "int64", "minimum": 1});
        assert_eq!(description(&document), document);
    }

    #[test]
    fn names_are_not_keywords_and_data_is_not_changed() {
        let document = json!({
            "properties": {"const": {"type": "string"}, "examples": {"const": "a"}},
            "default": {"const": 1},
        });
        assert_eq!(
            description(&document),
            json!({
                "properties": {"const": {"type": "string"}, "examples": {"enum": ["a"]}},
                "default": {"const": 1},
            })
        );
    }

    #[test]
    fn problems_are_json_and_web_sockets_are_left_out() {
        let document = json!({
            "openapi": "3.1.0",
            "paths": {
                "/attach": {"get": {"responses": {"101": {"description": "d"}}}},
                "/vms": {"get": {"responses": {"4XX": {
                    "content": {"application/problem+json": {"schema": {"$ref": "#/p"}}},
                }}}},
            },
        });
        assert_eq!(
            downgrade(&document),
            json!({
                "openapi": "3.0.3",
                "paths": {
                    "/vms": {"get": {"responses": {"4XX": {
                        "content": {"application/json": {"schema": {"$ref": "#/p"}}},
                    }}}},
                },
            })
        );
    }
}

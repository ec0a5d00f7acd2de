//! The document as it is published: OpenAPI 3.1, in a stable order.

use serde_json::{Map, Value};

/// What is published of the daemon's document.
pub fn published(document: &Value) -> Value {
    match document {
        Value::Array(values) => values.iter().map(published).collect(),
        Value::Object(object) => {
            // `itemSchema` is of OpenAPI 3.2; readers of 3.1 refuse it.
            let mut members: Vec<_> = object
                .iter()
                .filter(|(key, _)| *key != "itemSchema")
                .map(|(key, value)| (key.clone(), published(value)))
                .collect();
            // The order of a map depends on who else uses the JSON library.
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

/// As text, the way it is checked in.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn text(document: &Value) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_and_what_3_1_does_not_know_is_gone() {
        let document = json!({"b": [{"itemSchema": {}, "z": 1, "a": 2}], "a": null});
        let text = text(&published(&document)).unwrap();
        assert_eq!(
            text,
            "{\n  \"a\": null,\n  \"b\": [\n    {\n      \"a\": 2,\n      \"z\": 1\n    }\n  ]\n}\n"
        );
    }
}

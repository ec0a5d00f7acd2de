//! Names in records.

use std::collections::BTreeSet;

use serde_json::Value;

/// Version 1 of a record had one name.
///
/// # Errors
/// When it is of no version that was ever released.
pub fn migrate_names(from: u16, mut value: Value) -> Result<Value, String> {
    if from != 1 {
        return Err(format!("version {from} was never released"));
    }
    let name = value["name"].as_str().ok_or("no name")?.to_owned();
    value["names"] = Value::Array(vec![name.into()]);
    Ok(value)
}

/// The name under which a thing is shown: its first, or its id where it has none.
pub fn shown_name(names: &BTreeSet<String>, id: &str) -> String {
    names.first().map_or(id, String::as_str).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_name_becomes_a_list() {
        let old = json!({ "id": "a1", "name": "cup" });
        assert_eq!(
            migrate_names(1, old.clone()).unwrap()["names"],
            json!(["cup"])
        );
        assert!(migrate_names(0, old).is_err());
        assert!(migrate_names(1, json!({ "id": "a1" })).is_err());
    }

    #[test]
    fn what_has_no_name_is_shown_by_its_id() {
        assert_eq!(shown_name(&BTreeSet::new(), "a1"), "a1");
        let names = BTreeSet::from(["b".to_owned(), "a".to_owned()]);
        assert_eq!(shown_name(&names, "a1"), "a");
    }
}

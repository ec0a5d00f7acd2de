//! Bodies and parameters that are not what they should be.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::{JsonPayloadError, PathError, QueryPayloadError},
    web,
};
use banger_api::{ErrorCode, Problem};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Failure;

/// The largest JSON body, in bytes. A request is a few hundred.
const JSON_LIMIT: usize = 1024 * 1024;

/// A JSON object with the fields of `T`.
///
/// A derived reader takes an array for an object, its values being the fields in their order,
/// and refuses 2.0 for 2; JSON Schema says otherwise in both cases.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Json::<Value>::from_request(request, payload);
        Box::pin(async move {
            let value = body.await?.into_inner();
            Ok(Self(object(value).map_err(Failure)?))
        })
    }
}

fn object<T: DeserializeOwned>(mut value: Value) -> Result<T, Problem> {
    let bad = |detail: String| Problem::new(ErrorCode::BadRequest, detail);
    if !value.is_object() {
        return Err(bad("the body must be a JSON object".to_owned()));
    }
    whole_numbers(&mut value);
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "." => bad(format!("the body: {}", error.inner())),
            path => bad(format!("the body: {path}: {}", error.inner())),
        }
    })
}

/// A number without a fraction is a whole one, however it is written.
fn whole_numbers(value: &mut Value) {
    /// Up to here a double holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(float) = number.as_f64()
                && float.fract() == 0.0
                && float.abs() <= EXACT
            {
                *value = (float as i64).into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// How JSON bodies are read.
pub fn json() -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(JSON_LIMIT)
        .error_handler(json_error)
}

/// How queries are read.
pub fn query() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error: QueryPayloadError, _| {
        Failure(Problem::new(
            ErrorCode::BadRequest,
            format!("the query: {error}"),
        ))
        .into()
    })
}

/// How paths are read.
pub fn path() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error: PathError, _| {
        Failure(Problem::new(
            ErrorCode::BadRequest,
            format!("the path: {error}"),
        ))
        .into()
    })
}

fn json_error(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    let problem = match &error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            Problem::new(
                ErrorCode::TooLarge,
                format!("a body has at most {JSON_LIMIT} bytes"),
            )
        }
        JsonPayloadError::ContentType => {
            let detail = "the body must have the content type application/json";
            Problem::new(ErrorCode::UnsupportedMediaType, detail)
        }
        JsonPayloadError::Deserialize(error) => {
            Problem::new(ErrorCode::BadRequest, format!("the body: {error}"))
        }
        other => Problem::new(ErrorCode::BadRequest, format!("the body: {other}")),
    };
    Failure(problem).into()
}

#[cfg(test)]
mod tests {
    use banger_api::CreateVm;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_wanted_and_the_field_that_is_wrong_is_named() {
        let vm: CreateVm = object(json!({"memory_mib": 512.0})).unwrap();
        assert_eq!(vm.memory_mib, Some(512));
        let detail = |value| object::<CreateVm>(value).unwrap_err().detail;
        assert_eq!(detail(json!([null])), "the body must be a JSON object");
        let wrong = detail(json!({"memory_mib": 512.5}));
        assert!(wrong.starts_with("the body: memory_mib: "), "{wrong}");
        let unknown = detail(json!({"memory": 512}));
        assert!(unknown.contains("unknown field `memory`"), "{unknown}");
    }
}

//! Bodies and parameters that are not what they should be.

use actix_web::{
    HttpRequest,
    error::{JsonPayloadError, PathError, QueryPayloadError},
    web,
};
use banger_api::{ErrorCode, Problem};

use super::Failure;

/// The largest JSON body, in bytes. A request is a few hundred.
const JSON_LIMIT: usize = 1024 * 1024;

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

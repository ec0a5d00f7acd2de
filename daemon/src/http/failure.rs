//! Errors as responses.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use banger_api::Problem;
use utoipa::IntoResponses;

/// A problem as an answer (RFC 9457).
#[derive(Debug)]
pub struct Failure(pub Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        HttpResponse::build(self.status_code())
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .body(body)
    }
}

/// How every request can fail, for the document.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "it only names the answers in the document")]
pub enum Failures {
    /// Refused
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(Problem),
    /// Failed
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(Problem),
}

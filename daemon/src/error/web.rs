//! What can fail on the way from an address.

use banger_api::{ErrorCode, Problem};

use crate::web::WebError;

/// Something could not be downloaded.
pub fn web(error: &WebError) -> Problem {
    let problem = match error {
        WebError::File { path, source } => return super::io(path, source),
        error => Problem::new(ErrorCode::DownloadFailed, error.to_string()),
    };
    match error {
        WebError::Client(_) => problem.with_hint("install the package ca-certificates"),
        WebError::Transfer { .. } => problem.with_hint(
            "look at the address and your network; proxies are taken from https_proxy, \
             http_proxy and no_proxy of the daemon's environment",
        ),
        WebError::Digest { .. } | WebError::Short { .. } | WebError::TooLarge { .. } => {
            problem.with_hint("do not use it; ask its publisher, or try again")
        }
        WebError::Status { .. } | WebError::File { .. } => problem,
    }
}

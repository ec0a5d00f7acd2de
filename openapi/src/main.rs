//! Writes, or checks, what is made of the daemon's types: `openapi/openapi.json`, and the
//! client generated from it.
//!
//! ```text
//! daemon's types -> document -> publish -> openapi.json
//!                                  \-> downgrade -> generate -> cli/client/src/generated.rs
//! ```
//!
//! | file | role |
//! |---|---|
//! | `publish.rs` | the document as it is published, OpenAPI 3.1 |
//! | `downgrade.rs` | the same in OpenAPI 3.0.3, which the client's generator takes |
//! | `generate.rs` | the client |
//! | `artifacts.rs` | the files: what they should hold, and whether they do |

mod artifacts;
mod downgrade;
mod generate;
mod publish;

use std::process::ExitCode;

const USAGE: &str = "usage: banger-openapi write|check";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write"] => artifacts::write(),
        ["check"] => artifacts::check(),
        _ => {
            complain(USAGE);
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("banger-openapi: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr, reason = "a tool's last word")]
fn complain(message: &str) {
    eprintln!("{message}");
}

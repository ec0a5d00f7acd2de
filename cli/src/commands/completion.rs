//! `banger completion`.

use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

use crate::{
    args::completion::{CompletionArguments, Shell},
    context::Context,
    error::CliError,
    exit_status::ExitStatus,
};

/// The variable by which the shell asks this program for completions.
pub const VARIABLE: &str = "_BANGER_COMPLETE";

/// Prints the script. It asks this program while a line is typed, so it stays true.
///
/// # Errors
/// When it cannot be written.
pub fn run(context: &Context, arguments: &CompletionArguments) -> Result<ExitStatus, CliError> {
    let completer: &dyn EnvCompleter = match arguments.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut script = Vec::new();
    completer
        .write_registration(VARIABLE, "banger", "banger", "banger", &mut script)
        .map_err(CliError::Output)?;
    context.printer.bytes(&script)?;
    Ok(ExitStatus::Success)
}

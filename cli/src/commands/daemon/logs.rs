//! `banger daemon logs`.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs::File,
    io::{BufRead, BufReader},
};

use crate::{
    args::daemon::LogsArguments, context::Context, error::CliError, exit_status::ExitStatus,
};

/// Prints the daemon's log from its file, so that it can be read when the daemon is gone.
///
/// # Errors
/// When it cannot be read.
pub fn run(context: &Context, arguments: &LogsArguments) -> Result<ExitStatus, CliError> {
    let path = context.settings()?.log_file.value;
    let failed = |source| CliError::File {
        path: path.clone(),
        source,
    };
    let file = File::open(&path).map_err(failed)?;
    // What was written before the file became too long.
    let mut old = OsString::from(&path);
    old.push(".1");
    let old = File::open(old).ok().map(BufReader::new);
    let lines = old.into_iter().chain([BufReader::new(file)]);
    let lines = lines.flat_map(|file| file.split(b'\n'));
    // Without a limit nothing is held back.
    let mut held = VecDeque::new();
    for line in lines {
        held.push_back(line.map_err(failed)?);
        if held.len() > arguments.tail.unwrap_or(0)
            && let Some(mut line) = held.pop_front()
            && arguments.tail.is_none()
        {
            line.push(b'\n');
            context.printer.bytes(&line)?;
        }
    }
    for mut line in held {
        line.push(b'\n');
        context.printer.bytes(&line)?;
    }
    Ok(ExitStatus::Success)
}

//! `bangerd`: arguments, logging, exit code; nothing else.

use std::{fs::OpenOptions, io, path::Path, process::ExitCode};

use banger_api::LogLevel;
use banger_config::{Environment, Settings};
use bangerd::log_file::RotatingFile;
use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

/// Runs VMs and answers on a Unix socket. Settings come from config.toml and BANGER_*
/// variables.
#[derive(Debug, Parser)]
#[command(name = "bangerd", version)]
struct Arguments {
    /// Write `ready` to standard output, and close it, when requests are answered.
    #[arg(long)]
    announce: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            tracing::error!(message, "bangerd ends");
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr, reason = "this is where the last word is said")]
fn complain(message: &str) {
    eprintln!("bangerd: {message}");
}

fn start(arguments: &Arguments) -> Result<(), String> {
    let settings =
        Settings::load(&Environment::from_process()).map_err(|error| error.to_string())?;
    open_log(&settings.log_file.value, settings.log_level.value)
        .map_err(|error| format!("{}: {error}", settings.log_file.value.display()))?;
    for warning in &settings.warnings {
        tracing::warn!(warning, "settings");
        complain(warning);
    }
    let announce = arguments.announce;
    let ready = move || {
        if announce {
            announce_ready();
        }
    };
    actix_rt::System::new()
        .block_on(bangerd::startup::run(settings, ready))
        .map_err(|error| error.to_string())
}

/// Tells whoever started this daemon, and lets go of its terminal or pipe.
fn announce_ready() {
    use io::Write;
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "ready").and_then(|()| stdout.flush());
    if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdout(&null);
        let _ = nix::unistd::dup2_stderr(&null);
    }
}

fn open_log(path: &Path, level: LogLevel) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let file = RotatingFile::open(path)?;
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_writer(std::sync::Mutex::new(file))
        .init();
    Ok(())
}

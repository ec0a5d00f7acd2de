//! Where all text goes: answers to standard output, everything else to standard error.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::{args::OutputFormat, error::CliError};

/// Writes as the options ask.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    /// How answers are written.
    pub format: OutputFormat,
    /// Whether notes are left out.
    pub quiet: bool,
}

impl Printer {
    /// Without options, because they could not be read.
    pub fn plain() -> Self {
        Self {
            format: OutputFormat::Table,
            quiet: false,
        }
    }

    /// Whether answers are JSON.
    pub fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// An answer: as JSON, or as `text` for people.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn answer<T: Serialize, D: Display>(
        &self,
        value: &T,
        text: impl FnOnce() -> D,
    ) -> Result<(), CliError> {
        if self.is_json() {
            self.json(value)
        } else {
            self.text(text())
        }
    }

    /// An answer as JSON, whatever the options.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json(&self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(value);
        let text = text.map_err(|error| CliError::Output(error.into()))?;
        self.text(text + "\n")
    }

    /// An answer as JSON on one line.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json_line(&self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value);
        let text = text.map_err(|error| CliError::Output(error.into()))?;
        self.text(text + "\n")
    }

    /// Text of an answer, as it is.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn text(&self, text: impl Display) -> Result<(), CliError> {
        self.bytes(text.to_string().as_bytes())
    }

    /// Bytes of an answer, as they are.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        written.map_err(CliError::Output)
    }

    /// Something worth knowing.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            say(&text);
        }
    }

    /// Something worth knowing, with a label such as `note`.
    pub fn labelled(&self, label: &str, text: impl Display) {
        if !self.quiet {
            say(&format_args!("{}: {text}", bold(label, AnsiColor::Cyan)));
        }
    }

    /// Something odd, which is told even to those who asked for quiet.
    pub fn warning(&self, text: impl Display) {
        say(&format_args!(
            "{}: {text}",
            bold("warning", AnsiColor::Yellow)
        ));
    }

    /// A failure, with what to do about it.
    pub fn error(&self, text: impl Display, hint: Option<String>) {
        say(&format_args!("{}: {text}", bold("error", AnsiColor::Red)));
        if let Some(hint) = hint {
            self.hint(hint);
        }
    }

    /// What a program wrote for people, as it is.
    pub fn passed_on(&self, bytes: &[u8]) {
        if !self.quiet {
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
        }
    }

    /// What to do next.
    pub fn hint(&self, text: impl Display) {
        say(&format_args!("{}: {text}", bold("hint", AnsiColor::Green)));
    }
}

fn bold(label: &str, color: AnsiColor) -> String {
    let style = Style::new().bold().fg_color(Some(color.into()));
    format!("{style}{label}{style:#}")
}

/// One line on standard error; colors are left out where it is no terminal. Nobody is left
/// to be told when that fails.
fn say(text: &dyn Display) {
    let mut stderr = anstream::AutoStream::auto(io::stderr().lock());
    let _ = writeln!(stderr, "{text}");
}

/// Whether standard error is a terminal that can show moving bars.
pub fn can_animate() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !dumb
}

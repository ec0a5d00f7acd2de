//! The user's terminal: raw mode, which is left on every way out, and its size.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Write},
};

use banger_api::TerminalSize;
use nix::sys::termios::{LocalFlags, SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use terminal_size::terminal_size_of;

/// What a terminal without a size is taken for.
const USUAL: TerminalSize = TerminalSize {
    rows: 24,
    columns: 80,
};

/// Whether both standard input and output are a terminal.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The size of the terminal that standard output, or else input, is.
pub fn size() -> TerminalSize {
    let size = terminal_size_of(io::stdout()).or_else(|| terminal_size_of(io::stdin()));
    size.map_or(USUAL, |(width, height)| TerminalSize {
        rows: height.0,
        columns: width.0,
    })
}

/// Asks for a line on the terminal that is not shown while it is typed.
///
/// # Errors
/// When there is no terminal.
pub fn password(prompt: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(prompt.as_bytes())?;
    let before = tcgetattr(&terminal)?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(&terminal, SetArg::TCSAFLUSH, &silent)?;
    let mut line = String::new();
    let read = BufReader::new(&terminal).read_line(&mut line);
    tcsetattr(&terminal, SetArg::TCSAFLUSH, &before)?;
    terminal.write_all(b"\n")?;
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Keys come one by one and as they are, while this lives.
pub struct RawMode {
    before: Termios,
}

impl RawMode {
    /// Enters it; nothing where standard input is no terminal.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn enter() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin())?;
        let raw = Self { before };
        raw.renew()?;
        Ok(Some(raw))
    }

    /// Enters it anew, after something else has changed it: a shell that stopped and
    /// continued us, for one.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn renew(&self) -> io::Result<()> {
        let mut raw = self.before.clone();
        cfmakeraw(&mut raw);
        Ok(tcsetattr(io::stdin(), SetArg::TCSADRAIN, &raw)?)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // Not TCSADRAIN: output that nobody takes would hold us here.
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.before);
    }
}

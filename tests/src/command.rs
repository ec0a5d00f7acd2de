//! Calls of `banger` and other programs, and what came of them.

use std::{
    ffi::{OsStr, OsString},
    io::{Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long a call may take before it counts as hung.
const LIMIT: Duration = Duration::from_secs(600);

/// A call that is being put together.
pub struct Banger {
    command: Command,
    input: Option<Vec<u8>>,
    limit: Duration,
}

/// What came of a call.
#[derive(Debug)]
pub struct Finished {
    /// What was called.
    pub line: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// How long it took.
    pub took: Duration,
}

impl Banger {
    /// A call of any program.
    pub fn call(program: impl AsRef<OsStr>) -> Self {
        Self {
            command: Command::new(program),
            input: None,
            limit: LIMIT,
        }
    }

    /// More words.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.command.args(words);
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it there.
    #[must_use]
    pub fn dir(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Gives it something to read; it reads nothing otherwise.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// It counts as hung after that time.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The words, for messages.
    fn line(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        words
            .collect::<Vec<_>>()
            .join(OsStr::new(" "))
            .display()
            .to_string()
    }

    /// Starts it on a terminal of 24 lines and 80 columns.
    pub fn on_terminal(self) -> crate::Terminal {
        crate::Terminal::start(&self.command, 24, 80)
    }

    /// Starts it, with pipes at all three ends.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut self) -> Child {
        let line = self.line();
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started, or hangs.
    #[track_caller]
    pub fn run(mut self) -> Finished {
        let line = self.line();
        let begun = Instant::now();
        self.command.stdin(match self.input {
            Some(_) => Stdio::piped(),
            None => Stdio::null(),
        });
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        if let Some((mut pipe, bytes)) = child.stdin.take().zip(self.input.take()) {
            // One that does not read to the end is its own business.
            std::thread::spawn(move || pipe.write_all(&bytes));
        }
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let deadline = begun + self.limit;
        let status = loop {
            if let Some(status) = child.try_wait().expect("it is our child") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                let said = stderr
                    .recv_timeout(Duration::from_secs(5))
                    .unwrap_or_default();
                panic!(
                    "{line}: hangs for {:?}; it said: {}",
                    self.limit,
                    String::from_utf8_lossy(&said)
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = begun.elapsed();
        let rest = Duration::from_secs(10);
        let output = |pipe: mpsc::Receiver<Vec<u8>>, name: &str| {
            pipe.recv_timeout(rest)
                .unwrap_or_else(|_| panic!("{line}: ended, but its {name} stays open"))
        };
        Finished {
            stdout: output(stdout, "stdout"),
            stderr: output(stderr, "stderr"),
            line,
            status,
            took,
        }
    }
}

/// Words of a call from a line in a test, split at blanks; words with blanks come in arrays.
pub fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let mut pipe = pipe.expect("it has a pipe");
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        sender.send(bytes)
    });
    receiver
}

impl Finished {
    /// Its exit code; 128 and the signal where one ended it, as a shell says.
    pub fn code(&self) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        self.status
            .code()
            .or_else(|| self.status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1)
    }

    /// Its standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its standard error as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// It must have succeeded.
    ///
    /// # Panics
    /// When it failed.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.ended_with(0)
    }

    /// It must have ended with that code.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn ended_with(self, code: i32) -> Self {
        assert_eq!(
            self.code(),
            code,
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.line,
            self.out(),
            self.err()
        );
        self
    }

    /// It must have said all of these on standard error.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn complaining(self, of: &[&str]) -> Self {
        let said = self.err();
        for part in of {
            assert!(said.contains(part), "{}: no {part:?} in: {said}", self.line);
        }
        self
    }

    /// Its standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.line, self.out()))
    }
}

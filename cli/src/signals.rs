//! Signals that ask us to end.

use std::time::{Duration, Instant};

use nix::libc;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::CliError;

/// Two of a kind within this time mean: at once.
const INSISTENCE: Duration = Duration::from_secs(2);

/// Hears SIGINT, SIGTERM, SIGHUP and SIGQUIT. While it lives they do not end this process.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
    first: Option<i32>,
    last_interrupt: Option<Instant>,
}

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its number.
    pub number: i32,
    /// Whether it is a second Ctrl-C shortly after the first.
    pub insists: bool,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn listen() -> Result<Self, CliError> {
        let hear = |kind| signal(kind).map_err(CliError::Terminal);
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            hang_up: hear(SignalKind::hangup())?,
            quit: hear(SignalKind::quit())?,
            first: None,
            last_interrupt: None,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Heard {
        let number = tokio::select! {
            _ = self.interrupt.recv() => libc::SIGINT,
            _ = self.terminate.recv() => libc::SIGTERM,
            _ = self.hang_up.recv() => libc::SIGHUP,
            _ = self.quit.recv() => libc::SIGQUIT,
        };
        self.first.get_or_insert(number);
        let mut insists = false;
        if number == libc::SIGINT {
            let now = Instant::now();
            insists = self
                .last_interrupt
                .is_some_and(|last| now - last < INSISTENCE);
            self.last_interrupt = Some(now);
        }
        Heard { number, insists }
    }

    /// What a step gives, or that a signal came first.
    ///
    /// # Errors
    /// [`CliError::Interrupted`], or what the step says.
    pub async fn unless<T, E>(
        &mut self,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CliError>
    where
        CliError: From<E>,
    {
        tokio::select! {
            done = step => done.map_err(CliError::from),
            heard = self.next() => Err(CliError::Interrupted { signal: heard.number }),
        }
    }

    /// Fails when one came before.
    ///
    /// # Errors
    /// [`CliError::Interrupted`].
    pub fn check(&self) -> Result<(), CliError> {
        match self.first {
            Some(signal) => Err(CliError::Interrupted { signal }),
            None => Ok(()),
        }
    }
}

//! Starting, stopping and killing the daemon of a home.

use std::{
    io::{BufRead, BufReader, Read},
    process::Child,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

use crate::{Home, residue::eventually};

impl Home {
    /// Starts the daemon and waits until it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_daemon(&self) -> &Self {
        // A child that a killed daemon was just starting holds its locks until it runs.
        let begun = Instant::now();
        let child = loop {
            match self.try_start_daemon() {
                Ok(child) => break child,
                Err(said) if said.contains("in use by") && begun.elapsed().as_secs() < 5 => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(said) => panic!("bangerd does not start: {said}"),
            }
        };
        *self.daemon.lock().expect("no test panics here") = Some(child);
        self
    }

    /// Starts a daemon; what it says where it does not start.
    ///
    /// # Errors
    /// When it ends, with what it wrote to standard error.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub fn try_start_daemon(&self) -> Result<Child, String> {
        let mut child = self.program("bangerd").args(["--announce"]).start();
        drop(child.stdin.take());
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it has a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a pipe can be read");
        if line == "ready\n" {
            return Ok(child);
        }
        let mut said = String::new();
        let stderr = child.stderr.as_mut().expect("it has a pipe");
        stderr.read_to_string(&mut said).expect("it writes text");
        let status = child.wait().expect("it is our child");
        assert_eq!(status.code(), Some(1), "{said}");
        Err(said)
    }

    /// The process id of the daemon that answers here.
    pub fn daemon_pid(&self) -> Option<i32> {
        let status = self
            .api()
            .try_send("GET", "/v1/status", None, Vec::new())
            .ok()?;
        i32::try_from(status.json()["pid"].as_i64()?).ok()
    }

    /// Stops the daemon; VMs go on.
    ///
    /// # Panics
    /// When it refuses, or does not end.
    pub fn stop_daemon(&self) {
        let Some(pid) = self.daemon_pid() else { return };
        self.api().post("/v1/daemon/stop", &json!({})).ok();
        self.await_end(pid);
    }

    /// Kills the daemon as a crash would; VMs go on.
    ///
    /// # Panics
    /// When none answers.
    pub fn kill_daemon(&self) {
        let pid = self.daemon_pid().expect("a daemon answers");
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is ours");
        self.await_end(pid);
    }

    fn await_end(&self, pid: i32) {
        let mut daemon = self.daemon.lock().expect("no test panics here");
        eventually("the daemon has ended", Duration::from_secs(30), || {
            match daemon.as_mut() {
                // Our own child stays a zombie until it is waited for.
                Some(child) if child.id().cast_signed() == pid => {
                    child.try_wait().expect("it is our child").is_some()
                }
                _ => kill(Pid::from_raw(pid), None).is_err(),
            }
        });
    }
}

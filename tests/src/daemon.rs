//! Starting, stopping and killing the daemon of a home.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::Child,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;

use crate::{Banger, Home, checkout, residue::eventually};

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

    /// Starts a daemon whose state directory is an ext4 of its own of that size, with the
    /// home's records and, where `shelves` says so, its images and kernels. It is mounted in a
    /// namespace of its own, which ends with the daemon and its machines; see
    /// [`Home::seen_by_daemon`]. Wants root, and `unshare` and `mke2fs`.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_daemon_on_small_disk(&self, mib: u64, shelves: bool) {
        const SCRIPT: &str = r#"
            set -e
            small=$1 state=$2 kept=$3 shelves=$4 program=$5
            mkdir -p "$state" "$kept"
            mount --bind "$state" "$kept"
            mount -o loop "$small" "$state"
            rmdir "$state/lost+found"
            if [ "$shelves" = true ]; then
                cp -a "$kept/store" "$state"
                for shelf in images kernels; do
                    mkdir "$state/$shelf"
                    mount --bind "$kept/$shelf" "$state/$shelf"
                done
            fi
            exec "$program" --announce
        "#;
        let small = tempfile::NamedTempFile::new_in(self.scratch()).expect("a file");
        let (file, small) = small.keep().expect("a file");
        file.set_len(mib << 20).expect("a size");
        Banger::call("mke2fs")
            .args(["-q", "-F", "-t", "ext4", "-m", "0"])
            .args([&small])
            .run()
            .ok();
        let call = self
            .program_at(Path::new("unshare"))
            .args(["--mount", "sh", "-c", SCRIPT, "sh"])
            .args([&small, &self.state(), &self.scratch().join("kept")])
            .args([if shelves { "true" } else { "false" }])
            .args([checkout::program("bangerd")]);
        let child = await_ready(call).unwrap_or_else(|said| panic!("it does not start: {said}"));
        *self.daemon.lock().expect("no test panics here") = Some(child);
    }

    /// A path as the running daemon sees it, with its mounts.
    ///
    /// # Panics
    /// When no daemon was started.
    pub fn seen_by_daemon(&self, path: &Path) -> PathBuf {
        let daemon = self.daemon.lock().expect("no test panics here");
        let pid = daemon.as_ref().expect("a daemon was started").id();
        let inside = path.strip_prefix("/").expect("it is absolute");
        Path::new(&format!("/proc/{pid}/root")).join(inside)
    }

    /// Starts a daemon; what it says where it does not start.
    ///
    /// # Errors
    /// When it ends, with what it wrote to standard error.
    ///
    /// # Panics
    /// When the program cannot be run.
    pub fn try_start_daemon(&self) -> Result<Child, String> {
        await_ready(self.program("bangerd").args(["--announce"]))
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

    /// Tells the daemon to stop as an init would, and waits for its end.
    ///
    /// # Panics
    /// When none answers, or it does not end.
    pub fn terminate_daemon(&self) {
        let pid = self.daemon_pid().expect("a daemon answers");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("it is ours");
        self.await_end(pid);
    }

    /// Waits for the end of a daemon that was killed.
    ///
    /// # Panics
    /// When it does not end.
    pub fn await_daemons_end(&self) {
        let pid = {
            let daemon = self.daemon.lock().expect("no test panics here");
            daemon.as_ref().map(|child| child.id().cast_signed())
        };
        self.await_end(pid.expect("a daemon was started"));
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

/// Starts it and waits until it says that it is ready.
fn await_ready(call: Banger) -> Result<Child, String> {
    let mut child = call.start();
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

//! A daemon's directories, cloned from the template. Dropping a home ends what runs in it,
//! and fails where something is left.

use std::{
    ffi::OsString,
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Child,
    sync::Mutex,
    thread,
    time::Duration,
};

use nix::{
    fcntl::{Flock, FlockArg},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::{Api, Banger, checkout, command, residue, template};

/// The directories of a daemon, its settings, and what was started in them.
pub struct Home {
    directory: PathBuf,
    runtime: TempDir,
    api: Api,
    temporary: bool,
    pub(crate) daemon: Mutex<Option<Child>>,
    /// Held while the home is used; see [`sweep`].
    _in_use: Flock<File>,
}

impl Home {
    /// A home with the template's kernel and images.
    ///
    /// # Panics
    /// When it cannot be made.
    #[allow(clippy::new_without_default, reason = "it makes directories")]
    pub fn new() -> Self {
        let home = Self::bare();
        template::clone_to(&home.state());
        home
    }

    /// A home with nothing in it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn bare() -> Self {
        let homes = checkout::test_home().join("homes");
        fs::create_dir_all(&homes).expect("a directory");
        let directory = tempfile::Builder::new()
            .prefix("home-")
            .tempdir_in(homes)
            .expect("a directory")
            .keep();
        let mut home = Self::at(directory);
        home.temporary = true;
        home
    }

    /// A home in that directory, which stays.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn at(directory: PathBuf) -> Self {
        fs::create_dir_all(directory.join("home")).expect("a directory");
        // Sockets have short paths, so these are not beneath the checkout.
        let runtime = tempfile::Builder::new()
            .prefix("bt-")
            .permissions(fs::Permissions::from_mode(0o711))
            .tempdir_in("/tmp")
            .expect("a directory");
        fs::write(
            directory.join("runtime"),
            runtime.path().as_os_str().as_encoded_bytes(),
        )
        .expect("a note");
        let in_use = File::create(directory.join("in-use")).expect("a lock's file");
        let in_use = Flock::lock(in_use, FlockArg::LockExclusiveNonblock)
            .unwrap_or_else(|(_, error)| panic!("{}: in use: {error}", directory.display()));
        Self {
            api: Api::new(&runtime.path().join("banger.sock")),
            directory,
            runtime,
            temporary: false,
            daemon: Mutex::default(),
            _in_use: in_use,
        }
    }

    /// The daemon's socket.
    pub fn socket(&self) -> PathBuf {
        self.runtime.path().join("banger.sock")
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.directory.join("state")
    }

    /// The runtime directory.
    pub fn runtime(&self) -> &Path {
        self.runtime.path()
    }

    /// A directory for the test's own files.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn scratch(&self) -> PathBuf {
        let path = self.directory.join("scratch");
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    /// The user's home directory.
    pub fn user_home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// The API of this home's daemon.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The variables that put a daemon and a command line into this home.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let home = self.directory.join("home");
        vec![
            ("HOME", home.clone().into()),
            ("XDG_CONFIG_HOME", home.join("config").into()),
            ("XDG_DATA_HOME", home.join("data").into()),
            ("XDG_RUNTIME_DIR", self.runtime.path().into()),
            // A home may lie in a checkout, which is a repository.
            ("GIT_CEILING_DIRECTORIES", self.directory.clone().into()),
            ("BANGER_STATE_DIR", self.state().into()),
            ("BANGER_RUNTIME_DIR", self.runtime.path().into()),
            ("BANGER_SOCKET", self.socket().into()),
            ("BANGER_LOG_LEVEL", "debug".into()),
            ("BANGER_VM_DEFAULTS_VCPUS", "1".into()),
            ("BANGER_VM_DEFAULTS_MEMORY", "512MiB".into()),
            ("BANGER_VM_DEFAULTS_DISK_SIZE", "2GiB".into()),
            ("BANGER_BOOT_TIMEOUT", "180s".into()),
            ("BANGER_VMM_UID_BASE", self.uid_base().to_string().into()),
        ]
    }

    /// The users of this home's VMs: homes do not share them, as two hosts would not.
    fn uid_base(&self) -> u32 {
        let name = self.runtime.path().as_os_str().as_encoded_bytes();
        let hash = name
            .iter()
            .fold(7u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(*byte));
        1_879_048_192 + (hash % 4000) * 65_536
    }

    /// Writes config.toml; a daemon reads it when it starts.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn configure(&self, settings: &str) {
        let directory = self.user_home().join("config/banger");
        fs::create_dir_all(&directory).expect("the directory is ours");
        fs::write(directory.join("config.toml"), settings).expect("the directory is ours");
    }

    /// A call of `banger` with words split at blanks.
    pub fn banger(&self, line: &str) -> Banger {
        self.program("banger").args(command::words(line))
    }

    /// A call of one of the built programs.
    pub fn program(&self, name: &str) -> Banger {
        self.program_at(&checkout::program(name))
    }

    /// A call of any program with this home's variables.
    pub(crate) fn program_at(&self, program: &Path) -> Banger {
        let foreign = std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.as_encoded_bytes().starts_with(b"BANGER_"));
        let call = foreign.fold(Banger::call(program), Banger::env_remove);
        self.variables()
            .into_iter()
            .fold(call, |call, (name, value)| call.env(name, value))
            .dir(&self.scratch())
    }

    /// What the daemon logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.state().join("bangerd.log")).unwrap_or_default()
    }

    /// Processes that belong to this home.
    pub fn processes(&self) -> Vec<residue::Process> {
        let mut found = residue::processes(self.runtime.path());
        for process in residue::processes(&self.directory) {
            if !found.contains(&process) {
                found.push(process);
            }
        }
        found
    }

    /// What of VMs is in the directories: ids.
    pub fn vm_directories(&self) -> Vec<PathBuf> {
        [self.state().join("vms"), self.runtime.path().join("vms")]
            .iter()
            .flat_map(|directory| entries(directory))
            .collect()
    }

    /// What is unfinished on the shelves of images and kernels.
    pub fn unfinished(&self) -> Vec<PathBuf> {
        ["images", "kernels"]
            .iter()
            .flat_map(|shelf| entries(&self.state().join(shelf)))
            .filter(|path| path.to_string_lossy().contains(".making-"))
            .collect()
    }

    /// Ends everything in this home and tells what was left.
    fn end(&self) -> Vec<String> {
        if self.daemon_pid().is_some() {
            self.delete_all_vms();
            self.stop_daemon();
        }
        let mut left = Vec::new();
        let gone = || self.processes().is_empty();
        if !wait(Duration::from_secs(20), gone) {
            for process in self.processes() {
                left.push(format!("process {}: {}", process.pid, process.command));
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
            }
            wait(Duration::from_secs(5), gone);
        }
        for directory in [self.runtime.path(), &self.directory] {
            left.extend(
                residue::mounts(directory)
                    .into_iter()
                    .map(|mount| format!("mount {mount}")),
            );
        }
        let files = self.vm_directories().into_iter().chain(self.unfinished());
        left.extend(files.map(|path| format!("file {}", path.display())));
        if self.socket().exists() {
            left.push("the socket".to_owned());
        }
        left
    }

    fn delete_all_vms(&self) {
        let Ok(list) = self.api.try_send("GET", "/v1/vms", None, Vec::new()) else {
            return;
        };
        let list = list.json();
        for vm in list["vms"].as_array().into_iter().flatten() {
            let id = vm["id"].as_str().unwrap_or_default();
            let path = format!("/v1/vms/{id}?force=true&wait=true");
            let _ = self.api.try_send("DELETE", &path, None, Vec::new());
        }
    }

    /// Prints what may explain a failure.
    fn explain(&self) {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        eprintln!("--- the end of {}'s daemon log", self.directory.display());
        lines[lines.len().saturating_sub(40)..]
            .iter()
            .for_each(|line| eprintln!("{line}"));
        for vm in entries(&self.state().join("vms")) {
            for name in ["console.log", "vmm.log"] {
                let bytes = fs::read(vm.join(name)).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                let lines: Vec<&str> = text.lines().collect();
                eprintln!("--- the end of {}/{name}", vm.display());
                lines[lines.len().saturating_sub(15)..]
                    .iter()
                    .for_each(|line| eprintln!("{line}"));
            }
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let failing = thread::panicking();
        if failing {
            self.explain();
        }
        let left = self.end();
        if !left.is_empty() && !failing {
            self.explain();
        }
        if self.temporary {
            let _ = fs::remove_dir_all(&self.directory);
        }
        if left.is_empty() {
            return;
        }
        let report = format!("left behind:\n  {}", left.join("\n  "));
        assert!(failing, "{report}");
        eprintln!("{report}");
    }
}

/// Ends and removes homes whose test program was killed.
pub fn sweep() {
    for directory in entries(&checkout::test_home().join("homes")) {
        let Ok(file) = File::open(directory.join("in-use")) else {
            continue;
        };
        let Ok(_lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
            continue;
        };
        let runtime = fs::read_to_string(directory.join("runtime")).unwrap_or_default();
        for place in [directory.as_path(), Path::new(&runtime)] {
            if place.as_os_str().len() < "/tmp/bt-".len() {
                continue;
            }
            for process in residue::processes(place) {
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
            }
            let _ = fs::remove_dir_all(place);
        }
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn wait(limit: Duration, mut until: impl FnMut() -> bool) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < limit {
        if until() {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    until()
}

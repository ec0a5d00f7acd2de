//! What of a daemon and its VMs is still there: processes that name one of its directories,
//! mounts in them.

use std::{
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// Its command line, with blanks between the words.
    pub command: String,
}

/// The processes whose command line, environment, directory or open files name a directory.
/// Zombies have none of these and do not count.
pub fn processes(directory: &Path) -> Vec<Process> {
    let own = std::process::id().cast_signed();
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| pid != own)
        .filter_map(|pid| names(pid, directory))
        .collect()
}

fn names(pid: i32, directory: &Path) -> Option<Process> {
    let proc = PathBuf::from(format!("/proc/{pid}"));
    let needle = directory.as_os_str().as_bytes();
    let contains = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let leads = |link: &Path| fs::read_link(link).is_ok_and(|to| to.starts_with(directory));
    let command = fs::read(proc.join("cmdline")).ok()?;
    let named = contains(&command)
        || fs::read(proc.join("environ")).is_ok_and(|environ| contains(&environ))
        || leads(&proc.join("cwd"))
        || leads(&proc.join("root"))
        || fs::read_dir(proc.join("fd"))
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| leads(&entry.path()));
    named.then(|| Process {
        pid,
        command: String::from_utf8_lossy(&command).replace('\0', " "),
    })
}

/// The mounts in a directory, in this process's namespace.
pub fn mounts(directory: &Path) -> Vec<String> {
    let table = fs::read_to_string("/proc/self/mounts").expect("/proc is mounted");
    table
        .lines()
        .filter(|line| {
            line.split(' ')
                .nth(1)
                .is_some_and(|at| Path::new(at).starts_with(directory))
        })
        .map(str::to_owned)
        .collect()
}

/// Waits until something is so; says what it waited for where it never was.
///
/// # Panics
/// When the time is over.
pub fn eventually(what: &str, within: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < within,
            "after {within:?} it is still not so that {what}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

//! The process table, as far as it tells what an init is at (proc(5)).

use std::fs;

/// A process of the guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its parent's number.
    pub parent: i32,
    /// The letter of its state, such as `S` for one that sleeps.
    pub state: char,
    /// Its command line; empty for the kernel's threads and for zombies.
    pub arguments: Vec<String>,
}

impl Process {
    /// Whether it is `program`, or a script of that name that its interpreter runs. A name
    /// without a slash fits every directory.
    pub fn runs(&self, program: &str) -> bool {
        self.arguments.iter().take(2).any(|argument| {
            let name = if program.contains('/') {
                argument
            } else {
                base_name(argument)
            };
            name == program
        })
    }
}

/// A process that sleeps, with that command line; for tests.
#[cfg(test)]
pub fn sleeping(pid: i32, parent: i32, line: &str) -> Process {
    Process {
        pid,
        parent,
        state: 'S',
        arguments: line.split(' ').map(str::to_owned).collect(),
    }
}

/// The last part of a path.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// All processes, as they are now. One that ends meanwhile may be missing.
pub fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(one)
        .collect()
}

/// One process, where it exists.
pub fn one(pid: i32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    parse(pid, &stat, &line)
}

/// Reads /proc/PID/stat and /proc/PID/cmdline.
fn parse(pid: i32, stat: &str, line: &[u8]) -> Option<Process> {
    // The name, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    // Some inits write their state over their arguments, and leave null bytes behind it.
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches('\0');
    let arguments = if text.is_empty() {
        Vec::new()
    } else {
        text.split('\0').map(str::to_owned).collect()
    };
    Some(Process {
        pid,
        parent,
        state,
        arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read() {
        let process = parse(7, "7 (a) b) S 1 7 7 0", b"/bin/sh\0/etc/init.d/rc\x002\0\0").unwrap();
        assert_eq!((process.parent, process.state), (1, 'S'));
        assert_eq!(process.arguments, ["/bin/sh", "/etc/init.d/rc", "2"]);
        let thread = parse(2, "2 (kthreadd) S 0 0", b"").unwrap();
        assert!(thread.arguments.is_empty());
        assert_eq!(parse(2, "", b""), None);
        assert_eq!(parse(2, "2 (x) S y", b""), None);
    }

    #[test]
    fn scripts_are_known_by_path_and_programs_by_name() {
        let script = parse(7, "7 (rc) S 1 7", b"/bin/sh\0/etc/init.d/rc\x002\0").unwrap();
        assert!(script.runs("/etc/init.d/rc"));
        assert!(script.runs("rc"));
        assert!(!script.runs("/sbin/rc"));
        assert!(!script.runs("2"));
    }

    #[test]
    fn this_process_is_among_all() {
        let pid = std::process::id().cast_signed();
        assert!(all().iter().any(|process| process.pid == pid));
    }
}

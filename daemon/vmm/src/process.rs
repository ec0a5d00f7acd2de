//! Processes found again by pid and start time, awaited and signalled by pidfd.
//!
//! A pid alone may belong to somebody else by the time it is used. A [`ProcessRecord`] adds
//! the start time; a [`ProcessHandle`] holds a pidfd, which stands for one process for good.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

pub use crate::strays::find_strays;
use crate::{ProcessRecord, sys};

/// What is read of /proc/pid/stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    /// Field 3.
    state: u8,
    /// Field 22, in clock ticks since boot.
    start_time: u64,
}

/// Parses /proc/pid/stat (proc(5)). Field 2, the program's name in parentheses, may itself
/// hold parentheses, spaces and line ends, so the fields are counted from its last `)`.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    let name_end = text.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(text.get(name_end + 1..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = match fields.next()?.as_bytes() {
        &[state] => state,
        _ => return None,
    };
    // The state was field 3; 18 more lie before field 22.
    let start_time = fields.nth(18)?.parse().ok()?;
    Some(Stat { state, start_time })
}

fn read_stat(pid: i32) -> io::Result<Option<Stat>> {
    match std::fs::read(format!("/proc/{pid}/stat")) {
        Ok(text) => parse_stat(&text)
            .map(Some)
            .ok_or_else(|| io::Error::other("/proc/pid/stat has an unknown form")),
        // ESRCH: it ended between open and read.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(nix::libc::ESRCH) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl ProcessRecord {
    /// The process that has `pid` now, ended or not yet reaped ones included; nothing where
    /// there is none.
    ///
    /// # Errors
    /// When /proc cannot be read.
    pub fn of_pid(pid: i32) -> io::Result<Option<Self>> {
        Ok(read_stat(pid)?.map(|stat| Self {
            pid,
            start_time: stat.start_time,
        }))
    }

    /// Whether it still runs. One that has ended and waits to be reaped does not.
    pub fn is_alive(&self) -> bool {
        matches!(
            read_stat(self.pid),
            Ok(Some(stat))
                if stat.start_time == self.start_time && !matches!(stat.state, b'Z' | b'X')
        )
    }

    /// The program it runs; nothing where it is gone or not ours to look at.
    pub fn executable(&self) -> Option<PathBuf> {
        let path = std::fs::read_link(format!("/proc/{}/exe", self.pid)).ok()?;
        self.is_alive().then_some(path)
    }
}

/// A hold on one process that outlives its pid.
#[derive(Debug)]
pub struct ProcessHandle {
    record: ProcessRecord,
    pidfd: OwnedFd,
}

impl ProcessHandle {
    /// Opens a process found by its record; nothing where it has ended.
    ///
    /// # Errors
    /// When the kernel refuses for another reason.
    pub fn open(record: ProcessRecord) -> io::Result<Option<Self>> {
        let pidfd = match sys::pidfd::open(record.pid) {
            Ok(pidfd) => pidfd,
            Err(error) if error.raw_os_error() == Some(nix::libc::ESRCH) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Only now: the descriptor holds whichever process it is, so this cannot race.
        Ok(record.is_alive().then_some(Self { record, pidfd }))
    }

    /// Opens a child of ours that is not reaped yet, even when it has ended.
    pub(crate) fn open_child(record: ProcessRecord) -> io::Result<Self> {
        Ok(Self {
            record,
            pidfd: sys::pidfd::open(record.pid)?,
        })
    }

    /// Which process it is.
    pub fn record(&self) -> ProcessRecord {
        self.record
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// `ESRCH` when it has ended and was reaped, `EPERM` when it is not ours.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        sys::pidfd::send_signal(self.pidfd.as_fd(), signal)
    }

    /// Whether it has ended.
    pub fn has_exited(&self) -> bool {
        let mut fds = [PollFd::new(self.pidfd.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }

    /// Ends when the process has. May be awaited by several at once.
    ///
    /// # Errors
    /// When the descriptor cannot be awaited.
    pub async fn exited(&self) -> io::Result<()> {
        // A descriptor of its own for each: one can be registered only once.
        let pidfd = sys::readiness::readable(self.pidfd.try_clone()?)?;
        pidfd.readable().await?.retain_ready();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stat_line(name: &[u8], state: char, start_time: u64) -> Vec<u8> {
        let mut line = b"4711 (".to_vec();
        line.extend_from_slice(name);
        let rest = format!(
            ") {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 {start_time} 20 21 22\n"
        );
        line.extend_from_slice(rest.as_bytes());
        line
    }

    #[test]
    fn the_start_time_is_field_22() {
        let stat = parse_stat(&stat_line(b"sleep", 'S', 987_654)).unwrap();
        assert_eq!(stat.start_time, 987_654);
        assert_eq!(stat.state, b'S');
    }

    #[test]
    fn a_name_may_look_like_the_rest_of_the_line() {
        let name = b"a) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 1\n(";
        let stat = parse_stat(&stat_line(name, 'Z', 42)).unwrap();
        assert_eq!((stat.state, stat.start_time), (b'Z', 42));
    }

    #[test]
    fn a_cut_line_is_refused() {
        let line = stat_line(b"sleep", 'S', 1);
        assert_eq!(parse_stat(&line[..line.len() - 20]), None);
        assert_eq!(parse_stat(b""), None);
    }

    proptest! {
        #[test]
        fn any_name_and_start_time_are_read(name: Vec<u8>, start_time: u64) {
            let stat = parse_stat(&stat_line(&name, 'R', start_time)).unwrap();
            prop_assert_eq!(stat.start_time, start_time);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = parse_stat(&bytes);
        }
    }

    #[test]
    fn this_process_is_alive_and_an_impostor_is_not() {
        let record = ProcessRecord::of_pid(std::process::id() as i32)
            .unwrap()
            .unwrap();
        assert!(record.is_alive());
        let impostor = ProcessRecord {
            start_time: record.start_time + 1,
            ..record
        };
        assert!(!impostor.is_alive());
        assert!(ProcessHandle::open(impostor).unwrap().is_none());
    }

    #[tokio::test]
    async fn an_end_is_awaited_by_several_and_a_zombie_is_dead() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let record = ProcessRecord::of_pid(child.id() as i32).unwrap().unwrap();
        let handle = ProcessHandle::open(record).unwrap().unwrap();
        assert!(!handle.has_exited());
        handle.signal(nix::libc::SIGKILL).unwrap();
        let (first, second) = tokio::join!(handle.exited(), handle.exited());
        first.unwrap();
        second.unwrap();
        assert!(handle.has_exited());
        assert!(!record.is_alive(), "it is a zombie now");
        child.wait().unwrap();
        assert!(handle.signal(nix::libc::SIGKILL).is_err());
    }
}

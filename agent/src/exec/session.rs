//! All processes of a session.
//!
//! A command's children may leave its process group (every job of an interactive shell does)
//! and still belong to its session, which only /proc lists.

use std::{fs, time::Duration};

use tokio::time::Instant;

use crate::sys::process::signal;

/// How often a session is looked through: processes may be forked while it is killed.
const ROUNDS: usize = 20;
/// How often a session that was hung up is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// Kills a session. What forks while it is being killed is found in the next round.
pub fn kill_all(session: u32) {
    for _ in 0..ROUNDS {
        let members = members(session);
        if members.is_empty() {
            return;
        }
        for pid in members {
            // It may have ended in between.
            let _ = signal(pid, libc::SIGKILL);
        }
    }
}

/// Sends SIGHUP to a session, as the kernel does when a terminal goes away, and kills what
/// is left of it after `grace`.
pub async fn hang_up(session: u32, grace: Duration) {
    for pid in members(session) {
        let _ = signal(pid, libc::SIGHUP);
        // What is stopped hears nothing until it goes on.
        let _ = signal(pid, libc::SIGCONT);
    }
    let deadline = Instant::now() + grace;
    while Instant::now() < deadline {
        if members(session).is_empty() {
            return;
        }
        tokio::time::sleep(INTERVAL).await;
    }
    kill_all(session);
}

/// The ids of a session's processes that have not ended.
fn members(session: u32) -> Vec<i32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/stat"))
                .is_ok_and(|stat| session_of(&String::from_utf8_lossy(&stat)) == Some(session))
        })
        .collect()
}

/// The session in a line of /proc/PID/stat: `pid (name) state parent group session` (proc(5)).
/// None for a process that has ended and not been waited for.
fn session_of(stat: &str) -> Option<u32> {
    // The name may hold anything, parentheses included.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    match fields.next()? {
        "Z" | "X" => None,
        _ => fields.nth(2)?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_session_is_the_sixth_field() {
        assert_eq!(session_of("10 (cat) S 1 20 30 0 -1"), Some(30));
        assert_eq!(session_of("10 (cat) Z 1 20 30 0 -1"), None);
        assert_eq!(session_of("10 (cat) S 1"), None);
    }

    proptest! {
        #[test]
        fn any_name_may_stand_before(name in "\\PC{0,16}", session in 1u32..99999) {
            let stat = format!("7 ({name}) R 1 5 {session} 0");
            prop_assert_eq!(session_of(&stat), Some(session));
        }
    }

    #[test]
    fn this_process_is_in_its_own_session() {
        let session = nix::unistd::getsid(None).unwrap().as_raw().cast_unsigned();
        assert!(members(session).contains(&std::process::id().cast_signed()));
    }
}

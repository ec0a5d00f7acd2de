//! Keeping the agent out of what scripts do to all processes when the system goes down.
//!
//! Debian's scripts for sysvinit and OpenRC send SIGTERM to every process and wait ten seconds
//! for those that stay, as the agent does: the host still asks it. They leave out whose number
//! stands in a file below /run/sendsigs.omit.d (/etc/init.d/sendsigs). systemd is told by the
//! agent's name instead.

use std::{fs, io, path::Path};

use super::mounts::directory;
use crate::log;

const SCRIPT: &str = "etc/init.d/sendsigs";
const LIST: &str = "run/sendsigs.omit.d";

/// Puts this process on the list, where the image has the script that reads it. A failure
/// costs the ten seconds.
pub fn register(root: &Path) {
    if root.join(SCRIPT).exists()
        && let Err(error) = write(&root.join(LIST), std::process::id())
    {
        log::warn(format_args!("cannot ask to be spared: {error}"));
    }
}

fn write(list: &Path, pid: u32) -> io::Result<()> {
    directory(list, 0o755)?;
    fs::write(list.join("banger-agent"), format!("{pid}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_somebody_reads_it() {
        let root = tempfile::tempdir().unwrap();
        register(root.path());
        assert!(!root.path().join("run").exists());
        fs::create_dir_all(root.path().join("etc/init.d")).unwrap();
        fs::write(root.path().join(SCRIPT), "").unwrap();
        register(root.path());
        let listed = fs::read_to_string(root.path().join(LIST).join("banger-agent")).unwrap();
        assert_eq!(listed.trim(), std::process::id().to_string());
    }
}

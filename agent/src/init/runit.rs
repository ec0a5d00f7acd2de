//! How far runit has come (runit(8), runsvdir(8), runsv(8)).

use std::{fs, path::Path};

use super::processes::{self, Process};

/// The supervisor of all services: runit's second stage.
const SUPERVISOR: &str = "runsvdir";
/// What becomes the supervisor.
const SECOND_STAGE: &str = "/etc/runit/2";
/// The supervisor of one service.
const SERVICE: &str = "runsv";

/// Services by their supervisors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The first stage runs: commands to runit would be lost.
    Booting,
    /// Services are being started.
    Starting,
    /// Each service has a supervisor, and some of them do not run: they failed, or are meant
    /// to be down.
    Supervised,
    /// Each service runs.
    Up,
}

/// Whether runit is in its second stage: in the first it ignores what it is told.
pub fn hears_commands() -> bool {
    processes::all()
        .iter()
        .filter(|process| process.parent == 1)
        .any(|process| process.runs(SUPERVISOR) || process.runs(SECOND_STAGE))
}

/// Looks at the processes; `services` counts those of the directory that runsvdir watches.
pub fn progress(processes: &[Process], services: impl FnOnce(&Path) -> usize) -> Progress {
    let Some(supervisor) = processes.iter().find(|process| process.runs(SUPERVISOR)) else {
        return Progress::Booting;
    };
    // Its arguments: options, the directory, a line for its log.
    let directory = supervisor
        .arguments
        .iter()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let expected = directory.map_or(0, |path| services(Path::new(path)));
    let supervised: Vec<_> = processes
        .iter()
        .filter(|process| process.parent == supervisor.pid && process.runs(SERVICE))
        .collect();
    let is_parent = |of: &Process| processes.iter().any(|process| process.parent == of.pid);
    if supervised.len() < expected {
        Progress::Starting
    } else if supervised.into_iter().all(is_parent) {
        Progress::Up
    } else {
        Progress::Supervised
    }
}

/// How many services a directory holds: directories, and links to them, that are not hidden.
pub fn services_in(directory: &Path) -> usize {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter(|entry| entry.path().is_dir())
        .count()
}

#[cfg(test)]
mod tests {
    use super::{super::processes::sleeping as process, *};

    #[test]
    fn services_are_up_one_after_the_other() {
        let two = |path: &Path| {
            assert_eq!(path, Path::new("/etc/service"));
            2
        };
        let mut table = vec![
            process(1, 0, "runit"),
            process(5, 1, "/bin/sh /etc/runit/1"),
        ];
        assert_eq!(progress(&table, two), Progress::Booting);
        table[1] = process(5, 1, "runsvdir -P /etc/service log:");
        assert_eq!(progress(&table, two), Progress::Starting);
        table.push(process(6, 5, "runsv ssh"));
        table.push(process(7, 6, "/usr/sbin/sshd -D"));
        assert_eq!(progress(&table, two), Progress::Starting);
        table.push(process(8, 5, "runsv getty"));
        assert_eq!(progress(&table, two), Progress::Supervised);
        table.push(process(9, 8, "getty"));
        assert_eq!(progress(&table, two), Progress::Up);
    }

    #[test]
    fn hidden_services_and_files_do_not_count() {
        let home = tempfile::tempdir().unwrap();
        for name in ["ssh", ".getty", "cron"] {
            fs::create_dir(home.path().join(name)).unwrap();
        }
        fs::write(home.path().join("README"), "").unwrap();
        assert_eq!(services_in(home.path()), 2);
        assert_eq!(services_in(&home.path().join("none")), 0);
    }
}

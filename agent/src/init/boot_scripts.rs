//! What an init runs to bring the system up, as its inittab says.
//!
//! sysvinit and busybox init cannot be asked whether they are done. What they run at boot and
//! wait for is in /etc/inittab (inittab(5), and busybox's examples/inittab): once none of
//! that runs, the system is up.

use super::processes::Process;

/// The actions whose programs an init waits for before it goes on.
const AWAITED: [&str; 4] = ["sysinit", "boot", "bootwait", "wait"];

/// What busybox init runs without a table.
const BUSYBOX_DEFAULT: &str = "/etc/init.d/rcS";

/// OpenRC: the scripts of a table become it, under their own process number.
const OPENRC: &str = "openrc";

/// The programs that a table has run at boot. Without a table there is one.
pub fn listed(table: Option<&str>) -> Vec<String> {
    let Some(table) = table else {
        return vec![BUSYBOX_DEFAULT.to_owned()];
    };
    table
        .lines()
        .filter_map(|line| entry(line.trim()))
        .filter(|(action, _)| AWAITED.contains(action))
        .map(|(_, program)| program.to_owned())
        .collect()
}

/// Action and program of a line `id:runlevels:action:program arguments`.
pub fn entry(line: &str) -> Option<(&str, &str)> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.splitn(4, ':').skip(2);
    let (action, command) = (fields.next()?, fields.next()?);
    // sysvinit: a plus sign says that it keeps no record; busybox: a minus sign asks for a
    // login shell.
    let program = command.split_whitespace().next()?;
    Some((action, program.trim_start_matches(['+', '-'])))
}

/// Whether an init is still at it.
pub fn are_running(processes: &[Process], listed: &[String]) -> bool {
    let init_sleeps = processes
        .iter()
        .any(|process| process.pid == 1 && process.state == 'S');
    // sysvinit has a copy of itself between, which hands the terminal over.
    let belongs_to_init = |of: &Process| {
        of.parent == 1
            || processes
                .iter()
                .any(|process| process.pid == of.parent && process.parent == 1)
    };
    let scripts = processes
        .iter()
        .filter(|process| belongs_to_init(process))
        .any(|process| listed.iter().any(|program| process.runs(program)));
    !init_sleeps || scripts || processes.iter().any(|process| process.runs(OPENRC))
}

#[cfg(test)]
mod tests {
    use super::{super::processes::sleeping as process, *};

    const TABLE: &str = "# si::sysinit:/no\nid:2:initdefault:\nsi::sysinit:/etc/init.d/rcS\n\
        ~~:S:wait:/sbin/sulogin --force\nl2:2:wait:/etc/init.d/rc 2\n\
        1:2345:respawn:/sbin/getty 38400 tty1\nbad\n::sysinit:-/bin/mount -a\n";

    #[test]
    fn the_table_names_what_is_waited_for() {
        let expected = [
            "/etc/init.d/rcS",
            "/sbin/sulogin",
            "/etc/init.d/rc",
            "/bin/mount",
        ];
        assert_eq!(listed(Some(TABLE)), expected);
        assert_eq!(listed(None), ["/etc/init.d/rcS"]);
        assert!(listed(Some("")).is_empty());
    }

    #[test]
    fn a_system_is_up_when_none_of_it_runs() {
        let table = listed(Some(TABLE));
        let init = process(1, 0, "init [2]");
        let getty = process(9, 1, "/sbin/getty 38400 tty1");
        let up = [init.clone(), getty.clone()];
        assert!(!are_running(&up, &table));
        let script = process(8, 1, "/bin/sh /etc/init.d/rc 2");
        assert!(are_running(&[init.clone(), script], &table));
        let openrc = process(8, 1, "/sbin/openrc default");
        assert!(are_running(&[init.clone(), openrc], &table));
        let copy = process(7, 1, "init boot");
        let script = process(8, 7, "/bin/sh /etc/init.d/rcS");
        assert!(are_running(&[init.clone(), copy, script], &table));
        // Somebody else's.
        let other = process(8, 5, "/bin/sh /etc/init.d/rc 2");
        assert!(!are_running(&[init.clone(), other], &table));
        let busy = Process { state: 'R', ..init };
        assert!(are_running(&[busy, getty], &table));
    }
}

//! Whether an init that cannot be asked has started the system, from what can be seen.

use std::{fs, path::Path};

use super::{
    POWER_OFF, boot_scripts,
    kind::{self, InitKind},
    processes::{self, Process},
    runit::{self, Progress},
};

/// How many looks in a row must show a system that is up: between two scripts none runs.
const SAME_LOOKS: u32 = 3;

/// How many looks a service of runit has to come up: one that fails at once is begun anew
/// each second (runsv(8)), and would hold everybody for ever.
const SUPERVISED_LOOKS: u32 = 30;

/// Repeated looks at one boot, best a tenth of a second apart.
#[derive(Debug, Default)]
pub struct Observer {
    /// Looks in a row that showed a system that is up, or supervised.
    in_a_row: u32,
    boot_programs: Option<Vec<String>>,
}

impl Observer {
    /// Looks once; says whether the system is up. systemd is not known here: it can be asked.
    pub fn is_up(&mut self, init: InitKind) -> bool {
        match init {
            InitKind::Own | InitKind::Other => true,
            InitKind::Systemd => false,
            InitKind::Runit => {
                let progress = runit::progress(&processes::all(), runit::services_in);
                self.runit(progress)
            }
            // Both take commands only after they have begun to run their table.
            InitKind::Sysvinit | InitKind::OpenrcInit if !kind::has_pipe(init) => false,
            InitKind::Busybox if !kind::awaits_signal(POWER_OFF as i32) => false,
            InitKind::Sysvinit | InitKind::OpenrcInit | InitKind::Busybox => {
                self.scripts(&processes::all())
            }
        }
    }

    fn runit(&mut self, progress: Progress) -> bool {
        match progress {
            Progress::Booting | Progress::Starting => self.in_a_row = 0,
            Progress::Supervised => self.in_a_row += 1,
            Progress::Up => return true,
        }
        self.in_a_row >= SUPERVISED_LOOKS
    }

    fn scripts(&mut self, processes: &[Process]) -> bool {
        let programs = self.boot_programs.get_or_insert_with(|| {
            let table = fs::read_to_string(Path::new("/etc/inittab")).ok();
            boot_scripts::listed(table.as_deref())
        });
        if boot_scripts::are_running(processes, programs) {
            self.in_a_row = 0;
        } else {
            self.in_a_row += 1;
        }
        self.in_a_row >= SAME_LOOKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_fails_for_ever_holds_nobody_for_ever() {
        let mut observer = Observer::default();
        assert!(!observer.runit(Progress::Starting));
        for _ in 1..SUPERVISED_LOOKS {
            assert!(!observer.runit(Progress::Supervised));
        }
        assert!(observer.runit(Progress::Supervised));
        assert!(Observer::default().runit(Progress::Up));
    }

    #[test]
    fn a_pause_between_two_scripts_is_not_the_end() {
        let process = processes::sleeping;
        let pause = [process(1, 0, "init")];
        let script = [process(1, 0, "init"), process(5, 1, "/etc/rcS")];
        let mut observer = Observer {
            boot_programs: Some(vec!["/etc/rcS".to_owned()]),
            ..Observer::default()
        };
        assert!(!observer.scripts(&pause));
        assert!(!observer.scripts(&pause));
        assert!(!observer.scripts(&script));
        assert!(!observer.scripts(&pause));
        assert!(!observer.scripts(&pause));
        assert!(observer.scripts(&pause));
    }

    #[test]
    fn what_is_no_init_has_nothing_to_start() {
        assert!(Observer::default().is_up(InitKind::Own));
        assert!(Observer::default().is_up(InitKind::Other));
    }
}

//! `reboot` and `poweroff` while systemd is still starting.
//!
//! The guest is ready before systemd listens. Its `reboot` then finds nobody on its bus, and as
//! its last resort writes to the FIFO of the System V init, /run/initctl (initctl(8) of older
//! systems, systemd-initctl.service(8)). So the agent reads that until systemd listens, and
//! tells it by signal.

use std::{fs, io, path::Path, time::Duration};

use nix::{sys::stat::Mode, unistd::mkfifo};
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe::{OpenOptions, Receiver},
    time::Instant,
};

use crate::{
    init::kind::{self, InitKind},
    log, sys,
};

/// Where requests are written; systemd takes the same file over.
const FIFO: &str = "/run/initctl";
/// What `systemctl`, and so `reboot`, speaks to.
const SYSTEMD: &str = "/run/systemd/private";
/// Where systemd is, in images with and without a merged /usr.
const PROGRAMS: [&str; 2] = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];

/// How long systemd may take to listen.
const LIMIT: Duration = Duration::from_secs(180);
/// How often is looked whether it does.
const LOOK: Duration = Duration::from_millis(100);

/// The length of a request (struct init_request of sysvinit's initreq.h), in bytes.
const REQUEST: usize = 384;
/// Its first number.
const MAGIC: u32 = 0x0309_1969;
/// Its second number where it asks for the run level in the third.
const RUN_LEVEL: u32 = 1;

/// Makes the FIFO; nothing where the image has no systemd. A failure is worth no boot.
pub fn listen() -> Option<Receiver> {
    if !PROGRAMS.iter().any(|program| Path::new(program).exists()) {
        return None;
    }
    open(Path::new(FIFO))
        .inspect_err(|error| log::warn(format_args!("{FIFO}: {error}")))
        .ok()
}

fn open(path: &Path) -> io::Result<Receiver> {
    // As systemd makes it: it takes over no other.
    mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    // With a writer of its own it has no end.
    OpenOptions::new().read_write(true).open_receiver(path)
}

/// Passes requests on until systemd listens itself, or another init of the image runs: to
/// sysvinit the same file belongs.
pub async fn attend(mut fifo: Receiver) {
    let deadline = Instant::now() + LIMIT;
    let mut request = [0; REQUEST];
    while Instant::now() < deadline && !Path::new(SYSTEMD).exists() && !another_runs() {
        // Requests are shorter than what a pipe takes at once, so they come whole.
        match tokio::time::timeout(LOOK, fifo.read(&mut request)).await {
            Err(_) => {}
            Ok(Ok(length)) => {
                if let Some(signal) = request.get(..length).and_then(signal) {
                    tell(signal, deadline).await;
                }
            }
            Ok(Err(error)) => return log::warn(format_args!("{FIFO}: {error}")),
        }
    }
}

fn another_runs() -> bool {
    kind::running(true).is_some_and(|init| init != InitKind::Systemd)
}

/// The signal for what is asked; nothing for what is not passed on.
fn signal(request: &[u8]) -> Option<i32> {
    let number = |at: usize| {
        let bytes = request.get(at..at + 4)?;
        Some(u32::from_ne_bytes(bytes.try_into().ok()?))
    };
    if number(0)? != MAGIC || number(4)? != RUN_LEVEL {
        return None;
    }
    match u8::try_from(number(8)?).ok()? {
        b'0' => Some(sys::process::systemd_power_off_signal()),
        b'6' => Some(sys::process::systemd_reboot_signal()),
        _ => None,
    }
}

/// Process 1 may still be about to become systemd.
async fn tell(signal: i32, deadline: Instant) {
    while Instant::now() < deadline {
        if kind::running(true) == Some(InitKind::Systemd) && kind::awaits_signal(signal) {
            let _ = sys::process::signal(1, signal);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let name = fs::read_link("/proc/1/exe").unwrap_or_default();
    log::warn(format_args!("{} hears no signal", name.display()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(magic: u32, command: u32, level: u8) -> Vec<u8> {
        let mut request: Vec<u8> = [magic, command, level.into()]
            .into_iter()
            .flat_map(u32::to_ne_bytes)
            .collect();
        request.resize(REQUEST, 0);
        request
    }

    #[test]
    fn run_levels_six_and_zero_are_signals() {
        let reboot = signal(&request(MAGIC, RUN_LEVEL, b'6'));
        assert_eq!(reboot, Some(sys::process::systemd_reboot_signal()));
        let off = signal(&request(MAGIC, RUN_LEVEL, b'0'));
        assert_eq!(off, Some(sys::process::systemd_power_off_signal()));
        assert_eq!(signal(&request(MAGIC, RUN_LEVEL, b'3')), None);
        assert_eq!(signal(&request(MAGIC, 2, b'6')), None);
        assert_eq!(signal(&request(7, RUN_LEVEL, b'6')), None);
        assert_eq!(signal(b"short"), None);
    }

    #[tokio::test]
    async fn what_is_written_to_the_fifo_is_read_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("initctl");
        let mut fifo = open(&path).unwrap();
        let asked = request(MAGIC, RUN_LEVEL, b'6');
        std::io::Write::write_all(
            &mut fs::File::options().write(true).open(&path).unwrap(),
            &asked,
        )
        .unwrap();
        let mut read = [0; REQUEST];
        assert_eq!(fifo.read(&mut read).await.unwrap(), REQUEST);
        assert_eq!(read.as_slice(), asked);
    }
}

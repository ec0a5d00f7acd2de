//! What the host must have. A test that it cannot run says so and passes, except under
//! `make test`, which installs everything: there nothing may be left out.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What real VMs need.
pub const VM_PROGRAMS: [&str; 4] = ["qemu-system-x86_64", "mke2fs", "mmdebstrap", "apt-get"];

/// The first of the programs that this host lacks.
pub fn missing(programs: &[&str]) -> Option<String> {
    let lacking = programs.iter().find(|program| find(program).is_none())?;
    Some(format!("{lacking} is not installed"))
}

/// A program in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|directory| directory.join(program))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Whether a test has to be left out for want of something; says so.
///
/// # Panics
/// When nothing may be left out: `BANGER_TEST_ALL` is set.
pub fn leaves_out(lacking: Option<String>) -> bool {
    let Some(lacking) = lacking else { return false };
    assert!(
        env::var_os("BANGER_TEST_ALL").is_none(),
        "cannot run here: {lacking}"
    );
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("left out: {test}: {lacking}");
    true
}

/// Ends the test here when the host lacks what real VMs, or the programs named, need.
#[macro_export]
macro_rules! needs {
    (vms $(, $program:literal)*) => {
        $crate::needs!("qemu-system-x86_64", "mke2fs", "mmdebstrap", "apt-get" $(, $program)*)
    };
    ($($program:literal),*) => {
        if $crate::host::leaves_out($crate::host::missing(&[$($program),*])) {
            return;
        }
    };
}

/// How many times longer things may take than they should: emulation on a busy machine.
pub const PATIENCE: u32 = 4;

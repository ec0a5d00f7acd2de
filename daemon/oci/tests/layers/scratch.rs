//! A place for mounts that leaves nothing behind.
//!
//! The thread that makes one gets a mount namespace of its own: what is mounted there is seen
//! by nobody else and is gone when the thread ends, however it ends.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

/// An empty directory in memory, seen by this thread and the programs it starts.
pub struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    /// For this thread. Needs root.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let nothing = None::<&str>;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(nothing, "/", nothing, private, nothing).unwrap();
        let options = Some("size=1g,mode=755");
        mount(
            Some("scratch"),
            directory.path(),
            Some("tmpfs"),
            MsFlags::empty(),
            options,
        )
        .unwrap();
        Self { directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Mounts an ext4 read-only while `look` looks at it.
    pub fn mounted<T>(&self, image: &Path, look: impl FnOnce(&Path) -> T) -> T {
        let point = self.path().join("mount");
        std::fs::create_dir_all(&point).unwrap();
        let output = Command::new("mount")
            .args(["-t", "ext4", "-o", "ro,loop,noload"])
            .args([image, &point])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mounted = Mounted(point);
        look(&mounted.0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = umount2(self.directory.path(), MntFlags::MNT_DETACH);
    }
}

struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = umount2(&self.0, MntFlags::empty());
    }
}

/// Whether a test has to be left out, because it does not run as root or a program is
/// missing; says so. With `BANGER_TEST_ALL` nothing may be left out.
pub fn leaves_out(programs: &[&str]) -> bool {
    let has = |program: &str| {
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .chain(["/usr/sbin".into(), "/sbin".into()])
            .any(|directory| directory.join(program).is_file())
    };
    let lacking = match programs.iter().find(|program| !has(program)) {
        Some(program) => format!("{program} is not installed"),
        None if !nix::unistd::geteuid().is_root() => "it needs root".to_owned(),
        None => return false,
    };
    assert!(
        std::env::var_os("BANGER_TEST_ALL").is_none(),
        "cannot run here: {lacking}"
    );
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("left out: {test}: {lacking}");
    true
}

//! Root file system tars, made on the spot; the harmless and the hostile.

use std::{fs, path::Path, process::Command};

use tar::{EntryType, Header};

use crate::host;

/// A tar that is being written.
pub struct Archive {
    builder: tar::Builder<Vec<u8>>,
}

impl Default for Archive {
    fn default() -> Self {
        Self {
            builder: tar::Builder::new(Vec::new()),
        }
    }
}

impl Archive {
    /// A directory.
    #[must_use]
    pub fn dir(self, path: &str, mode: u32) -> Self {
        self.entry(EntryType::Directory, path, None, mode, 0, &[])
    }

    /// A file.
    #[must_use]
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>, mode: u32) -> Self {
        let contents = contents.as_ref();
        self.entry(
            EntryType::Regular,
            path,
            None,
            mode,
            contents.len() as u64,
            contents,
        )
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(self, path: &str, to: &str) -> Self {
        self.entry(EntryType::Symlink, path, Some(to), 0o777, 0, &[])
    }

    /// A hard link.
    #[must_use]
    pub fn hard_link(self, path: &str, to: &str) -> Self {
        self.entry(EntryType::Link, path, Some(to), 0o644, 0, &[])
    }

    /// busybox in /bin, with a link for each of its programs but init: with an init the
    /// agent would hand over to it.
    ///
    /// # Panics
    /// When the host has no busybox.
    #[must_use]
    pub fn tools(self) -> Self {
        let busybox = host::find("busybox").expect("busybox is installed");
        let applets = Command::new(&busybox)
            .arg("--list")
            .output()
            .expect("it runs");
        let applets = String::from_utf8(applets.stdout).expect("names");
        let contents = fs::read(&busybox).expect("it can be read");
        applets
            .lines()
            .filter(|applet| !matches!(*applet, "init" | "linuxrc" | "busybox"))
            .fold(
                self.file("bin/busybox", contents, 0o755),
                |archive, applet| archive.symlink(&format!("bin/{applet}"), "busybox"),
            )
    }

    /// A device node.
    #[must_use]
    pub fn device(self, path: &str, major: u32, minor: u32) -> Self {
        let mut header = header(EntryType::Char, path, None, 0o666, 0);
        header.set_device_major(major).expect("a GNU header");
        header.set_device_minor(minor).expect("a GNU header");
        self.append(header, &[])
    }

    /// A file of that claimed size with fewer bytes behind it; nothing can follow.
    #[must_use]
    pub fn claim(self, path: &str, claimed: u64) -> Self {
        self.entry(EntryType::Regular, path, None, 0o644, claimed, b"only this")
    }

    fn entry(
        self,
        kind: EntryType,
        path: &str,
        to: Option<&str>,
        mode: u32,
        size: u64,
        contents: &[u8],
    ) -> Self {
        self.append(header(kind, path, to, mode, size), contents)
    }

    fn append(mut self, mut header: Header, contents: &[u8]) -> Self {
        header.set_cksum();
        self.builder
            .append(&header, contents)
            .expect("memory takes it");
        self
    }

    /// The tar.
    pub fn finish(self) -> Vec<u8> {
        self.builder.into_inner().expect("memory takes it")
    }
}

/// The name goes into the header as it is: the safe setters refuse what is hostile.
fn header(kind: EntryType, path: &str, to: Option<&str>, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    let old = header.as_old_mut();
    old.name[..path.len()].copy_from_slice(path.as_bytes());
    if let Some(to) = to {
        old.linkname[..to.len()].copy_from_slice(to.as_bytes());
    }
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_700_000_000);
    header.set_size(size);
    header
}

/// A small system: busybox with its applets, two users, no init.
///
/// # Panics
/// When busybox is not installed.
pub fn busybox() -> Vec<u8> {
    let tree = [
        "bin", "dev", "etc", "home", "proc", "run", "srv", "sys", "usr", "usr/bin", "var",
    ];
    tree.iter()
        .fold(Archive::default(), |archive, path| archive.dir(path, 0o755))
        .dir("root", 0o700)
        .dir("tmp", 0o1777)
        .file(
            "etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n",
            0o644,
        )
        .file(
            "etc/group",
            "root:x:0:\nworker:x:1000:\nhelpers:x:2000:worker\n",
            0o644,
        )
        .tools()
        .dir("home/worker", 0o777)
        .file("etc/made-by", "the tests\n", 0o640)
        .finish()
}

/// A root file system with nothing but one statically linked program at `/hello`: it writes
/// its arguments and ends with 42.
///
/// # Panics
/// When it cannot be compiled.
pub fn single_program() -> Vec<u8> {
    let scratch = tempfile::tempdir().expect("a directory");
    let source = scratch.path().join("hello.c");
    let program = scratch.path().join("hello");
    let text = "#include <stdio.h>\nint main(int c, char **v) {\n    \
        for (int i = 1; i < c; i++) puts(v[i]);\n    return 42;\n}\n";
    fs::write(&source, text).expect("it can be written");
    compile(&source, &program);
    Archive::default()
        .file("hello", fs::read(&program).expect("it was made"), 0o755)
        .finish()
}

fn compile(source: &Path, program: &Path) {
    let status = Command::new("gcc")
        .args(["-static", "-Os", "-s", "-o"])
        .args([program, source])
        .status()
        .expect("gcc runs");
    assert!(status.success(), "gcc: {status}");
}

/// The same bytes, compressed by a program such as `gzip`, `xz` or `zstd`.
///
/// # Panics
/// When it fails.
pub fn compressed(bytes: &[u8], by: &str) -> Vec<u8> {
    crate::Banger::call(by)
        .args(["-c"])
        .input(bytes)
        .run()
        .ok()
        .stdout
}

//! A kernel's modules as a read-only disk, which its guests mount at /lib/modules/RELEASE.
//!
//! It is made with the kernel and kept beside it; a kernel that was there before gets one at
//! its first boot. The same modules give the same bytes.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, atomic::AtomicBool},
};

use banger_ext4::{
    ImageWriter, Options, WriteError,
    entry::{Entry, FileData, Kind, Metadata, Timestamp},
    format::{self, Format, FormatError},
};

/// The disk's name in a kernel's directory.
const DISK: &str = "modules.ext4";
/// The disk while it is written.
const PART: &str = "modules.ext4.part";
/// The tree that it is made of.
const MODULES: &str = "modules";
/// Where a tree has its modules; one that only has lists makes no disk.
const TREE: &str = "kernel";

/// What the file system may need for itself, in bytes.
const HEADROOM: u64 = 8 << 20;
/// What a file or directory takes beyond its content, in bytes: the rest of its last block.
const PER_FILE: u64 = 4096;
/// The time of all that is in it; see [`Options::timestamp`].
const TIME: u32 = 1_577_836_800;

/// One at a time: two boots of a new kernel would both make it.
static MAKING: Mutex<()> = Mutex::new(());

/// Why there is no disk of modules.
#[derive(Debug, thiserror::Error)]
pub enum ModulesDiskError {
    /// A module cannot be read, or the disk not be put in place.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// No empty file system could be made.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The file system could not be filled.
    #[error("{path}: {source}")]
    Write {
        /// The disk.
        path: PathBuf,
        /// Why.
        source: WriteError,
    },
}

/// The disk of the kernel in that directory, made where it is missing; none where the kernel
/// has no modules. Blocks.
///
/// # Errors
/// See [`ModulesDiskError`]; nothing half-made stays.
pub fn modules_disk(kernel: &Path) -> Result<Option<PathBuf>, ModulesDiskError> {
    let disk = kernel.join(DISK);
    let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if disk.exists() {
        return Ok(Some(disk));
    }
    let tree = kernel.join(MODULES);
    if !tree.join(TREE).is_dir() {
        return Ok(None);
    }
    let part = kernel.join(PART);
    // What a killed daemon left.
    remove(&part)?;
    let made = write(&tree, &part)
        .and_then(|()| fs::rename(&part, &disk).map_err(|source| file_error(&disk, source)));
    match made {
        Ok(()) => Ok(Some(disk)),
        Err(error) => {
            remove(&part)?;
            Err(error)
        }
    }
}

fn write(tree: &Path, disk: &Path) -> Result<(), ModulesDiskError> {
    let mut members = Vec::new();
    collect(tree, &mut Vec::new(), &mut members)?;
    let content: u64 = members.iter().map(|member| member.size + PER_FILE).sum();
    let options = Options {
        inodes: u32::try_from(members.len() + 64).ok(),
        uuid: *b"banger-ext4-mods",
        timestamp: TIME,
        // Tables, checksums and directories grow with the content.
        ..Options::new(content + content / 8 + HEADROOM)
    };
    format::format(
        disk,
        &Format {
            capacity: options.capacity,
            inodes: options.inodes,
            journal: false,
            uuid: Some(options.uuid),
            timestamp: Some(options.timestamp),
        },
    )?;
    let failed = |source| ModulesDiskError::Write {
        path: disk.to_owned(),
        source,
    };
    let never = AtomicBool::new(false);
    let mut writer = ImageWriter::open(disk, &options, &never).map_err(failed)?;
    for member in &members {
        match &member.file {
            None => writer.add(&member.entry(), &mut io::empty()),
            Some(path) => {
                let mut file = File::open(path).map_err(|source| file_error(path, source))?;
                writer.add(&member.entry(), &mut file)
            }
        }
        .map_err(failed)?;
    }
    writer.finish().map(drop).map_err(failed)
}

/// A file or directory of the tree.
struct Member {
    /// Its name in the disk.
    name: Vec<u8>,
    /// Where a file's content is; none for a directory.
    file: Option<PathBuf>,
    /// A file's length, in bytes.
    size: u64,
}

impl Member {
    fn entry(&self) -> Entry {
        let (kind, mode) = match self.file {
            Some(_) => (Kind::File(FileData::dense(self.size)), 0o644),
            None => (Kind::Directory, 0o755),
        };
        Entry {
            path: self.name.clone(),
            kind,
            metadata: Metadata {
                mode,
                mtime: Timestamp {
                    seconds: i64::from(TIME),
                    nanoseconds: 0,
                },
                ..Metadata::default()
            },
            xattrs: Vec::new(),
        }
    }
}

/// Lists what is below a directory, by name, directories before what they hold. What is
/// neither file nor directory is no module.
fn collect(
    directory: &Path,
    name: &mut Vec<u8>,
    into: &mut Vec<Member>,
) -> Result<(), ModulesDiskError> {
    let failed = |source| file_error(directory, source);
    let mut entries = fs::read_dir(directory)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let metadata = entry.metadata().map_err(failed)?;
        let length = name.len();
        name.extend(entry.file_name().as_encoded_bytes());
        if metadata.is_file() {
            into.push(Member {
                name: name.clone(),
                file: Some(entry.path()),
                size: metadata.len(),
            });
        } else if metadata.is_dir() {
            into.push(Member {
                name: name.clone(),
                file: None,
                size: 0,
            });
            name.push(b'/');
            collect(&entry.path(), name, into)?;
        }
        name.truncate(length);
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), ModulesDiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn file_error(path: &Path, source: io::Error) -> ModulesDiskError {
    ModulesDiskError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn kernel(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let kernel = tempfile::tempdir().unwrap();
        fs::create_dir(kernel.path().join(MODULES)).unwrap();
        for (name, content) in files {
            let path = kernel.path().join(MODULES).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        kernel
    }

    fn shown(disk: &Path, request: &str) -> String {
        let output = Command::new("/sbin/debugfs")
            .args(["-R", request])
            .arg(disk)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn modules_and_lists_are_in_it_and_it_is_made_once() {
        let module = vec![7; 70_000];
        let kernel = kernel(&[
            ("kernel/drivers/net/veth.ko", &module),
            ("modules.dep", b"kernel/drivers/net/veth.ko:\n"),
        ]);
        let disk = modules_disk(kernel.path()).unwrap().unwrap();
        assert_eq!(
            shown(&disk, "cat /modules.dep"),
            "kernel/drivers/net/veth.ko:\n"
        );
        let stat = shown(&disk, "stat /kernel/drivers/net/veth.ko");
        assert!(stat.contains("Size: 70000") && stat.contains("Mode:  0644"));
        let clean = Command::new("/sbin/e2fsck")
            .args(["-fn"])
            .arg(&disk)
            .output();
        assert!(clean.unwrap().status.success());
        let made = fs::metadata(&disk).unwrap().modified().unwrap();
        assert_eq!(modules_disk(kernel.path()).unwrap(), Some(disk.clone()));
        assert_eq!(fs::metadata(&disk).unwrap().modified().unwrap(), made);
    }

    #[test]
    fn a_kernel_without_modules_has_no_disk() {
        let kernel = kernel(&[("modules.dep", b"")]);
        assert_eq!(modules_disk(kernel.path()).unwrap(), None);
        assert_eq!(modules_disk(&kernel.path().join("none")).unwrap(), None);
    }

    #[test]
    fn what_an_interrupted_making_left_is_replaced() {
        let kernel = kernel(&[("kernel/a.ko", b"x")]);
        fs::write(kernel.path().join(PART), "torn").unwrap();
        let disk = modules_disk(kernel.path()).unwrap().unwrap();
        assert_eq!(shown(&disk, "cat /kernel/a.ko"), "x");
        assert!(!kernel.path().join(PART).exists());
    }

    #[test]
    fn the_same_modules_give_the_same_bytes() {
        let files: &[(&str, &[u8])] = &[("kernel/a.ko", b"x"), ("kernel/b/c.ko", b"y")];
        let (one, two) = (kernel(files), kernel(files));
        let read = |kernel: &tempfile::TempDir| {
            fs::read(modules_disk(kernel.path()).unwrap().unwrap()).unwrap()
        };
        assert!(read(&one) == read(&two));
    }
}

//! A path into an archive.

use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io::{self, Read, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use banger_agent_protocol::files::GetFiles;
use nix::sys::statfs;
use tar::{Builder, EntryType, Header, HeaderMode};

use super::error::FilesError;
use crate::extended_attributes;

/// Files with several names that were packed once: device and inode, and the member's name.
type Packed = HashMap<(u64, u64), PathBuf>;

/// Packs a file, a link, or a directory with all beneath it.
///
/// # Errors
/// When the path is none, something cannot be read, or nobody takes the archive.
pub fn pack(request: &GetFiles, stream: impl Write) -> Result<(), FilesError> {
    let path = Path::new(&request.path);
    if !path.is_absolute() {
        return Err(FilesError::BadPath {
            path: request.path.clone(),
            wanted: "absolute path",
        });
    }
    let name = match path.file_name() {
        Some(name) => PathBuf::from(name),
        None if path == Path::new("/") => PathBuf::from("."),
        None => {
            let wanted = "path of a file or directory";
            return Err(FilesError::BadPath {
                path: request.path.clone(),
                wanted,
            });
        }
    };
    let device = path.symlink_metadata().map_or(0, |of| of.dev());
    Packing::new(stream, Scope::Path { device }).finish(path, &name)
}

/// Packs the whole system, as an image: the root file system and the home disk. What else is
/// mounted stays out, and what makes this machine unlike all others.
///
/// # Errors
/// When something cannot be read, or nobody takes the archive.
pub fn system(stream: impl Write) -> Result<(), FilesError> {
    // What programs have written is in the files, whatever comes of this machine.
    nix::unistd::sync();
    let device = |path: &str| Path::new(path).symlink_metadata().map_or(0, |of| of.dev());
    let devices = [device("/"), device("/root")];
    Packing::new(stream, Scope::System { devices }).finish(Path::new("/"), Path::new("."))
}

/// What is packed of what lies beneath a path.
enum Scope {
    /// All but what the kernel makes up on other file systems than the path's own.
    Path {
        /// The path's own file system.
        device: u64,
    },
    /// What is on these file systems, without what is this machine's alone.
    System {
        /// That of `/` and that of `/root`.
        devices: [u64; 2],
    },
}

impl Scope {
    /// Whether a directory's contents belong to it.
    fn enters(&self, path: &Path, of: &Metadata) -> bool {
        match self {
            // What the kernel makes up on the way, as /proc in /, is no one's files: much of it
            // cannot be read, and some never ends. Asked for by name it is packed.
            Self::Path { device } => of.dev() == *device || !is_made_up(path),
            Self::System { devices } => devices.contains(&of.dev()),
        }
    }

    /// Whether a file is left out: the host gives each machine its name and resolver anew,
    /// and its first boot makes it keys of its own.
    fn omits(&self, path: &Path) -> bool {
        const OWN: [&str; 3] = ["/etc/hostname", "/etc/resolv.conf", "/etc/machine-id"];
        let is_key = || {
            let name = path.strip_prefix("/etc/ssh").ok().and_then(Path::to_str);
            name.is_some_and(|name| name.starts_with("ssh_host_"))
        };
        match self {
            Self::Path { .. } => false,
            Self::System { .. } => OWN.iter().any(|own| path == Path::new(own)) || is_key(),
        }
    }
}

struct Packing<W: Write> {
    builder: Builder<W>,
    packed: Packed,
    scope: Scope,
}

impl<W: Write> Packing<W> {
    fn new(stream: W, scope: Scope) -> Self {
        Self {
            builder: Builder::new(stream),
            packed: Packed::new(),
            scope,
        }
    }

    fn finish(mut self, path: &Path, name: &Path) -> Result<(), FilesError> {
        self.member(path, name)?;
        self.builder
            .into_inner()
            .and_then(|mut stream| stream.flush())
            .map_err(gone)
    }

    fn member(&mut self, path: &Path, name: &Path) -> Result<(), FilesError> {
        let at = |source| FilesError::System {
            path: path.to_owned(),
            source,
        };
        if self.scope.omits(path) {
            return Ok(());
        }
        let of = path.symlink_metadata().map_err(at)?;
        let kind = of.file_type();
        if kind.is_dir() {
            self.extended_attributes(path)?;
            self.builder
                .append_data(&mut header(&of), name, io::empty())
                .map_err(gone)?;
            if !self.scope.enters(path, &of) {
                return Ok(());
            }
            return self.children(path, name);
        }
        if kind.is_symlink() {
            let target = fs::read_link(path).map_err(at)?;
            return self
                .builder
                .append_link(&mut header(&of), name, target)
                .map_err(gone);
        }
        if of.nlink() > 1 && !kind.is_socket() {
            if let Some(first) = self.packed.get(&(of.dev(), of.ino())) {
                let mut header = header(&of);
                header.set_entry_type(EntryType::Link);
                header.set_size(0);
                return self
                    .builder
                    .append_link(&mut header, name, first)
                    .map_err(gone);
            }
            self.packed.insert((of.dev(), of.ino()), name.to_owned());
        }
        if kind.is_file() {
            self.file(path, name)
        } else if kind.is_socket() {
            // It means nothing without its program.
            Ok(())
        } else {
            self.builder
                .append_data(&mut header(&of), name, io::empty())
                .map_err(gone)
        }
    }

    fn children(&mut self, path: &Path, name: &Path) -> Result<(), FilesError> {
        let at = |source| FilesError::System {
            path: path.to_owned(),
            source,
        };
        let mut names: Vec<_> = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
            .map_err(at)?;
        // The same directory makes the same archive.
        names.sort_unstable();
        for child in names {
            match self.member(&path.join(&child), &name.join(&child)) {
                // It was removed while we were packing.
                Err(FilesError::System { source, .. })
                    if source.kind() == io::ErrorKind::NotFound => {}
                result => result?,
            }
        }
        Ok(())
    }

    /// A header of their own before the member's, where it has any.
    fn extended_attributes(&mut self, path: &Path) -> Result<(), FilesError> {
        let records = extended_attributes::records(path);
        if records.is_empty() {
            return Ok(());
        }
        let records = records
            .iter()
            .map(|(key, value)| (key.as_str(), &value[..]));
        self.builder.append_pax_extensions(records).map_err(gone)
    }

    /// The size in the header is a promise; a file may grow or shrink while it is read.
    fn file(&mut self, path: &Path, name: &Path) -> Result<(), FilesError> {
        let at = |source| FilesError::System {
            path: path.to_owned(),
            source,
        };
        let file = File::options()
            .read(true)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(path)
            .map_err(at)?;
        let of = file.metadata().map_err(at)?;
        let content = Padded {
            file,
            left: of.len(),
            failed: None,
        };
        let mut header = header(&of);
        header.set_size(of.len());
        let mut content = content;
        self.extended_attributes(path)?;
        self.builder
            .append_data(&mut header, name, &mut content)
            .map_err(gone)?;
        content.failed.map_or(Ok(()), |source| Err(at(source)))
    }
}

/// Exactly as many bytes as promised: cut, or filled up with zeros.
struct Padded {
    file: File,
    left: u64,
    /// Kept apart from errors of the stream.
    failed: Option<io::Error>,
}

impl Read for Padded {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(room.len());
        let room = room.get_mut(..length).unwrap_or_default();
        let read = if self.failed.is_some() {
            Ok(0)
        } else {
            self.file.read(room)
        };
        let read = match read {
            Ok(0) => {
                room.fill(0);
                length
            }
            Ok(read) => read,
            Err(error) => {
                self.failed = Some(error);
                room.fill(0);
                length
            }
        };
        self.left -= read as u64;
        Ok(read)
    }
}

/// Whether a directory is of a file system whose files are the kernel's own (statfs(2)).
fn is_made_up(path: &Path) -> bool {
    const MADE_UP: [statfs::FsType; 9] = [
        statfs::BPF_FS_MAGIC,
        statfs::CGROUP2_SUPER_MAGIC,
        statfs::CGROUP_SUPER_MAGIC,
        statfs::DEBUGFS_MAGIC,
        statfs::DEVPTS_SUPER_MAGIC,
        statfs::PROC_SUPER_MAGIC,
        statfs::SECURITYFS_MAGIC,
        statfs::SYSFS_MAGIC,
        statfs::TRACEFS_MAGIC,
    ];
    statfs::statfs(path).is_ok_and(|found| MADE_UP.contains(&found.filesystem_type()))
}

fn header(of: &Metadata) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata_in_mode(of, HeaderMode::Complete);
    header
}

/// The archive is written to the host alone.
fn gone(_: io::Error) -> FilesError {
    FilesError::Disconnected
}

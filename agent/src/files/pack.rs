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
    let mut packing = Packing {
        builder: Builder::new(stream),
        packed: Packed::new(),
        device,
    };
    packing.member(path, &name)?;
    packing
        .builder
        .into_inner()
        .and_then(|mut stream| stream.flush())
        .map_err(gone)
}

struct Packing<W: Write> {
    builder: Builder<W>,
    packed: Packed,
    /// The file system that was asked for.
    device: u64,
}

impl<W: Write> Packing<W> {
    fn member(&mut self, path: &Path, name: &Path) -> Result<(), FilesError> {
        let at = |source| FilesError::System {
            path: path.to_owned(),
            source,
        };
        let of = path.symlink_metadata().map_err(at)?;
        let kind = of.file_type();
        if kind.is_dir() {
            self.builder
                .append_data(&mut header(&of), name, io::empty())
                .map_err(gone)?;
            // What the kernel makes up on the way, as /proc in /, is no one's files: much of it
            // cannot be read, and some never ends. Asked for by name it is packed.
            if of.dev() != self.device && is_made_up(path) {
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

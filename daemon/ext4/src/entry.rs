//! One member of a file tree: what an archive yields and an image takes.
//!
//! Reader and writer know each other only through these types, so that a step between
//! them (merging layers) can drop, rename or reorder entries.

/// A member with everything but its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name as the archive has it: any bytes, `/` between components.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Owner, mode and times.
    pub metadata: Metadata,
    /// Extended attributes, with their full names (`security.capability`).
    pub xattrs: Vec<Xattr>,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory. Given again, it only changes its attributes.
    Directory,
    /// A regular file, whose data follows.
    File(FileData),
    /// A symbolic link; the target is stored as it is.
    Symlink {
        /// Any bytes but NUL.
        target: Vec<u8>,
    },
    /// One more name of an earlier member.
    HardLink {
        /// That member's name, with the same rules as [`Entry::path`].
        target: Vec<u8>,
    },
    /// A character device.
    CharDevice(Device),
    /// A block device.
    BlockDevice(Device),
    /// A named pipe.
    Fifo,
    /// A Unix socket. No tar has one; other sources do.
    Socket,
}

/// A device's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// At most 4,095.
    pub major: u32,
    /// At most 1,048,575.
    pub minor: u32,
}

/// How the data of a regular file is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileData {
    /// The file's length in bytes, holes included.
    pub size: u64,
    /// Where data lies, in ascending order and without overlap; what is between is a hole.
    /// The data that follows the entry is that of the segments, one after the other.
    pub segments: Vec<Segment>,
}

/// A stretch of a file that has data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
}

impl FileData {
    /// A file without holes.
    pub fn dense(size: u64) -> Self {
        let segments = match size {
            0 => Vec::new(),
            len => vec![Segment { offset: 0, len }],
        };
        Self { size, segments }
    }

    /// The bytes of data that follow the entry.
    pub fn data_len(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len).sum()
    }
}

/// Owner, mode and times of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Permission bits with set-user-id, set-group-id and sticky: the low 12 bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last change of the data.
    pub mtime: Timestamp,
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timestamp {
    /// Since 1970; negative before.
    pub seconds: i64,
    /// 0 to 999,999,999, forward from `seconds`.
    pub nanoseconds: u32,
}

/// An extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xattr {
    /// The full name, namespace first.
    pub name: Vec<u8>,
    /// Any bytes. `system.posix_acl_*` in the form that setxattr(2) takes.
    pub value: Vec<u8>,
}

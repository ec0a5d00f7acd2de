//! What an image is to be like, and what its source may not exceed.

/// Options of a new image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The file system's size in bytes; rounded down to whole blocks of 4 KiB. The image file
    /// is sparse: space that is not used costs nothing.
    pub capacity: u64,
    /// Inodes, that is: how many files there can be. One for every 16 KiB when `None`.
    pub inodes: Option<u32>,
    /// The file system's UUID, and the seed of its directory hashes.
    pub uuid: [u8; 16],
    /// Seconds since 1970, not 0, for what has no time of its own: the file system and
    /// directories that the source implies. The same source and options give the same bytes.
    pub timestamp: u32,
    /// The most entries, directories that are only implied included.
    pub max_entries: u64,
    /// The most bytes of names, each component counted once: they are kept in memory.
    pub max_name_bytes: u64,
    /// The longest file in bytes, holes included; the capacity when `None`.
    pub max_file_size: Option<u64>,
}

impl Options {
    /// The usual limits for an image of `capacity` bytes.
    pub fn new(capacity: u64) -> Self {
        Self {
            capacity,
            inodes: None,
            uuid: *b"banger-ext4-root",
            timestamp: 1_577_836_800,
            max_entries: 5_000_000,
            max_name_bytes: 256 << 20,
            max_file_size: None,
        }
    }
}

/// What became of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries that were taken.
    pub entries: u64,
    /// Directories that no entry named but others needed.
    pub implied_directories: u64,
    /// Names that a later entry gave anew.
    pub replaced: u64,
    /// Extended attributes that ext4 or Linux has no place for.
    pub dropped_xattrs: u64,
    /// Bytes of file data.
    pub data_bytes: u64,
    /// Bytes of the image that are in use, its own tables included.
    pub used_bytes: u64,
    /// Inodes in use.
    pub used_inodes: u64,
    /// The file system's size in bytes.
    pub capacity: u64,
}

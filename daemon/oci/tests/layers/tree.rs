//! A directory tree as a value to compare.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// Every path, the root as "", with what is known of it.
pub type Tree = BTreeMap<Name, Facts>;

/// A path that is printed as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(pub Vec<u8>);

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub kind: char,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub mtime: i64,
    /// Of a device.
    pub device: u64,
    /// A file's length and content, in short, or a link's target.
    pub content: Name,
    pub xattrs: BTreeMap<Name, Name>,
    /// Names of the inode, and the first of them.
    pub links: u64,
    pub first_name: Name,
}

/// Reads the tree at `root`.
pub fn read(root: &Path) -> Tree {
    let mut tree = BTreeMap::new();
    let mut inodes = BTreeMap::new();
    let mut pending = vec![Vec::new()];
    while let Some(name) = pending.pop() {
        let path = root.join(OsStr::from_bytes(&name));
        // A path of "" would end in a slash.
        let path = if name.is_empty() { root } else { &path };
        let facts = facts(path);
        if facts.kind == 'd' {
            for entry in fs::read_dir(path).unwrap() {
                let child = entry.unwrap().file_name();
                pending.push(match name.is_empty() {
                    true => child.as_bytes().to_vec(),
                    false => [name.as_slice(), child.as_bytes()].join(&b'/'),
                });
            }
        }
        let inode = fs::symlink_metadata(path).unwrap().ino();
        tree.insert(Name(name), (facts, inode));
    }
    tree.into_iter()
        .map(|(name, (mut facts, inode))| {
            let first = inodes.entry(inode).or_insert_with(|| name.clone());
            facts.first_name = first.clone();
            (name, facts)
        })
        .collect()
}

fn facts(path: &Path) -> Facts {
    let metadata = fs::symlink_metadata(path).unwrap();
    let file_type = metadata.file_type();
    let kind = match () {
        () if file_type.is_dir() => 'd',
        () if file_type.is_file() => '-',
        () if file_type.is_symlink() => 'l',
        () if file_type.is_char_device() => 'c',
        () if file_type.is_block_device() => 'b',
        () if file_type.is_fifo() => 'p',
        () => '?',
    };
    Facts {
        kind,
        mode: metadata.mode() & 0o7777,
        uid: metadata.uid(),
        gid: metadata.gid(),
        mtime: metadata.mtime(),
        device: if "cb".contains(kind) {
            metadata.rdev()
        } else {
            0
        },
        content: Name(match kind {
            '-' => {
                let data = fs::read(path).unwrap();
                format!("{} {}", data.len(), crate::umoci::digest(&data)).into_bytes()
            }
            'l' => fs::read_link(path).unwrap().as_os_str().as_bytes().to_vec(),
            _ => Vec::new(),
        }),
        xattrs: xattrs(path),
        links: if kind == 'd' { 0 } else { metadata.nlink() },
        first_name: Name(Vec::new()),
    }
}

fn xattrs(path: &Path) -> BTreeMap<Name, Name> {
    let mut names = vec![0; 64 << 10];
    let len = rustix::fs::llistxattr(path, names.as_mut_slice()).unwrap();
    names[..len]
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = vec![0; 64 << 10];
            let key = OsStr::from_bytes(name);
            let len = rustix::fs::lgetxattr(path, key, value.as_mut_slice()).unwrap();
            (Name(name.to_vec()), Name(value[..len].to_vec()))
        })
        .collect()
}

//! Images whose files stay where they are: each is known by its path, size and time, and is not
//! used when it is another than it was.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

use banger_api::{ErrorCode, ImageFiles, Problem};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error;

/// Where ext2, ext3 and ext4 have their magic number (Linux, Documentation/filesystems/ext4,
/// "The Super Block": `s_magic`, in the super block at 1024), and the number.
const MAGIC: (u64, [u8; 2]) = (1024 + 0x38, [0x53, 0xef]);

/// The files of an image that are not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The root file system.
    pub rootfs: FileStamp,
    /// What the VMs' home disks begin as.
    #[serde(default)]
    pub work_seed: Option<FileStamp>,
}

/// A file as it was when it was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// Absolute.
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// When it was changed: seconds since 1970, and nanoseconds.
    pub modified: (i64, i64),
}

impl Unmanaged {
    /// Looks at the files. Blocks.
    ///
    /// # Errors
    /// When one is missing, or is no ext4.
    pub fn take(rootfs: &Path, work_seed: Option<&Path>) -> Result<Self, Problem> {
        Ok(Self {
            rootfs: FileStamp::take(rootfs)?,
            work_seed: work_seed.map(FileStamp::take).transpose()?,
        })
    }

    /// Checks that the files are still the same. Blocks.
    ///
    /// # Errors
    /// Which one is not.
    pub fn check(&self) -> Result<(), Problem> {
        let mut files = std::iter::once(&self.rootfs).chain(&self.work_seed);
        files.try_for_each(FileStamp::check)
    }

    /// Tells the same files from others: `sha256:` and hex.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for file in std::iter::once(&self.rootfs).chain(&self.work_seed) {
            hash.update(file.path.as_os_str().as_encoded_bytes());
            let FileStamp { size, modified, .. } = file;
            hash.update(format!("\0{size} {} {}\0", modified.0, modified.1));
        }
        let hex = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        format!("sha256:{hex}")
    }

    /// As the world sees it.
    pub fn shown(&self) -> ImageFiles {
        let text = |file: &FileStamp| file.path.display().to_string();
        ImageFiles {
            rootfs: text(&self.rootfs),
            work_seed: self.work_seed.as_ref().map(text),
        }
    }
}

impl FileStamp {
    fn take(path: &Path) -> Result<Self, Problem> {
        let invalid = |what: &str| {
            let detail = format!("{} {what}", path.display());
            Problem::new(ErrorCode::InvalidValue, detail)
        };
        if !path.is_absolute() {
            return Err(invalid("is no absolute path"));
        }
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => invalid("is not there"),
            _ => error::io(path, &source),
        };
        let file = File::open(path).map_err(failed)?;
        let of = file.metadata().map_err(failed)?;
        if !of.is_file() {
            return Err(invalid("is no file"));
        }
        let mut magic = [0; 2];
        let read = file.read_exact_at(&mut magic, MAGIC.0);
        if read.is_err() || magic != MAGIC.1 {
            let hint = "make one of a directory: `mke2fs -t ext4 -d DIR FILE SIZE`";
            return Err(Problem {
                code: ErrorCode::BadImage,
                ..invalid("is no ext4 file system")
            }
            .with_hint(hint));
        }
        Ok(Self::of(path, &of))
    }

    fn of(path: &Path, of: &fs::Metadata) -> Self {
        Self {
            path: path.to_owned(),
            size: of.len(),
            modified: (of.mtime(), of.mtime_nsec()),
        }
    }

    /// Checks that it is still the same. Blocks.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), Problem> {
        let path = &self.path;
        let what = match fs::metadata(path) {
            Ok(of) if Self::of(path, &of) == *self => return Ok(()),
            Ok(_) => "has changed since it was registered".to_owned(),
            Err(source) => source.to_string(),
        };
        let detail = format!("the image's file {}: {what}", path.display());
        Err(Problem::new(ErrorCode::ImageFileChanged, detail)
            .with_hint("register it again: `banger image register NAME --rootfs FILE`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_until_it_changes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rootfs.ext4");
        let missing = Unmanaged::take(&path, None).unwrap_err();
        assert_eq!(missing.code, ErrorCode::InvalidValue);
        fs::write(&path, vec![0; 4096]).unwrap();
        let no_ext4 = Unmanaged::take(&path, None).unwrap_err();
        assert_eq!(no_ext4.code, ErrorCode::BadImage);
        let mut image = vec![0; 4096];
        image[1080..1082].copy_from_slice(&[0x53, 0xef]);
        fs::write(&path, &image).unwrap();
        let taken = Unmanaged::take(&path, Some(&path)).unwrap();
        taken.check().unwrap();
        image.push(0);
        fs::write(&path, &image).unwrap();
        let changed = taken.check().unwrap_err();
        assert_eq!(changed.code, ErrorCode::ImageFileChanged);
        let again = Unmanaged::take(&path, Some(&path)).unwrap();
        assert_ne!(again.digest(), taken.digest());
        fs::remove_file(&path).unwrap();
        assert!(again.check().is_err());
        let relative = Unmanaged::take(Path::new("x"), None).unwrap_err();
        assert_eq!(relative.code, ErrorCode::InvalidValue);
    }
}

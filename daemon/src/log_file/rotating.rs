//! The daemon's own log: two files at most.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// How long the file grows before it becomes the old one, in bytes.
const LIMIT: u64 = 10 << 20;

/// A file that is appended to. When it is long it gets `.1` behind its name, in the place of
/// the one before, and a new one begins. A record written at once is never divided.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    file: File,
    length: u64,
    limit: u64,
}

impl RotatingFile {
    /// Opens it for appending; makes it, for its owner only, where it is missing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::with_limit(path, LIMIT)
    }

    fn with_limit(path: &Path, limit: u64) -> io::Result<Self> {
        let file = open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            limit,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut old = OsString::from(&self.path);
        old.push(".1");
        fs::rename(&self.path, old)?;
        self.file = open(&self.path)?;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

impl Write for RotatingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A device or a pipe has no length, and is not renamed.
        if self.length >= self.limit && self.file.metadata().is_ok_and(|of| of.is_file()) {
            // Where it cannot be, the log goes on; it is tried again much later.
            let _ = self.rotate();
            self.length = 0;
        }
        let written = self.file.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_becomes_the_old_one_and_only_one_old_one_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bangerd.log");
        fs::write(&path, "before\n").unwrap();
        let mut log = RotatingFile::with_limit(&path, 10).unwrap();
        for line in ["one\n", "two\n", "three, long\n", "four\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let old = directory.path().join("bangerd.log.1");
        assert_eq!(fs::read_to_string(&old).unwrap(), "two\nthree, long\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "four\n");
        assert_eq!(directory.path().read_dir().unwrap().count(), 2);
    }
}

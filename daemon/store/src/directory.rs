//! The database's directory: its mode, its lock, a killed open's left-overs, and the marker
//! that says that a database was made here.

use crate::backend::{BackendError, OnDisk, Source};
use crate::error::StoreError;
use crate::reserve::Reserve;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::sys::statvfs::statvfs;

/// Held while a process uses the database (flock(2)); has its process id as text.
const LOCK: &str = "lock";

/// Written once a database was made and is on disk. Its text is [`FORMAT`].
const MARKER: &str = "made";

/// The key of the canary in sled's default tree; its value is [`FORMAT`].
const CANARY: &str = "canary";

/// The layout of the database: trees of version-prefixed JSON.
const FORMAT: &str = "banger-store 1";

/// How much has to be free before a full database is tried again, in bytes: two of sled's
/// segments.
const ROOM: u64 = 1 << 20;

/// How much has to be free before some of it is set aside, in bytes.
const PLENTY: u64 = 32 << 20;

/// What sled says of files that another one of its databases has (`Config::try_lock`).
const IN_USE: &str = "could not acquire lock";

/// How long a database that was dropped may take to let go of its files: sled's threads do so
/// when they end.
const LET_GO: Duration = Duration::from_secs(5);

/// The database's directory, for as long as this process has its lock.
pub(crate) struct Directory {
    path: PathBuf,
    reserve: Reserve,
    _lock: File,
}

/// Opens the database in `dir`, made with mode 0700 when it is not there. No other process may
/// have it until the directory is dropped.
pub(crate) fn open(dir: &Path) -> Result<(OnDisk, Directory), StoreError> {
    make(dir).map_err(|source| at(dir, source))?;
    let lock = lock(dir)?;
    let database = open_locked(dir)?;
    let mut directory = Directory {
        path: dir.to_owned(),
        reserve: Reserve::in_directory(dir),
        _lock: lock,
    };
    directory.set_aside();
    Ok((database, directory))
}

/// Opens it, where the lock is ours.
fn open_locked(dir: &Path) -> Result<OnDisk, StoreError> {
    remove_unfinished_snapshots(dir).map_err(|source| at(dir, source))?;
    let marker = match fs::read_to_string(dir.join(MARKER)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(at(&dir.join(MARKER), source)),
    };
    if let Some(found) = &marker {
        check_format(dir, found)?;
    }

    let mut database = OnDisk::open(dir).map_err(failed)?;
    match (database.canary(CANARY).map_err(failed)?, &marker) {
        (Some(found), _) => check_format(dir, &String::from_utf8_lossy(&found))?,
        (None, Some(_)) => {
            let dir = dir.to_owned();
            return Err(StoreError::Emptied { dir });
        }
        (None, None) => database
            .set_canary(CANARY, FORMAT.as_bytes())
            .map_err(failed)?,
    }
    if marker.is_none() {
        write_marker(dir).map_err(|source| at(&dir.join(MARKER), source))?;
    }
    Ok(database)
}

impl Source for Directory {
    type Database = OnDisk;

    fn has_room(&self) -> bool {
        free(&self.path) >= ROOM
    }

    fn set_aside(&mut self) {
        if !self.reserve.is_there() && free(&self.path) >= PLENTY {
            self.reserve.make();
        }
    }

    fn give_up(&mut self) {
        self.reserve.give_up();
    }

    fn reopen(&mut self) -> Result<OnDisk, StoreError> {
        let begun = Instant::now();
        forget_cached(&self.path);
        loop {
            match open_locked(&self.path) {
                Err(StoreError::Database { problem })
                    if problem.contains(IN_USE) && begun.elapsed() < LET_GO =>
                {
                    tracing::debug!(problem, "the database is not opened again yet");
                    thread::sleep(Duration::from_millis(20));
                }
                outcome => return outcome,
            }
        }
    }
}

/// How much is free, in bytes.
fn free(directory: &Path) -> u64 {
    match statvfs(directory) {
        Ok(of) => of.blocks_available().saturating_mul(of.fragment_size()),
        Err(_) => 0,
    }
}

/// Has the log read from disk again. What the kernel could not write it may drop, but go on
/// to show as if it had been (fsync(2)).
fn forget_cached(dir: &Path) {
    if let Ok(log) = File::open(dir.join("db")) {
        let _ = log.sync_data();
        let _ = posix_fadvise(&log, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
    }
}

fn make(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mode = fs::metadata(dir)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| at(&path, source))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let pid = match file.read_to_string(&mut text) {
                Ok(_) => text.trim().parse().ok(),
                Err(_) => None,
            };
            let dir = dir.to_owned();
            return Err(StoreError::AlreadyOpen { dir, pid });
        }
        Err(TryLockError::Error(source)) => return Err(at(&path, source)),
    }
    let named = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    named.map_err(|source| at(&path, source))?;
    Ok(file)
}

/// A kill while sled opens leaves `snap.N.generating`, whose name sled then fails to parse
/// (<https://github.com/spacejam/sled/issues/1527>). It is a copy of what the log says.
fn remove_unfinished_snapshots(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"snap.") && bytes.ends_with(b".generating") {
            tracing::warn!(file = ?entry.path(), "removing a snapshot that was not finished");
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn write_marker(dir: &Path) -> io::Result<()> {
    // Written aside and renamed: a marker cut short would be of an unknown format.
    let aside = dir.join("made.new");
    let mut file = File::create(&aside)?;
    file.write_all(FORMAT.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, dir.join(MARKER))?;
    File::open(dir)?.sync_all()
}

fn check_format(dir: &Path, found: &str) -> Result<(), StoreError> {
    if found == FORMAT {
        return Ok(());
    }
    Err(StoreError::Format {
        dir: dir.to_owned(),
        found: found.to_owned(),
        known: FORMAT.to_owned(),
    })
}

fn at(path: &Path, source: io::Error) -> StoreError {
    StoreError::Directory {
        path: path.to_owned(),
        source,
    }
}

fn failed(error: BackendError) -> StoreError {
    StoreError::Database {
        problem: error.to_string(),
    }
}

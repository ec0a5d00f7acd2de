//! The database's directory: its mode, its lock, a killed open's left-overs, and the marker
//! that says that a database was made here.

use crate::backend::{BackendError, OnDisk};
use crate::error::StoreError;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Held while a process uses the database (flock(2)); has its process id as text.
const LOCK: &str = "lock";

/// Written once a database was made and is on disk. Its text is [`FORMAT`].
const MARKER: &str = "made";

/// The key of the canary in sled's default tree; its value is [`FORMAT`].
const CANARY: &str = "canary";

/// The layout of the database: trees of version-prefixed JSON.
const FORMAT: &str = "banger-store 1";

/// Opens the database in `dir`, made with mode 0700 when it is not there. The file is the
/// lock: the database may be used until it is dropped.
pub(crate) fn open(dir: &Path) -> Result<(OnDisk, File), StoreError> {
    make(dir).map_err(|source| at(dir, source))?;
    let lock = lock(dir)?;
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
    Ok((database, lock))
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

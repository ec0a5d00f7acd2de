//! Logs that guests can make as long as they like are cut at their beginning.
//!
//! The VMM appends to the file, and readers follow it by offset. So what is cut becomes a hole
//! (fallocate(2), `FALLOC_FL_PUNCH_HOLE`): nothing moves, and the end is where it was. On a
//! file system without holes a log is not cut.

use std::{fs::File, io, os::unix::fs::MetadataExt, path::Path, time::Duration};

use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, fallocate},
    unistd::{Whence, lseek},
};
use tokio_util::sync::CancellationToken;

use crate::registry::Vms;

/// A log that takes more than that on disk is cut, in bytes.
const LIMIT: u64 = 16 << 20;

/// What is kept of its end, in bytes.
const KEPT: u64 = 8 << 20;

/// Holes have whole blocks: of this size, or smaller, on the file systems in use, in bytes.
const BLOCK: u64 = 4096;

/// How often logs are looked at. A guest under emulation writes some MiB to its console
/// meanwhile.
const LOOK: Duration = Duration::from_secs(5);

/// Cuts all VMs' logs from time to time, until the daemon closes.
pub async fn keep_bounded(vms: Vms, closing: CancellationToken) {
    while closing
        .run_until_cancelled(tokio::time::sleep(LOOK))
        .await
        .is_some()
    {
        let files: Vec<_> = vms
            .list()
            .iter()
            .map(|handle| handle.snapshot().files.clone())
            .collect();
        let looked = tokio::task::spawn_blocking(move || {
            for path in files.iter().flat_map(|of| [&of.console_log, &of.vmm_log]) {
                match cut(path, LIMIT, KEPT) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        tracing::debug!(path = %path.display(), %error, "a log is not cut");
                    }
                    Ok(()) | Err(_) => {}
                }
            }
        });
        let _ = looked.await;
    }
}

/// Cuts a log that takes more than `limit` on disk down to its last `kept` bytes.
fn cut(path: &Path, limit: u64, kept: u64) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    let of = file.metadata()?;
    // st_blocks counts 512 bytes, whatever the file system (stat(2)).
    if of.blocks() * 512 <= limit {
        return Ok(());
    }
    let end = of.len().saturating_sub(kept) / BLOCK * BLOCK;
    if end > 0 {
        let how = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        fallocate(&file, how, 0, end.cast_signed())?;
    }
    Ok(())
}

/// The first offset at or after `position` that is not in a hole; the file's position is
/// there then. `position` itself at the end of the file, and where the file system does not
/// tell.
pub fn after_hole(file: &impl std::os::fd::AsFd, position: u64) -> io::Result<u64> {
    match lseek(file, position.cast_signed(), Whence::SeekData) {
        Ok(found) => Ok(found.cast_unsigned()),
        Err(Errno::ENXIO | Errno::EINVAL) => {
            lseek(file, position.cast_signed(), Whence::SeekSet)?;
            Ok(position)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn a_long_log_keeps_its_end_where_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("console.log");
        let mut log = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .unwrap();
        log.write_all(&vec![b'a'; 1 << 20]).unwrap();
        log.sync_all().unwrap();
        cut(&path, 2 << 20, 8192).unwrap();
        let mut reader = File::open(&path).unwrap();
        assert_eq!(after_hole(&reader, 0).unwrap(), 0, "a short one stays");
        cut(&path, 512 << 10, 8192).unwrap();
        let of = path.metadata().unwrap();
        assert_eq!(of.len(), 1 << 20);
        assert!(of.blocks() * 512 < 64 << 10, "{} blocks", of.blocks());
        log.write_all(b"the end").unwrap();
        let begin = after_hole(&reader, 0).unwrap();
        assert_eq!(begin, (1 << 20) - 8192);
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest.len(), 8192 + 7);
        assert!(rest.ends_with(b"athe end"));
        let end = path.metadata().unwrap().len();
        assert_eq!(after_hole(&reader, end).unwrap(), end);
    }
}

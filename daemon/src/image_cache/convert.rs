//! A tar stream becomes an ext4.

use std::{
    io::{self, Read},
    path::Path,
    sync::atomic::AtomicBool,
};

use banger_api::{ErrorCode, Problem};
use banger_ext4::{ImportError, Options, Summary, write_tar};
use sha2::{Digest, Sha256};

use super::watched::watched;
use crate::{error, operation::Reporter};

/// What became of a tar stream.
#[derive(Debug)]
pub struct Converted {
    /// What was written.
    pub summary: Summary,
    /// The SHA-256 of the stream, as it came, in hex.
    pub sha256: String,
    /// The image's size on disk, in bytes.
    pub size: u64,
}

/// Writes a tar stream, compressed or not, as ext4 into `directory`. Ends soon after the
/// reporter was cancelled; the caller removes the directory on an error.
pub async fn tar_to_ext4(
    tar: impl Read + Send + 'static,
    directory: &Path,
    capacity: u64,
    reporter: &Reporter,
) -> Result<Converted, Problem> {
    let path = directory.join("rootfs.ext4");
    let writing = watched(reporter, move |tell, cancel| {
        convert(tar, &path, capacity, tell, cancel)
    });
    let converted = writing.await?;
    let converted = converted.map_err(|source| error::image_import(&source))?;
    if converted.summary.entries == 0 {
        return Err(Problem::new(ErrorCode::BadArchive, "the archive is empty"));
    }
    Ok(converted)
}

fn convert(
    tar: impl Read,
    path: &Path,
    capacity: u64,
    tell: &mut dyn FnMut(u64),
    cancel: &AtomicBool,
) -> Result<Converted, ImportError> {
    let mut tar = Hashing {
        inner: tar,
        hash: Sha256::new(),
    };
    let options = Options::new(capacity);
    let summary = write_tar(
        &mut tar,
        path,
        &options,
        &mut |progress| tell(progress.input_bytes),
        cancel,
    )?;
    // What stands after the archive's end belongs to the file, whose hash is recorded; and
    // whoever writes it is not to break on a closed pipe.
    let _ = io::copy(&mut tar, &mut io::sink());
    let sha256 = tar
        .hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Converted {
        summary,
        sha256,
        size: size_on_disk(path).unwrap_or(0),
    })
}

struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

/// What a sparse file takes on disk, in bytes.
pub fn size_on_disk(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    // st_blocks counts 512 bytes, whatever the file system (stat(2)).
    Ok(std::fs::metadata(path)?.blocks() * 512)
}

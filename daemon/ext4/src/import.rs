//! From a tar, packed or not, to an image: reading and writing in one stream.

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::archive::{Archive, ArchiveError};
use crate::decompress::{self, DecompressError};
use crate::format::{self, FormatError};
use crate::writer::{ImageWriter, Options, Summary, WriteError};

/// Bytes of the archive between two reports.
const PROGRESS_STEP: u64 = 4 << 20;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from the source, as it is packed. Compare with the source's length.
    pub input_bytes: u64,
    /// Bytes of the archive, unpacked.
    pub archive_bytes: u64,
    /// Entries written.
    pub entries: u64,
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The empty file system could not be made.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The source could not be unpacked.
    #[error(transparent)]
    Decompress(#[from] DecompressError),
    /// The archive is damaged, incomplete, or not one.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// One member cannot go into an image.
    #[error("{member:?} at byte {offset} of the archive: {source}")]
    Member {
        /// Its name.
        member: String,
        /// Where its header starts, in bytes of the unpacked archive.
        offset: u64,
        /// Why.
        source: WriteError,
    },
    /// The image could not be opened or finished.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// Writes the tar in `reader` into a new image at `destination`, which must not exist yet and
/// will have mode 0600. Whatever goes wrong, nothing is left there. `progress` is called every
/// few MiB; `cancel` is looked at as often.
///
/// The image is durable when this returns. It takes no root and unpacks nothing to the disk.
///
/// # Errors
/// See [`ImportError`]; each names the member, where in the archive it is, and what to do.
pub fn write_tar(
    reader: impl Read,
    destination: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Summary, ImportError> {
    import(reader, destination, options, progress, cancel).map_err(|error| {
        // Whatever the wish to stop looked like by the time it got here.
        match cancel.load(Ordering::Relaxed) {
            true => ImportError::Cancelled,
            false => error,
        }
    })
}

fn import(
    reader: impl Read,
    destination: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Summary, ImportError> {
    let (reader, counter) = decompress::open(Cancellable {
        inner: reader,
        cancel,
    })?;
    let mut archive = Archive::new(reader);
    // Before anything is made: most mistakes show in the first header.
    let mut next = archive.next_entry()?;

    let partial = format::create_root(destination, options)?;
    let mut writer = ImageWriter::open(destination, options, cancel)?;
    let mut reported = 0;
    while let Some(entry) = next {
        if let Err(error) = writer.add(&entry, &mut archive) {
            return Err(place(error, &archive));
        }
        next = archive.next_entry()?;
        if archive.offset() - reported >= PROGRESS_STEP {
            reported = archive.offset();
            progress(Progress {
                input_bytes: counter.get(),
                archive_bytes: reported,
                entries: writer.entries(),
            });
        }
    }
    let summary = writer.finish()?;
    progress(Progress {
        input_bytes: counter.get(),
        archive_bytes: archive.offset(),
        entries: summary.entries,
    });
    partial.keep();
    Ok(summary)
}

/// Says which member an error is about, unless the archive itself has said so.
fn place<R: Read>(error: WriteError, archive: &Archive<R>) -> ImportError {
    let (member, offset) = archive.position();
    match error {
        WriteError::Data(source) => match source.downcast::<ArchiveError>() {
            Ok(error) => ImportError::Archive(error),
            Err(source) => member_error(member, offset, WriteError::Data(source)),
        },
        error => member_error(member, offset, error),
    }
}

fn member_error(member: Option<&str>, offset: u64, source: WriteError) -> ImportError {
    ImportError::Member {
        member: member.unwrap_or_default().to_owned(),
        offset,
        source,
    }
}

/// Stops between two reads, wherever the reading comes from.
struct Cancellable<'a, R> {
    inner: R,
    cancel: &'a AtomicBool,
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(io::Error::other("cancelled")),
            false => self.inner.read(buffer),
        }
    }
}

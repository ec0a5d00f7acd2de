//! [`read`]: an archive, packed or not, into the blob store and an image.

use super::spool::spool;
use super::{LocalError, docker, layout};
use crate::blobs::{BlobStore, Hold};
use crate::manifest::Image;
use banger_ext4::decompress;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes between two reports.
const STEP: u64 = 4 << 20;

/// An image of an archive, all of whose blobs are in the store.
#[derive(Debug)]
pub struct Local {
    /// The image.
    pub image: Image,
    /// What it is called in the archive.
    pub name: Option<String>,
    /// Keeps its blobs from being swept: drop it when the image is recorded.
    pub hold: Hold,
}

/// Reads an archive: an OCI layout's, or what `docker save` writes. Where both are in it, as
/// docker writes them since version 25, the layout counts. Blobs that are not of the image
/// go with the next sweep. `progress` is told the bytes that were taken from `reader` every
/// few MiB; `cancel` is looked at with every read.
///
/// # Errors
/// When the archive is damaged, or holds no image that can be run, or several.
pub fn read(
    reader: impl Read,
    blobs: &BlobStore,
    progress: &mut dyn FnMut(u64),
    cancel: &AtomicBool,
) -> Result<Local, LocalError> {
    let watched = Watched {
        inner: reader,
        cancel,
        progress,
        done: 0,
        told: 0,
    };
    take(watched, blobs).map_err(|error| match cancel.load(Ordering::Relaxed) {
        true => LocalError::Cancelled,
        false => error,
    })
}

fn take(reader: impl Read, blobs: &BlobStore) -> Result<Local, LocalError> {
    let (plain, _) = decompress::open(reader)?;
    let mut spooled = spool(plain, blobs)?;
    let index = spooled.small("index.json").map(<[u8]>::to_vec);
    let list = spooled.small("manifest.json").map(<[u8]>::to_vec);
    let (image, name) = match (index, list) {
        (Some(index), list) => {
            let (image, name) = layout::image(&index, &spooled, blobs)?;
            let name = name.or_else(|| docker::called(&list?));
            (image, name)
        }
        (None, Some(list)) => docker::image(&list, &mut spooled, blobs)?,
        (None, None) if spooled.repositories => return Err(LocalError::OldArchive),
        (None, None) => return Err(LocalError::NoIndex),
    };
    let hold = blobs.hold(image.digests());
    Ok(Local { image, name, hold })
}

/// Tells how far it is, and stops between two reads.
struct Watched<'a, R> {
    inner: R,
    cancel: &'a AtomicBool,
    progress: &'a mut dyn FnMut(u64),
    done: u64,
    told: u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::other("cancelled"));
        }
        let count = self.inner.read(buffer)?;
        self.done += count as u64;
        if count == 0 || self.done - self.told >= STEP {
            self.told = self.done;
            (self.progress)(self.done);
        }
        Ok(count)
    }
}

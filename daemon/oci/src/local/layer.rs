//! A layer that is made: a tar on its way into a file, packed, with both of its digests.

use crate::blobs::{BlobError, Incoming};
use crate::digest::{Algorithm, Digest, Hasher};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use std::io::{self, Write};

/// Takes a layer's tar.
pub struct LayerWriter {
    plain: Hasher,
    packed: GzEncoder<Packed>,
}

struct Packed(Incoming);

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            // Whether the disk is full is looked for in the cause.
            Err(BlobError::Io { source, .. }) => Err(source),
            Err(other) => Err(io::Error::other(other)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A layer that was made. Its file goes when this is dropped.
pub struct MadeLayer {
    /// The SHA-256 of the tar.
    pub diff_id: Digest,
    /// The SHA-256 of the file, packed with gzip.
    pub digest: Digest,
    /// The file's length in bytes.
    pub size: u64,
    file: Incoming,
}

impl LayerWriter {
    /// Writes into `file`.
    pub fn new(file: Incoming) -> Self {
        // Without a name or time: the same tar makes the same file.
        let packed = GzBuilder::new().write(Packed(file), Compression::default());
        LayerWriter {
            plain: Hasher::new(Algorithm::Sha256),
            packed,
        }
    }

    /// The tar is complete.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> io::Result<MadeLayer> {
        let Packed(file) = self.packed.finish()?;
        Ok(MadeLayer {
            diff_id: self.plain.finish(),
            digest: file.digest(),
            size: file.written(),
            file,
        })
    }
}

impl Write for LayerWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.packed.write(bytes)?;
        self.plain.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.packed.flush()
    }
}

impl MadeLayer {
    /// Reads the file from its start.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn reader(&self) -> Result<std::fs::File, BlobError> {
        self.file.reader()
    }
}

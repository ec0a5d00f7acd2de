//! A layer's bytes: unpacked, hashed, counted, and stopped where they are too many.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use banger_ext4::decompress::{self, Counter, DecompressError};
use sha2::{Digest, Sha256};

use super::limits::Limits;

/// Why a layer is not read to its end.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StreamError {
    /// More than the limits allow.
    #[error("the layer is more than {0} bytes when unpacked, which is the limit")]
    TooLarge(u64),
    /// A small layer that unpacks to very much.
    #[error(
        "{packed} bytes of the layer unpack to more than {unpacked}; it is made to fill the disk"
    )]
    Bomb {
        /// Bytes read.
        packed: u64,
        /// Bytes that came of them.
        unpacked: u64,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// An unpacked layer.
pub struct Stream<'a> {
    inner: Box<dyn Read + 'a>,
    packed: Counter,
    unpacked: u64,
    limits: &'a Limits,
    cancel: &'a AtomicBool,
    hash: Option<Sha256>,
}

impl<'a> Stream<'a> {
    /// Unpacks `input`, and hashes what comes of it where that is wanted. An input without a
    /// single byte is an empty layer.
    ///
    /// # Errors
    /// See [`DecompressError`].
    pub fn open<R: Read + 'a>(
        input: R,
        limits: &'a Limits,
        cancel: &'a AtomicBool,
        hashed: bool,
    ) -> Result<Self, DecompressError> {
        let input = Cancellable {
            inner: input,
            cancel,
        };
        let (inner, packed) = match decompress::open(input) {
            Err(DecompressError::Empty) => {
                (Box::new(io::empty()) as Box<dyn Read>, Counter::default())
            }
            result => result?,
        };
        Ok(Self {
            inner,
            packed,
            unpacked: 0,
            limits,
            cancel,
            hash: hashed.then(Sha256::new),
        })
    }

    /// Tells how many packed bytes were read.
    pub fn packed(&self) -> Counter {
        self.packed.clone()
    }

    /// Bytes that were read, unpacked.
    pub fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// The SHA-256 of what was read.
    pub fn digest(self) -> Option<[u8; 32]> {
        Some(self.hash?.finalize().into())
    }

    fn check(&self) -> Result<(), StreamError> {
        let Limits {
            unpacked_bytes,
            ratio,
            unpacked_allowance,
            ..
        } = *self.limits;
        if self.unpacked > unpacked_bytes {
            return Err(StreamError::TooLarge(unpacked_bytes));
        }
        let packed = self.packed.get();
        if self.unpacked
            > packed
                .saturating_mul(ratio)
                .saturating_add(unpacked_allowance)
        {
            return Err(StreamError::Bomb {
                packed,
                unpacked: self.unpacked,
            });
        }
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(StreamError::Cancelled),
            false => Ok(()),
        }
    }
}

/// Errors of the limits carry a [`StreamError`].
impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.unpacked += count as u64;
        self.check().map_err(io::Error::other)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&buffer[..count]);
        }
        Ok(count)
    }
}

/// Stops between two reads of the packed bytes: a small input may keep a decoder busy.
struct Cancellable<'a, R> {
    inner: R,
    cancel: &'a AtomicBool,
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(io::Error::other(StreamError::Cancelled)),
            false => self.inner.read(buffer),
        }
    }
}

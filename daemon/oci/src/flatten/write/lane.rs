//! One of the layers that are read side by side.

use std::io::Read;
use std::sync::atomic::AtomicBool;
use std::thread::Scope;

use banger_ext4::archive::Archive;
use banger_ext4::decompress::{Counter, DecompressError};
use banger_ext4::entry::Entry;

use crate::flatten::Progress;
use crate::flatten::ahead::Ahead;
use crate::flatten::error::{FlattenError, IndexError};
use crate::flatten::limits::Limits;
use crate::flatten::plan::Placement;
use crate::flatten::scan::{PROGRESS_STEP, archive_error, told};

/// A layer, and what of it is still wanted.
pub struct Lane<'plan> {
    /// Counted from the bottom.
    pub layer: usize,
    /// Where it stands.
    pub archive: Archive<Ahead>,
    packed: Counter,
    left: &'plan [Placement],
    ordinal: u32,
    begun: u64,
    reported: u64,
}

impl<'plan> Lane<'plan> {
    /// Opens a layer of which `wanted` is wanted. `begun` is where the other lanes stand.
    pub fn open<'scope, R: Read + Send + 'scope>(
        scope: &'scope Scope<'scope, '_>,
        (layer, reader): (usize, R),
        wanted: &'plan [Placement],
        begun: u64,
        limits: &'scope Limits,
        cancel: &'scope AtomicBool,
    ) -> Result<Self, FlattenError> {
        let broken = |error: DecompressError| FlattenError::Layer {
            layer,
            source: told(IndexError::Decompress(error), cancel),
        };
        let ahead = Ahead::open(scope, reader, limits, cancel).map_err(broken)?;
        Ok(Self {
            layer,
            packed: ahead.packed(),
            archive: Archive::new(ahead).without_end_mark(),
            left: wanted,
            ordinal: 0,
            begun,
            reported: 0,
        })
    }

    /// How far it has come, for whoever wants all of them to come as far. It depends on the
    /// layers alone, so that the same image is written in the same order on every machine.
    pub fn clock(&self) -> u64 {
        self.begun + self.archive.offset()
    }

    /// Whether nothing of it is wanted any more. What comes then is not even unpacked.
    pub fn is_done(&self) -> bool {
        self.left.is_empty()
    }

    /// The next member, and the names that it gets: none when it is not wanted.
    pub fn next(
        &mut self,
        cancel: &AtomicBool,
    ) -> Result<(Entry, &'plan [Placement]), FlattenError> {
        let layer = self.layer;
        let entry = self
            .archive
            .next_entry()
            .map_err(|error| FlattenError::Layer {
                layer,
                source: told(archive_error(error), cancel),
            })?
            .ok_or(FlattenError::Changed { layer })?;
        let count = (self.left.iter()).take_while(|next| next.ordinal == self.ordinal);
        let (names, rest) = self.left.split_at(count.count());
        (self.left, self.ordinal) = (rest, self.ordinal + 1);
        Ok((entry, names))
    }

    /// What is to be told, every few MiB and at the end.
    pub fn report(&mut self) -> Option<Progress> {
        if self.archive.offset() - self.reported < PROGRESS_STEP && !self.is_done() {
            return None;
        }
        self.reported = self.archive.offset();
        Some(Progress {
            layer: self.layer,
            packed_bytes: self.packed.get(),
            unpacked_bytes: self.reported,
            entries: u64::from(self.ordinal),
        })
    }
}

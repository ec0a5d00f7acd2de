//! Unpacks a layer on a thread of its own, a little ahead of whoever reads it.
//!
//! Unpacking costs more than writing what comes of it, and layers can be unpacked side by
//! side: this keeps every processor at it.

use std::io::{self, Read};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use banger_ext4::decompress::{Counter, DecompressError};

use super::limits::Limits;
use super::stream::Stream;

/// Bytes that one message has.
const BLOCK: usize = 128 << 10;
/// Messages between the threads: 1 MiB, enough for the one not to wait while the other
/// writes a file.
const BLOCKS: usize = 8;

/// An unpacked layer. Dropped before its end, its thread ends too.
pub struct Ahead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
    packed: Counter,
}

impl Ahead {
    /// Begins to unpack `input` on a thread of `scope`.
    ///
    /// # Errors
    /// See [`DecompressError`]. What goes wrong later is an error of a read.
    pub fn open<'scope, R: Read + Send + 'scope>(
        scope: &'scope Scope<'scope, '_>,
        input: R,
        limits: &'scope Limits,
        cancel: &'scope AtomicBool,
    ) -> Result<Self, DecompressError> {
        let (opened, opening) = sync_channel(1);
        let (sender, blocks) = sync_channel(BLOCKS);
        scope.spawn(move || match Stream::open(input, limits, cancel, false) {
            Ok(stream) => {
                // Both ends are there: this thread's caller waits for the one, and whoever
                // it gives the other to hears of its end.
                let _ = opened.send(Ok(stream.packed()));
                unpack(stream, &sender);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        });
        // A thread that ends without a word has panicked, and so will the scope.
        let packed = opening.recv().map_err(io::Error::other)??;
        Ok(Self {
            blocks,
            block: Vec::new(),
            at: 0,
            packed,
        })
    }

    /// Tells how many packed bytes were read.
    pub fn packed(&self) -> Counter {
        self.packed.clone()
    }
}

/// Until the layer's end, its first error, or nobody reads any more.
fn unpack(mut stream: Stream<'_>, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        let result = stream.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        if !block.is_empty() && sender.send(Ok(block)).is_err() {
            return;
        }
        match result {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            // A closed channel is the layer's end.
            let Ok(block) = self.blocks.recv() else {
                return Ok(0);
            };
            (self.block, self.at) = (block?, 0);
        }
        let count = (&self.block[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flatten::stream::StreamError;

    fn read(input: &[u8], limits: &Limits) -> io::Result<Vec<u8>> {
        let cancel = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let mut ahead = Ahead::open(scope, input, limits, &cancel).map_err(io::Error::other)?;
            let mut all = Vec::new();
            ahead.read_to_end(&mut all)?;
            assert_eq!(ahead.packed().get(), input.len() as u64);
            Ok(all)
        })
    }

    #[test]
    fn all_of_it_in_order() {
        let plain: Vec<u8> = (0..3_000_001u32).map(|number| (number / 7) as u8).collect();
        let packed = zstd::encode_all(plain.as_slice(), 1).unwrap();
        assert_eq!(read(&packed, &Limits::default()).unwrap(), plain);
        assert_eq!(read(b"", &Limits::default()).unwrap(), b"");
    }

    #[test]
    fn an_error_comes_after_what_was_good() {
        let packed = zstd::encode_all(&[7; 3_000_000][..], 1).unwrap();
        let limits = Limits {
            unpacked_bytes: 2_000_000,
            ..Limits::default()
        };
        let error = read(&packed, &limits).unwrap_err();
        let source = error.get_ref().unwrap().downcast_ref::<StreamError>();
        assert!(matches!(source, Some(StreamError::TooLarge(2_000_000))));
    }

    #[test]
    fn its_thread_ends_when_it_is_dropped() {
        let plain = vec![0; 64 << 20];
        let cancel = AtomicBool::new(false);
        let limits = Limits::default();
        // The scope waits for the thread.
        std::thread::scope(|scope| {
            let mut ahead = Ahead::open(scope, plain.as_slice(), &limits, &cancel).unwrap();
            ahead.read_exact(&mut [0; 10]).unwrap();
        });
    }
}

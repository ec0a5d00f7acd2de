//! `Data` frames as a blocking reader, and as a blocking writer.

use std::io::{self, Read, Write};

use banger_agent_protocol::FrameKind;
use bytes::{Buf, Bytes};
use tokio::sync::mpsc::{Receiver, Sender};

use crate::server::frames::DataBuffer;

/// What the host sends.
#[derive(Debug)]
pub enum Incoming {
    /// The next bytes of the stream.
    Chunk(Bytes),
    /// The stream is complete.
    End,
}

/// Reads a stream that comes in pieces. One that breaks off is an error, not an end.
pub struct ChunkReader {
    queue: Receiver<Incoming>,
    chunk: Bytes,
    ended: bool,
}

impl ChunkReader {
    /// Reads from the other end of `queue`.
    pub fn new(queue: Receiver<Incoming>) -> Self {
        Self {
            queue,
            chunk: Bytes::new(),
            ended: false,
        }
    }
}

impl Read for ChunkReader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while !self.ended && self.chunk.is_empty() {
            match self.queue.blocking_recv() {
                Some(Incoming::Chunk(chunk)) => self.chunk = chunk,
                Some(Incoming::End) => self.ended = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let length = room.len().min(self.chunk.len());
        self.chunk
            .copy_to_slice(room.get_mut(..length).unwrap_or_default());
        Ok(length)
    }
}

/// A frame that is filled.
pub struct Outgoing {
    buffer: DataBuffer,
    length: usize,
}

impl Outgoing {
    fn new() -> Self {
        Self {
            buffer: DataBuffer::new(),
            length: 0,
        }
    }

    /// The frame.
    pub fn frame(&mut self) -> &[u8] {
        self.buffer.frame(FrameKind::Data, self.length)
    }
}

/// Cuts a stream into frames. What is not flushed is lost.
pub struct ChunkWriter {
    queue: Sender<Outgoing>,
    next: Outgoing,
}

impl ChunkWriter {
    /// Writes to the other end of `queue`.
    pub fn new(queue: Sender<Outgoing>) -> Self {
        Self {
            queue,
            next: Outgoing::new(),
        }
    }
}

impl Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let filled = self.next.length;
        let room = self
            .next
            .buffer
            .room()
            .get_mut(filled..)
            .unwrap_or_default();
        let length = room.len().min(bytes.len());
        for (slot, byte) in room.iter_mut().zip(bytes) {
            *slot = *byte;
        }
        let full = length == room.len();
        self.next.length += length;
        if full {
            self.flush()?;
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.next.length == 0 {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.next, Outgoing::new());
        self.queue
            .blocking_send(full)
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::sync::mpsc;

    proptest! {
        #[test]
        fn pieces_are_read_as_one_stream(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..6),
        ) {
            let (sender, queue) = mpsc::channel(8);
            for piece in &pieces {
                sender.try_send(Incoming::Chunk(piece.clone().into())).unwrap();
            }
            sender.try_send(Incoming::End).unwrap();
            let mut seen = Vec::new();
            ChunkReader::new(queue).read_to_end(&mut seen).unwrap();
            prop_assert_eq!(seen, pieces.concat());
        }
    }

    #[test]
    fn a_stream_that_breaks_off_is_an_error() {
        let (sender, queue) = mpsc::channel(8);
        sender
            .try_send(Incoming::Chunk(Bytes::from_static(b"ab")))
            .unwrap();
        drop(sender);
        let mut seen = Vec::new();
        let error = ChunkReader::new(queue).read_to_end(&mut seen).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_long_stream_is_cut_and_nothing_is_lost() {
        let (sender, mut queue) = mpsc::channel(8);
        let bytes: Vec<u8> = (0..200_000u32).map(|number| number as u8).collect();
        let mut writer = ChunkWriter::new(sender);
        writer.write_all(&bytes).unwrap();
        writer.flush().unwrap();
        drop(writer);
        let mut seen = Vec::new();
        while let Some(mut chunk) = queue.blocking_recv() {
            seen.extend_from_slice(&chunk.frame()[5..]);
        }
        assert!(seen == bytes);
    }
}

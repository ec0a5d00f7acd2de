//! Writing whole frames from several places at once.
//!
//! A conversation's output comes from standard output, standard error and acknowledgements.
//! Each writes its frame before it reads on, so that what is not sent stays in the pipe and
//! memory stays flat.

use banger_agent_protocol::{Frame, FrameCodec, FrameError, FrameKind, frame::CHUNK};
use bytes::{Buf, BytesMut};
use serde::Serialize;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::Mutex,
};
use tokio_util::codec::Encoder;

/// The length and the kind before a payload.
const HEADER: usize = 5;

/// One connection's writing half.
pub struct FrameWriter<W> {
    inner: Mutex<Inner<W>>,
}

struct Inner<W> {
    stream: W,
    /// The rest of a control frame whose writer was cancelled: it goes out first.
    pending: BytesMut,
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    /// Takes a connection.
    pub fn new(stream: W) -> Self {
        Self {
            inner: Mutex::new(Inner {
                stream,
                pending: BytesMut::new(),
            }),
        }
    }

    /// Sends a message. May be cancelled: the frame is then sent later, or not at all.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn control<T: Serialize>(&self, message: &T) -> Result<(), FrameError> {
        self.frame(Frame::control(message)?).await
    }

    /// Sends a small frame, under the conditions of [`Self::control`].
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn frame(&self, frame: Frame) -> Result<(), FrameError> {
        let mut inner = self.inner.lock().await;
        FrameCodec.encode(frame, &mut inner.pending)?;
        inner.send_pending().await
    }

    /// Sends data. Must not be cancelled unless the connection is given up.
    ///
    /// # Errors
    /// When the connection is broken.
    pub async fn data(&self, frame: &[u8]) -> Result<(), FrameError> {
        let mut inner = self.inner.lock().await;
        inner.send_pending().await?;
        inner.stream.write_all(frame).await?;
        Ok(())
    }
}

impl<W: AsyncWrite + Unpin> Inner<W> {
    async fn send_pending(&mut self) -> Result<(), FrameError> {
        while self.pending.has_remaining() {
            if self.stream.write_buf(&mut self.pending).await? == 0 {
                return Err(FrameError::Io(std::io::ErrorKind::WriteZero.into()));
            }
        }
        Ok(self.stream.flush().await?)
    }
}

/// A frame's memory, filled in place and used again: nothing is copied on the way out.
/// With its header it has the size of the largest vsock packet, [`CHUNK`].
pub struct DataBuffer(Box<[u8]>);

impl DataBuffer {
    /// An empty one.
    pub fn new() -> Self {
        Self(vec![0; CHUNK].into_boxed_slice())
    }

    /// Where a payload goes.
    pub fn room(&mut self) -> &mut [u8] {
        self.0.get_mut(HEADER..).unwrap_or_default()
    }

    /// The frame of the first `length` bytes that were written into the room.
    pub fn frame(&mut self, kind: FrameKind, length: usize) -> &[u8] {
        let length = length.min(CHUNK - HEADER);
        let [a, b, c, d] = (length as u32 + 1).to_be_bytes();
        if let Some(header) = self.0.get_mut(..HEADER) {
            header.copy_from_slice(&[a, b, c, d, kind as u8]);
        }
        self.0.get(..HEADER + length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use std::time::Duration;
    use tokio_util::codec::FramedRead;

    #[test]
    fn a_buffer_makes_the_codecs_frames() {
        let mut buffer = DataBuffer::new();
        buffer.room()[..3].copy_from_slice(b"abc");
        let mut wire = BytesMut::new();
        FrameCodec
            .encode(Frame::new(FrameKind::Stderr, &b"abc"[..]), &mut wire)
            .unwrap();
        assert_eq!(buffer.frame(FrameKind::Stderr, 3), &wire[..]);
        assert_eq!(buffer.frame(FrameKind::Data, 0), [0, 0, 0, 1, 4]);
        assert_eq!(buffer.frame(FrameKind::Data, usize::MAX).len(), CHUNK);
    }

    #[tokio::test]
    async fn a_cancelled_message_does_not_tear_the_stream() {
        let (ours, theirs) = tokio::io::duplex(8);
        let writer = FrameWriter::new(ours);
        let cut = tokio::time::timeout(Duration::from_millis(20), writer.control(&"a long text"));
        assert!(cut.await.is_err());
        let mut frames = FramedRead::new(theirs, FrameCodec);
        let (_, frame) = tokio::join!(writer.control(&"next"), async {
            let first = frames.next().await.unwrap().unwrap();
            (first, frames.next().await.unwrap().unwrap())
        });
        assert_eq!(frame.0.message::<String>().unwrap(), "a long text");
        assert_eq!(frame.1.message::<String>().unwrap(), "next");
    }
}

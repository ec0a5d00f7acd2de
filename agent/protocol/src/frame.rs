//! Frames: `u32` big-endian length of what follows, `u8` kind, payload.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::codec::{Decoder, Encoder};

/// The largest payload of one frame, in bytes. Data streams are cut into smaller frames
/// ([`CHUNK`]); only control messages come near it.
pub const MAX_PAYLOAD: usize = 1024 * 1024;

/// The size into which data streams are cut, in bytes.
pub const CHUNK: usize = 64 * 1024;

const HEADER: usize = 5;

/// How much room a reader offers at least, in bytes. Over vsock it must be much: where the
/// guest is the slower side, the host may send as much as was read, and is told of each read.
/// Small reads make small packets, whose cost makes the guest slower still (RFC 813 calls it
/// the silly window syndrome): 10,000 files then took minutes.
const ROOM: usize = CHUNK + HEADER;

/// What the payload of a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FrameKind {
    /// JSON: a request, a reply, or an event of a running conversation.
    Control = 0,
    /// Bytes for the command's standard input. Empty: end of input.
    Stdin = 1,
    /// Bytes of the command's standard output (of the terminal, where there is one).
    Stdout = 2,
    /// Bytes of the command's standard error.
    Stderr = 3,
    /// Bytes of a tar stream. Empty: end of the stream.
    Data = 4,
}

impl TryFrom<u8> for FrameKind {
    type Error = FrameError;

    fn try_from(kind: u8) -> Result<Self, FrameError> {
        match kind {
            0 => Ok(Self::Control),
            1 => Ok(Self::Stdin),
            2 => Ok(Self::Stdout),
            3 => Ok(Self::Stderr),
            4 => Ok(Self::Data),
            other => Err(FrameError::UnknownKind(other)),
        }
    }
}

/// One unit of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What the payload is.
    pub kind: FrameKind,
    /// At most [`MAX_PAYLOAD`] bytes.
    pub payload: Bytes,
}

impl Frame {
    /// A frame of raw bytes.
    pub fn new(kind: FrameKind, payload: impl Into<Bytes>) -> Self {
        Self {
            kind,
            payload: payload.into(),
        }
    }

    /// A control frame.
    ///
    /// # Errors
    /// When the message cannot be written as JSON.
    pub fn control<T: Serialize>(message: &T) -> Result<Self, FrameError> {
        let json = serde_json::to_vec(message).map_err(|source| FrameError::Json { source })?;
        Ok(Self::new(FrameKind::Control, json))
    }

    /// Reads the message of a control frame.
    ///
    /// # Errors
    /// When the frame carries data, or JSON of another shape.
    pub fn message<T: DeserializeOwned>(&self) -> Result<T, FrameError> {
        match self.kind {
            FrameKind::Control => {
                serde_json::from_slice(&self.payload).map_err(|source| FrameError::Json { source })
            }
            kind @ (FrameKind::Stdin | FrameKind::Stdout | FrameKind::Stderr | FrameKind::Data) => {
                Err(FrameError::NotControl(kind))
            }
        }
    }
}

/// Why a byte stream is not a stream of frames, or a frame not the message expected.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side announced more than [`MAX_PAYLOAD`] bytes.
    #[error("a frame of {0} bytes exceeds the limit of {MAX_PAYLOAD}")]
    TooLong(usize),
    /// The length did not even cover the kind.
    #[error("a frame without a kind")]
    Empty,
    /// The kind is none that this version knows.
    #[error("unknown frame kind {0}")]
    UnknownKind(u8),
    /// A data frame stood where a message was expected.
    #[error("expected a message, got a {0:?} frame")]
    NotControl(FrameKind),
    /// The payload of a control frame is not the JSON expected.
    #[error("malformed message: {source}")]
    Json {
        /// What the JSON reader says.
        source: serde_json::Error,
    },
    /// The stream broke.
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
}

/// Reads and writes [`Frame`]s on a byte stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameCodec;

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = FrameError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let Some(header) = buffer.get(..4) else {
            buffer.reserve(ROOM);
            return Ok(None);
        };
        let mut length = [0; 4];
        length.copy_from_slice(header);
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            return Err(FrameError::Empty);
        }
        if length > MAX_PAYLOAD + 1 {
            return Err(FrameError::TooLong(length - 1));
        }
        let Some(kind) = buffer.get(4) else {
            buffer.reserve(ROOM);
            return Ok(None);
        };
        // A wrong kind is told before its payload is waited for.
        let kind = FrameKind::try_from(*kind)?;
        if buffer.len() < 4 + length {
            buffer.reserve(ROOM.max(4 + length - buffer.len()));
            return Ok(None);
        }
        buffer.advance(HEADER);
        Ok(Some(Frame {
            kind,
            payload: buffer.split_to(length - 1).freeze(),
        }))
    }
}

impl Encoder<Frame> for FrameCodec {
    type Error = FrameError;

    fn encode(&mut self, frame: Frame, buffer: &mut BytesMut) -> Result<(), FrameError> {
        let length = frame.payload.len();
        if length > MAX_PAYLOAD {
            return Err(FrameError::TooLong(length));
        }
        buffer.reserve(HEADER + length);
        // MAX_PAYLOAD fits a u32 by far.
        buffer.put_u32(length as u32 + 1);
        buffer.put_u8(frame.kind as u8);
        buffer.extend_from_slice(&frame.payload);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn there_is_always_room_for_a_large_read() {
        let mut wire = BytesMut::new();
        let frame = Frame::new(FrameKind::Data, vec![0; CHUNK]);
        FrameCodec.encode(frame, &mut wire).unwrap();
        let mut buffer = BytesMut::new();
        for piece in wire.chunks(CHUNK - 1) {
            assert!(FrameCodec.decode(&mut buffer).unwrap().is_none());
            assert!(buffer.capacity() - buffer.len() >= ROOM);
            buffer.extend_from_slice(piece);
        }
        assert!(FrameCodec.decode(&mut buffer).unwrap().is_some());
    }

    fn kinds() -> impl Strategy<Value = FrameKind> {
        (0u8..=4).prop_map(|kind| FrameKind::try_from(kind).expect("kinds 0 to 4 exist"))
    }

    proptest! {
        #[test]
        fn frames_survive_any_split(
            frames in prop::collection::vec((kinds(), prop::collection::vec(any::<u8>(), 0..300)), 1..8),
            cut in 1usize..64,
        ) {
            let mut wire = BytesMut::new();
            for (kind, payload) in &frames {
                FrameCodec.encode(Frame::new(*kind, payload.clone()), &mut wire)?;
            }
            let mut buffer = BytesMut::new();
            let mut seen = Vec::new();
            for piece in wire.chunks(cut) {
                buffer.extend_from_slice(piece);
                while let Some(frame) = FrameCodec.decode(&mut buffer)? {
                    seen.push((frame.kind, frame.payload.to_vec()));
                }
            }
            prop_assert_eq!(seen, frames);
            prop_assert!(buffer.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = FrameCodec.decode(&mut buffer) {}
        }
    }

    #[test]
    fn a_giant_length_is_refused_before_memory_is_taken() {
        let mut buffer = BytesMut::from(&[0xff, 0xff, 0xff, 0xff, 0][..]);
        assert!(matches!(
            FrameCodec.decode(&mut buffer),
            Err(FrameError::TooLong(_))
        ));
        assert!(buffer.capacity() < 1024);
    }
}

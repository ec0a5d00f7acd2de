//! What a guest may send over vsock, and what may be sent to one: frames, and the messages in
//! them, `banger_agent_protocol`.
//!
//! An input's first byte says how the rest is cut: a stream's reads end anywhere.

#![no_main]

use std::fmt::Debug;

use banger_agent_protocol::{
    Frame, FrameCodec, FrameKind,
    exec::{ExecEvent, ExecInput},
    frame::MAX_PAYLOAD,
    hello::{Hello, HelloOutcome, HelloReply},
    request::{Reply, Request},
};
use bytes::BytesMut;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::codec::{Decoder, Encoder};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    banger_fuzz::mutate_json(data, 1, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    let Some((cut, stream)) = data.split_first() else {
        return;
    };
    let whole = decode(stream, stream.len().max(1));
    let cut = decode(stream, usize::from(*cut).max(1));
    assert_eq!(cut, whole, "cuts change nothing");
    let (frames, _) = whole;
    let mut written = BytesMut::new();
    for frame in &frames {
        assert!(frame.payload.len() <= MAX_PAYLOAD);
        FrameCodec
            .encode(frame.clone(), &mut written)
            .expect("what was read");
        read(frame);
    }
    assert!(stream.starts_with(&written), "written as it was read");
    // An input that is one message is easier to change than one behind a length.
    read(&Frame::new(FrameKind::Control, stream.to_vec()));
});

/// All frames up to the first that is none, and what is wrong with that one.
fn decode(stream: &[u8], cut: usize) -> (Vec<Frame>, Option<String>) {
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    for piece in stream.chunks(cut) {
        buffer.extend_from_slice(piece);
        loop {
            match FrameCodec.decode(&mut buffer) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error.to_string())),
            }
            assert!(buffer.capacity() <= 4 * MAX_PAYLOAD);
        }
    }
    (frames, None)
}

/// Reads a frame as every message that it could be.
fn read(frame: &Frame) {
    same_again::<Hello>(frame);
    same_again::<HelloReply>(frame);
    same_again::<HelloOutcome>(frame);
    same_again::<Request>(frame);
    same_again::<ExecInput>(frame);
    same_again::<ExecEvent>(frame);
    match frame.message::<Reply>() {
        // Fractions are rounded.
        Ok(reply @ Reply::Facts(_)) => drop(Frame::control(&reply).expect("what was read")),
        Ok(_) => same_again::<Reply>(frame),
        Err(_) => {}
    }
}

/// What was understood is understood again as it is written.
fn same_again<T: Serialize + DeserializeOwned + PartialEq + Debug>(frame: &Frame) {
    if let Ok(message) = frame.message::<T>() {
        let written = Frame::control(&message).expect("what was read");
        assert_eq!(written.message::<T>().ok(), Some(message));
    }
}

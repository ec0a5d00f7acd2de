//! From standard input to the guest.

use std::{io, os::fd::AsFd, thread};

use banger_client::ExecInput;
use bytes::Bytes;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::read,
};
use tokio::sync::mpsc;

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;
/// How many pieces may wait.
const QUEUE: usize = 2;

/// Passes standard input on until it or the command ends.
///
/// Reading has a thread of its own that is never waited for: an input that stays open must
/// not keep us from ending with the command.
pub fn forward(input: ExecInput) {
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    thread::spawn(move || pump(&sender));
    tokio::spawn(async move {
        while let Some(bytes) = receiver.recv().await {
            // A command that does not read any more is no failure.
            if input.write(bytes).await.is_err() {
                return;
            }
        }
        let _ = input.close().await;
    });
}

fn pump(sender: &mpsc::Sender<Bytes>) {
    let stdin = io::stdin();
    let mut room = vec![0; PIECE];
    loop {
        match read(stdin.as_fd(), &mut room) {
            Ok(0) => return,
            Ok(length) => {
                let piece = room.get(..length).unwrap_or_default();
                if sender.blocking_send(Bytes::copy_from_slice(piece)).is_err() {
                    return;
                }
            }
            Err(Errno::EINTR) => {}
            // Whoever gave us this input reads it without waiting himself.
            Err(Errno::EAGAIN) => {
                let mut waits = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
                if poll(&mut waits, PollTimeout::NONE).is_err() {
                    return;
                }
            }
            // An input that cannot be read is at its end: closed, or a terminal that is gone.
            Err(_) => return,
        }
    }
}

//! What a thread writes, as the body of an answer. What waits between the two is a few
//! pieces, so the faster side is held up and memory stays flat.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::sync::mpsc;

/// How large a piece is, in bytes.
const PIECE: usize = 128 * 1024;
/// How many pieces may wait.
const QUEUE: usize = 4;

/// Runs `work` on a thread; what it writes is the body. When it fails, so does the body:
/// whoever reads it must not take it for complete. When the body is dropped, writing fails.
pub fn produce(
    work: impl FnOnce(&mut PipeWriter) -> io::Result<()> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::task::spawn_blocking(move || {
        let piece = BytesMut::with_capacity(PIECE);
        let mut writer = PipeWriter { piece, sender };
        let done = work(&mut writer).and_then(|()| writer.flush());
        if let Err(error) = done {
            if error.kind() != io::ErrorKind::BrokenPipe {
                tracing::warn!(%error, "an answer breaks off");
            }
            // A reader that is gone needs to hear nothing.
            let _ = writer.sender.blocking_send(Err(error));
        }
    });
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    })
}

/// Writes into a body.
pub struct PipeWriter {
    piece: BytesMut,
    sender: mpsc::Sender<io::Result<Bytes>>,
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.piece.len();
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.piece.extend_from_slice(taken);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.piece, BytesMut::with_capacity(PIECE));
        let sent = self.sender.blocking_send(Ok(full.freeze()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;

    #[actix::test]
    async fn a_body_is_what_was_written_and_a_failure_is_no_end() {
        let text: Vec<u8> = (0..1_000_000u32).map(|n| n as u8).collect();
        let sent = text.clone();
        let body = produce(move |pipe| pipe.write_all(&sent));
        let got: Vec<Bytes> = body.try_collect().await.unwrap();
        assert!(got.concat() == text);
        let body = produce(|pipe| {
            pipe.write_all(b"half")?;
            Err(io::ErrorKind::UnexpectedEof.into())
        });
        let got: io::Result<Vec<Bytes>> = body.try_collect().await;
        assert!(got.is_err());
    }
}

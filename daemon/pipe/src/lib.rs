//! Joins blocking readers and writers, such as tar's, to asynchronous streams. What waits
//! between them is a few pieces, so the faster side is held up and memory stays flat.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use tokio::{sync::mpsc, task::JoinHandle};

/// How large a piece is, in bytes.
const PIECE: usize = 128 * 1024;
/// How many pieces may wait.
const QUEUE: usize = 4;
/// How long a producer that failed may take to say why.
const REASON_TIMEOUT: Duration = Duration::from_millis(200);

/// Runs `work` on a thread; what it writes is the stream. When it fails, so does the stream:
/// whoever reads it must not take it for complete. When the stream is dropped, writing fails.
/// Wants a tokio runtime, as does [`consume`].
pub fn produce<E: Send + 'static>(
    work: impl FnOnce(&mut PipeWriter) -> Result<(), E> + Send + 'static,
) -> (
    impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    JoinHandle<Result<(), E>>,
) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let worker = tokio::task::spawn_blocking(move || {
        let mut writer = PipeWriter {
            piece: BytesMut::with_capacity(PIECE),
            sender,
        };
        let done = work(&mut writer);
        let end = if done.is_ok() {
            writer.flush()
        } else {
            let text = "what was to be sent could not be read";
            writer.send(Err(io::Error::other(text)))
        };
        // A reader that is gone has its own error to tell.
        let _ = end;
        done
    });
    (pieces(receiver), worker)
}

/// Why a producer failed, if that is known soon. One whose stream was refused in its middle
/// may be held up for good by a connection that nobody reads any more.
pub async fn reason<E>(worker: JoinHandle<Result<(), E>>) -> Option<E> {
    match tokio::time::timeout(REASON_TIMEOUT, worker).await {
        Ok(Ok(Err(error))) => Some(error),
        Ok(Ok(Ok(())) | Err(_)) | Err(_) => None,
    }
}

/// Runs `work` on a thread; what it reads is the stream.
pub fn consume<E, T: Send + 'static>(
    stream: impl Stream<Item = Result<Bytes, E>>,
    work: impl FnOnce(PipeReader) -> T + Send + 'static,
) -> (impl Future<Output = Result<(), E>>, JoinHandle<T>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let worker = tokio::task::spawn_blocking(move || {
        work(PipeReader {
            piece: Bytes::new(),
            receiver,
            at_end: false,
        })
    });
    let feed = async move {
        let mut stream = std::pin::pin!(stream);
        while let Some(piece) = stream.next().await {
            // The reader has all it wants, or failed.
            if sender.send(Some(piece?)).await.is_err() {
                return Ok(());
            }
        }
        let _ = sender.send(None).await;
        Ok(())
    };
    (feed, worker)
}

fn pieces(
    receiver: mpsc::Receiver<io::Result<Bytes>>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    })
}

/// Writes into a stream.
pub struct PipeWriter {
    piece: BytesMut,
    sender: mpsc::Sender<io::Result<Bytes>>,
}

impl PipeWriter {
    fn send(&mut self, piece: io::Result<Bytes>) -> io::Result<()> {
        let sent = self.sender.blocking_send(piece);
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
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
        self.send(Ok(full.freeze()))
    }
}

/// Reads from a stream. One that breaks off is an error, not an end.
pub struct PipeReader {
    piece: Bytes,
    receiver: mpsc::Receiver<Option<Bytes>>,
    at_end: bool,
}

impl Read for PipeReader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            if self.at_end {
                return Ok(0);
            }
            match self.receiver.blocking_recv() {
                Some(Some(piece)) => self.piece = piece,
                Some(None) => self.at_end = true,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let length = self.piece.len().min(room.len());
        let taken = self.piece.split_to(length);
        if let Some(room) = room.get_mut(..length) {
            room.copy_from_slice(&taken);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    }

    #[test]
    fn bytes_pass_through_both_ways() {
        let data: Vec<u8> = (0..1_000_000_u32).map(|n| n as u8).collect();
        let sent = data.clone();
        let got = runtime().block_on(async {
            let (stream, writer) = produce(move |pipe| pipe.write_all(&sent));
            let (feed, reader) = consume(stream, |mut pipe| {
                let mut all = Vec::new();
                pipe.read_to_end(&mut all).map(|_| all)
            });
            feed.await.unwrap();
            writer.await.unwrap().unwrap();
            reader.await.unwrap().unwrap()
        });
        assert!(got == data);
    }

    #[test]
    fn a_failed_writer_is_no_end() {
        runtime().block_on(async {
            let (stream, writer) = produce(|pipe| {
                pipe.write_all(b"half").map_err(|_| "gone")?;
                Err("unreadable")
            });
            let (feed, reader) = consume(stream, |mut pipe| {
                let mut all = Vec::new();
                pipe.read_to_end(&mut all)
            });
            assert!(feed.await.is_err());
            assert_eq!(writer.await.unwrap(), Err("unreadable"));
            assert!(reader.await.unwrap().is_err(), "it must not look complete");
        });
    }

    #[test]
    fn a_producer_that_is_held_up_is_not_waited_for() {
        let runtime = runtime();
        runtime.block_on(async {
            let (stream, writer) = produce(|pipe| pipe.write_all(&[0; 100 * PIECE]));
            let mut stream = std::pin::pin!(stream);
            assert!(stream.next().await.is_some());
            assert!(reason(writer).await.is_none(), "nobody reads any more");
            let (_stream, writer) = produce(|_| Err("unreadable"));
            assert_eq!(reason(writer).await, Some("unreadable"));
        });
        runtime.shutdown_background();
    }
}

//! What an operation's programs write: kept for those who watch, the end of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::watch;

/// How much of the end is kept, in bytes; a watcher that is slower loses the beginning.
const KEPT: usize = 1 << 20;

/// What was written. Cheap to clone; ends when the last writer is dropped.
#[derive(Clone, Debug)]
pub struct Output {
    text: Arc<Mutex<Text>>,
    /// How much was written in all.
    written: Arc<watch::Sender<u64>>,
}

/// The reader's half: does not keep the output from ending.
#[derive(Clone, Debug)]
pub struct OutputReader {
    text: Arc<Mutex<Text>>,
    written: watch::Receiver<u64>,
}

#[derive(Debug, Default)]
struct Text {
    /// The end of what was written.
    bytes: Vec<u8>,
    /// What came before it, in bytes.
    gone: u64,
}

impl Default for Output {
    fn default() -> Self {
        let (written, _) = watch::channel(0);
        Self {
            text: Arc::default(),
            written: Arc::new(written),
        }
    }
}

impl Output {
    /// Adds to it.
    pub fn write(&self, bytes: &[u8]) {
        let mut text = lock(&self.text);
        text.bytes.extend_from_slice(bytes);
        // Cut at twice the size, so that it is not moved for every line.
        if text.bytes.len() > 2 * KEPT {
            let cut = text.bytes.len() - KEPT;
            text.bytes.drain(..cut);
            text.gone += cut as u64;
        }
        let end = text.gone + text.bytes.len() as u64;
        drop(text);
        self.written.send_replace(end);
    }

    /// Adds a line.
    pub fn line(&self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// The end of what was written since it was that long, at most so many bytes.
    pub fn tail(&self, since: u64, most: usize) -> Vec<u8> {
        let text = lock(&self.text);
        let begin = usize::try_from(since.saturating_sub(text.gone)).unwrap_or(usize::MAX);
        let fresh = text.bytes.get(begin..).unwrap_or_default();
        fresh[fresh.len().saturating_sub(most)..].to_vec()
    }

    /// How much was written so far, in bytes.
    pub fn written(&self) -> u64 {
        *self.written.borrow()
    }

    /// One who reads it.
    pub fn reader(&self) -> OutputReader {
        OutputReader {
            text: Arc::clone(&self.text),
            written: self.written.subscribe(),
        }
    }
}

impl OutputReader {
    /// All that is kept, and what follows, until nobody writes any more.
    pub fn follow(self) -> impl Stream<Item = Bytes> + Send {
        stream::unfold((self, 0u64), |(mut reader, mut read)| async move {
            loop {
                let ended = reader.written.has_changed().is_err();
                reader.written.mark_unchanged();
                let fresh = {
                    let text = lock(&reader.text);
                    let begin = read.saturating_sub(text.gone);
                    let begin = usize::try_from(begin).unwrap_or(usize::MAX);
                    let fresh = text.bytes.get(begin..).unwrap_or_default();
                    let fresh = Bytes::copy_from_slice(fresh);
                    read = text.gone + text.bytes.len() as u64;
                    fresh
                };
                if !fresh.is_empty() {
                    return Some((fresh, (reader, read)));
                }
                if ended {
                    return None;
                }
                // An error is the end: what was written last is read first.
                let _ = reader.written.changed().await;
            }
        })
    }
}

fn lock(text: &Mutex<Text>) -> MutexGuard<'_, Text> {
    text.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[actix::test]
    async fn a_reader_gets_all_and_then_the_end() {
        let output = Output::default();
        output.line("one");
        let mut reader = Box::pin(output.reader().follow());
        assert_eq!(reader.next().await.unwrap(), "one\n");
        let late = output.reader();
        let mark = output.written();
        output.line("two");
        assert_eq!(output.tail(mark, 100), b"two\n");
        assert_eq!(output.tail(0, 3), b"wo\n");
        drop(output);
        assert_eq!(reader.next().await.unwrap(), "two\n");
        assert!(reader.next().await.is_none());
        let all: Vec<Bytes> = late.follow().collect().await;
        assert_eq!(all.concat(), b"one\ntwo\n");
    }

    #[test]
    fn only_the_end_is_kept() {
        let output = Output::default();
        for _ in 0..5 {
            output.write(&vec![b'x'; KEPT]);
        }
        assert!(lock(&output.text).bytes.len() <= 2 * KEPT);
        assert_eq!(output.written(), 5 * KEPT as u64);
        assert_eq!(
            output.tail(0, usize::MAX).len(),
            lock(&output.text).bytes.len()
        );
    }
}

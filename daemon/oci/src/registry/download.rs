//! One blob into the store: resumed, retried, from whoever has it.

use super::RegistryError;
use super::classify;
use super::event::{Event, Report};
use super::retry::Timing;
use super::session::{Get, Session};
use crate::blobs::{BlobError, BlobStore, BlobWriter, End, Reserved};
use crate::manifest::Descriptor;
use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;

/// Chunks between the network and the disk. A chunk is what the connection had ready, a few
/// to some hundred KiB.
const QUEUE: usize = 16;
/// Bytes between two reports.
const REPORT_STEP: u64 = 256 << 10;
/// An attempt that brought this much was no failure in a row with those before it.
const REAL_PROGRESS: u64 = 1 << 20;

/// Brings a blob into the store, and tells how many bytes came from the network.
pub(super) async fn blob(
    sessions: &[Session],
    descriptor: &Descriptor,
    store: &BlobStore,
    timing: &Timing,
    report: Report<'_>,
) -> Result<u64, RegistryError> {
    let tell = |done: u64| {
        report(Event::Layer {
            digest: descriptor.digest.clone(),
            done,
            total: descriptor.size,
        });
    };
    loop {
        let reserved = {
            let (store, digest, size) = (store.clone(), descriptor.digest.clone(), descriptor.size);
            blocking(move || store.reserve(&digest, size)).await?
        };
        match reserved {
            Reserved::Present => {
                tell(descriptor.size);
                return Ok(0);
            }
            // Another pull downloads it. When that one gives up, this one goes on.
            Reserved::Follow(follower) => {
                if follower.wait(|state| tell(state.written)).await == End::Done {
                    tell(descriptor.size);
                    return Ok(0);
                }
            }
            Reserved::Write(writer) => {
                tell(writer.written());
                let mut download = Download {
                    descriptor,
                    timing,
                    report,
                    tell: &tell,
                    received: 0,
                };
                download.take_from_any(sessions, *writer).await?;
                return Ok(download.received);
            }
        }
    }
}

struct Download<'a> {
    descriptor: &'a Descriptor,
    timing: &'a Timing,
    report: Report<'a>,
    tell: &'a (dyn Fn(u64) + Send + Sync),
    /// Bytes that came from the network.
    received: u64,
}

/// The writer, and what came of using it.
type Outcome = (BlobWriter, Result<(), RegistryError>);

impl Download<'_> {
    async fn take_from_any(
        &mut self,
        sessions: &[Session],
        mut writer: BlobWriter,
    ) -> Result<(), RegistryError> {
        let urls = self.descriptor.urls.as_deref().unwrap_or_default();
        let sources: Vec<(&Session, Option<&str>)> = sessions
            .iter()
            .map(|session| (session, None))
            .chain(
                sessions
                    .first()
                    .into_iter()
                    .flat_map(|session| urls.iter().map(move |url| (session, Some(url.as_str())))),
            )
            .collect();
        let mut first = None;
        let last = sources.len().saturating_sub(1);
        for (number, (session, url)) in sources.into_iter().enumerate() {
            let (back, result) = self.take_from(session, url, writer).await;
            writer = back;
            match result {
                Ok(()) => return blocking(move || writer.finish()).await.map_err(Into::into),
                // The disk's faults are no server's.
                Err(error @ RegistryError::Store(_)) => return Err(error),
                Err(error) => {
                    if number < last {
                        (self.report)(Event::MirrorFailed {
                            server: session.endpoint.host.clone(),
                            reason: error.to_string(),
                        });
                    }
                    // The first server had the manifest: its reason is the one to tell.
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or(RegistryError::Cancelled))
    }

    /// Tries one server until it is done or hopeless. `Ok` is a verified blob.
    async fn take_from(
        &mut self,
        session: &Session,
        url: Option<&str>,
        mut writer: BlobWriter,
    ) -> Outcome {
        let mut failures = 0;
        // A part from elsewhere or from earlier may be the one that is wrong.
        let doubtful = writer.written() > 0;
        let mut began_anew = false;
        loop {
            let before = writer.written();
            let (back, result) = self.attempt(session, url, writer).await;
            writer = back;
            let error = match result {
                Ok(()) => return (writer, Ok(())),
                Err(error) => error,
            };
            if writer.written() > before.saturating_add(REAL_PROGRESS) {
                failures = 0;
            }
            failures += 1;
            let range_refused = matches!(&error, RegistryError::Unexpected { .. }) && before > 0;
            let mismatch = matches!(&error, RegistryError::DigestMismatch { .. });
            if !began_anew && ((mismatch && doubtful) || range_refused) {
                began_anew = true;
                let (back, result) = restart(writer).await;
                writer = back;
                if result.is_err() {
                    return (writer, result);
                }
                (self.tell)(0);
                continue;
            }
            // A server that was there a moment ago is asked again.
            let gone = matches!(&error, RegistryError::Unreachable { .. }) && self.received > 0;
            let delay = if gone && failures < self.timing.attempts {
                Some(self.timing.backoff * failures)
            } else {
                self.timing.wait_after(&error, failures)
            };
            let Some(delay) = delay else {
                return (writer, Err(error));
            };
            (self.report)(Event::Waiting {
                server: session.endpoint.host.clone(),
                delay,
                reason: error.to_string(),
            });
            tokio::time::sleep(delay).await;
        }
    }

    async fn attempt(
        &mut self,
        session: &Session,
        url: Option<&str>,
        writer: BlobWriter,
    ) -> Outcome {
        let what = format!("the layer {}", self.descriptor.digest);
        let from = writer.written();
        if from == writer.size() {
            return verify(session, &what, writer).await;
        }
        let path = format!("blobs/{}", self.descriptor.digest);
        let response = match url {
            Some(url) => session.get_url(url, &what, from).await,
            None => {
                let get = Get {
                    path: &path,
                    what: &what,
                    accept: &[],
                    from,
                };
                session.get(get).await
            }
        };
        let response = match response {
            Ok(response) => response,
            Err(error) => return (writer, Err(error)),
        };
        let skip = match first_byte(&response) {
            Some(first) if first <= from => from - first,
            other => {
                let problem = format!("it was asked for bytes from {from} on and sent {other:?}");
                let error = RegistryError::Unexpected {
                    server: session.endpoint.host.clone(),
                    what,
                    problem,
                };
                return (writer, Err(error));
            }
        };
        let (writer, result) = self.receive(session, &what, response, skip, writer).await;
        match result {
            Ok(()) if writer.written() < writer.size() => {
                let error = RegistryError::Truncated {
                    server: session.endpoint.host.clone(),
                    what,
                    have: writer.written(),
                    size: writer.size(),
                };
                (writer, Err(error))
            }
            Ok(()) => verify(session, &what, writer).await,
            Err(error) => (writer, Err(error)),
        }
    }

    /// The body into the writer, which works on a thread of its own. The first `skip` bytes
    /// are there already: the server sent more than it was asked for.
    async fn receive(
        &mut self,
        session: &Session,
        what: &str,
        response: Response,
        mut skip: u64,
        writer: BlobWriter,
    ) -> Outcome {
        let start = writer.written();
        let (sender, mut receiver) = mpsc::channel::<Bytes>(QUEUE);
        let disk = tokio::task::spawn_blocking(move || {
            let mut writer = writer;
            let mut result = Ok(());
            while let Some(chunk) = receiver.blocking_recv() {
                result = writer.write(&chunk);
                if result.is_err() {
                    break;
                }
            }
            (writer, result)
        });
        let mut stream = response.bytes_stream();
        let mut told = 0;
        let mut sent = 0;
        let network = loop {
            let mut chunk = match stream.next().await {
                Some(Ok(chunk)) => chunk,
                Some(Err(error)) => {
                    break Err(classify::transport(&error, session.asked(what)));
                }
                None => break Ok(()),
            };
            self.received += chunk.len() as u64;
            let drop_now = skip.min(chunk.len() as u64);
            skip -= drop_now;
            // At most the chunk's length, so it fits.
            let _ = chunk.split_to(usize::try_from(drop_now).unwrap_or(chunk.len()));
            sent += chunk.len() as u64;
            if chunk.is_empty() {
                continue;
            }
            // The disk has ended: its reason is the one to tell.
            if sender.send(chunk).await.is_err() {
                break Ok(());
            }
            if sent - told >= REPORT_STEP {
                told = sent;
                (self.tell)((start + sent).min(self.descriptor.size));
            }
        };
        drop(sender);
        let (writer, written) = joined(disk).await;
        (self.tell)(writer.written());
        let result = match (written, network) {
            (Err(BlobError::TooLong { size, .. }), _) => Err(RegistryError::TooLong {
                server: session.endpoint.host.clone(),
                what: what.to_owned(),
                limit: size,
            }),
            (Err(error), _) => Err(error.into()),
            (Ok(()), network) => network,
        };
        (writer, result)
    }
}

/// The number of the first byte that a successful answer has; `None` when it does not say so
/// in a way that can be trusted.
fn first_byte(response: &Response) -> Option<u64> {
    match response.status() {
        StatusCode::PARTIAL_CONTENT => {
            // RFC 9110, section 14.4: `bytes 42-1233/1234`.
            let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
            range
                .strip_prefix("bytes ")?
                .split('-')
                .next()?
                .trim()
                .parse()
                .ok()
        }
        _ => Some(0),
    }
}

async fn verify(session: &Session, what: &str, writer: BlobWriter) -> Outcome {
    let (writer, result) = on_disk(writer, BlobWriter::verify).await;
    let result = match result {
        Err(RegistryError::Store(BlobError::DigestMismatch { digest, found })) => {
            Err(RegistryError::DigestMismatch {
                server: session.endpoint.host.clone(),
                what: what.to_owned(),
                expected: digest,
                found,
            })
        }
        other => other,
    };
    (writer, result)
}

async fn restart(writer: BlobWriter) -> Outcome {
    on_disk(writer, BlobWriter::restart).await
}

async fn on_disk(
    mut writer: BlobWriter,
    work: impl FnOnce(&mut BlobWriter) -> Result<(), BlobError> + Send + 'static,
) -> Outcome {
    let task = tokio::task::spawn_blocking(move || {
        let result = work(&mut writer);
        (writer, result)
    });
    let (writer, result) = joined(task).await;
    (writer, result.map_err(Into::into))
}

/// Runs what blocks on a thread for that.
pub(super) async fn blocking<T: Send + 'static, E: Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    joined(tokio::task::spawn_blocking(work)).await
}

/// What a blocking task gave. Where it gave nothing, it panicked, and the panic goes on where
/// it would have without the thread; or the runtime ends, and nobody waits any more.
async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(value) => value,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => std::future::pending().await,
    }
}

//! One blob into the store: resumed, retried, from whoever has it.
//!
//! | file | role |
//! |---|---|
//! | `attempt.rs` | one request, and what its answer brings |
//! | `thread.rs` | what blocks, on a thread for that |

mod attempt;
mod thread;

use super::RegistryError;
use super::event::{Event, Report};
use super::retry::Timing;
use super::session::Session;
use crate::blobs::{BlobStore, BlobWriter, End, Reserved};
use crate::manifest::Descriptor;

pub(super) use thread::blocking;
use thread::on_disk;

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
}

async fn restart(writer: BlobWriter) -> Outcome {
    on_disk(writer, BlobWriter::restart).await
}

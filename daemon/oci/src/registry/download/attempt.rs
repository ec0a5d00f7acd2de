//! One request, and what its answer brings.

use super::thread::{joined, on_disk};
use super::{Download, Outcome};
use crate::blobs::{BlobError, BlobWriter};
use crate::registry::{
    RegistryError, classify,
    session::{Get, Session},
};
use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;

/// Chunks between the network and the disk. A chunk is what the connection had ready, a few
/// to some hundred KiB.
const QUEUE: usize = 4;
/// Bytes between two reports.
const REPORT_STEP: u64 = 256 << 10;

impl Download<'_> {
    pub(super) async fn attempt(
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

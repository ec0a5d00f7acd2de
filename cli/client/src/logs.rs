//! A VM's logs.

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};

use crate::{Client, ClientError, LogSource, files};

/// How much of which log.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogQuery {
    /// Which one; the guest's console where absent.
    pub source: Option<LogSource>,
    /// Only that many lines from the end.
    pub tail: Option<u32>,
    /// Go on as the log grows, until the VM stops.
    pub follow: bool,
}

impl Client {
    /// A VM's log, as it is: bytes of a guest's console are not text for sure.
    ///
    /// # Errors
    /// The daemon's problem; an item, when the connection breaks.
    pub async fn logs(
        &self,
        vm: &str,
        query: LogQuery,
    ) -> Result<BoxStream<'static, Result<Bytes, ClientError>>, ClientError> {
        let mut request = self.api().get_logs().vm(vm).follow(query.follow);
        if let Some(source) = query.source {
            request = request.source(source);
        }
        if let Some(tail) = query.tail {
            request = request.tail(u64::from(tail));
        }
        Ok(files::bytes(request.send().await?.into_inner()).boxed())
    }
}

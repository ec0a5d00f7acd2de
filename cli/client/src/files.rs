//! Files in and out of a VM, as tar streams.

use banger_api::FilesWritten;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStream, TryStreamExt, stream::BoxStream};
use progenitor_client::ByteStream;

use crate::{Client, ClientError, upload::Upload};

impl Client {
    /// Unpacks a tar stream in a directory of a guest, which is made where it is missing.
    /// Owners come from the archive with `keep_owners`; all belongs to root otherwise.
    ///
    /// # Errors
    /// The daemon's problem; [`ClientError::Upload`] when the stream itself fails.
    pub async fn put_files<S>(
        &self,
        vm: &str,
        directory: &str,
        keep_owners: bool,
        tar: S,
    ) -> Result<FilesWritten, ClientError>
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let upload = Upload::default();
        let answer = self
            .api()
            .put_files()
            .vm(vm)
            .path(directory)
            .keep_owners(keep_owners)
            .body(upload.body(tar))
            .send()
            .await
            .map_err(|error| upload.failure(error))?;
        Ok(answer.into_inner())
    }

    /// Packs a path of a guest into a tar stream; a directory comes with all beneath it.
    ///
    /// # Errors
    /// The daemon's problem; an item, when the stream breaks off: it is not complete then.
    pub async fn get_files(
        &self,
        vm: &str,
        path: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, ClientError>>, ClientError> {
        let answer = self.api().get_files().vm(vm).path(path).send().await?;
        Ok(bytes(answer.into_inner()).boxed())
    }
}

/// A body as it comes.
pub(crate) fn bytes(body: ByteStream) -> impl Stream<Item = Result<Bytes, ClientError>> {
    body.into_inner().map_err(ClientError::disconnected)
}

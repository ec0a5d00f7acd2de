//! Images from archives.

use banger_api::Operation;
use bytes::Bytes;
use futures_util::TryStream;

use crate::{Client, ClientError, upload::Upload};

impl Client {
    /// Makes an image of a root file system tar: plain, gzip, xz or zstd. Returns when it is
    /// complete; it is cancelled when this future is dropped before.
    ///
    /// # Errors
    /// The daemon's problem; [`ClientError::Upload`] when the stream itself fails.
    pub async fn import_image<S>(&self, name: &str, tar: S) -> Result<Operation, ClientError>
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let upload = Upload::default();
        let answer = self
            .api()
            .import_image()
            .name(name)
            .body(upload.body(tar))
            .send()
            .await
            .map_err(|error| upload.failure(error))?;
        Ok(answer.into_inner())
    }
}

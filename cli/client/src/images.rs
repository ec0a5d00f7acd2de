//! Images from archives and into them, and builds.

use std::{collections::BTreeMap, num::NonZeroU32};

use banger_api::Operation;
use bytes::Bytes;
use futures_util::{StreamExt, TryStream, stream::BoxStream};

use crate::{Client, ClientError, files, upload::Upload};

/// What is built, and how; the daemon's defaults where absent.
#[derive(Clone, Debug, Default)]
pub struct BuildRequest {
    /// The name that the image gets.
    pub name: String,
    /// The image that it begins with; a Dockerfile says so itself.
    pub from: Option<String>,
    /// The path of a script in the context.
    pub script: Option<String>,
    /// The path of a Dockerfile in the context, where there is no script.
    pub dockerfile: Option<String>,
    /// The stage of the Dockerfile that becomes the image; the last where absent.
    pub target: Option<String>,
    /// Values for the Dockerfile's ARGs.
    pub build_args: BTreeMap<String, String>,
    /// Whether an image that has the name loses it.
    pub replace: bool,
    /// The build's processors.
    pub vcpus: Option<u16>,
    /// The build's memory, in MiB.
    pub memory_mib: Option<u32>,
    /// The size of the build's disks, in MiB.
    pub disk_mib: Option<u64>,
    /// The size of the disks of the image's VMs, in MiB.
    pub image_disk_mib: Option<u64>,
    /// The kernel that the build boots.
    pub kernel: Option<String>,
}

impl Client {
    /// Makes an image of an archive: of an OCI layout, of `docker save`, or of a root file
    /// system. It is called `name`, else what the archive says, else `fallback`; the
    /// operation's target tells. Its VMs' disks have `disk_mib`, in MiB, where one is given.
    /// Returns when it is complete; it is cancelled when this
    /// future is dropped before.
    ///
    /// # Errors
    /// The daemon's problem; [`ClientError::Upload`] when the stream itself fails.
    pub async fn import_image<S>(
        &self,
        name: Option<&str>,
        fallback: Option<&str>,
        disk_mib: Option<u64>,
        tar: S,
    ) -> Result<Operation, ClientError>
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let upload = Upload::default();
        let mut request = self.api().import_image();
        if let Some(name) = name {
            request = request.name(name);
        }
        if let Some(fallback) = fallback {
            request = request.fallback_name(fallback);
        }
        if let Some(disk_mib) = disk_mib {
            request = request.disk_mib(disk_mib);
        }
        let answer = request
            .body(upload.body(tar))
            .send()
            .await
            .map_err(|error| upload.failure(error))?;
        Ok(answer.into_inner())
    }

    /// Builds an image of a context, a tar stream. Returns when the context has arrived and
    /// the build has begun.
    ///
    /// # Errors
    /// The daemon's problem; [`ClientError::Upload`] when the stream itself fails.
    pub async fn build_image<S>(
        &self,
        request: &BuildRequest,
        context: S,
    ) -> Result<Operation, ClientError>
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let upload = Upload::default();
        let mut call = self.api().build_image().name(&request.name);
        call = call.replace(request.replace);
        if let Some(from) = &request.from {
            call = call.from(from);
        }
        if let Some(script) = &request.script {
            call = call.script(script);
        }
        if let Some(dockerfile) = &request.dockerfile {
            call = call.dockerfile(dockerfile);
        }
        if let Some(target) = &request.target {
            call = call.target(target);
        }
        if !request.build_args.is_empty() {
            let json = serde_json::to_string(&request.build_args);
            let json = json.map_err(|error| ClientError::Protocol(error.to_string()))?;
            call = call.build_args(json);
        }
        if let Some(vcpus) = request
            .vcpus
            .and_then(|number| NonZeroU32::new(number.into()))
        {
            call = call.vcpus(vcpus);
        }
        if let Some(memory_mib) = request.memory_mib {
            call = call.memory_mib(memory_mib);
        }
        if let Some(disk_mib) = request.disk_mib {
            call = call.disk_mib(disk_mib);
        }
        if let Some(disk_mib) = request.image_disk_mib {
            call = call.image_disk_mib(disk_mib);
        }
        if let Some(kernel) = &request.kernel {
            call = call.kernel(kernel);
        }
        let answer = call.body(upload.body(context)).send().await;
        Ok(answer.map_err(|error| upload.failure(error))?.into_inner())
    }

    /// What an operation's programs write, until they end.
    ///
    /// # Errors
    /// The daemon's problem; an item, when the connection breaks.
    pub async fn operation_output(
        &self,
        operation: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, ClientError>>, ClientError> {
        let asked = self.api().get_operation_output().operation(operation);
        Ok(files::bytes(asked.send().await?.into_inner()).boxed())
    }

    /// An image as an OCI archive.
    ///
    /// # Errors
    /// The daemon's problem; an item, when the stream breaks off: it is not complete then.
    pub async fn export_image(
        &self,
        image: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, ClientError>>, ClientError> {
        let answer = self.api().export_image().image(image).send().await?;
        Ok(files::bytes(answer.into_inner()).boxed())
    }
}

//! Kernels from addresses: the published catalog, and downloads into a kernel's directory.

use std::path::{Path, PathBuf};

use banger_api::{ErrorCode, Problem, ProgressUnit, name};
use banger_kernel::{CATALOG, WORK};
use reqwest::Url;

use super::published::{self, MAX_DOWNLOAD, PublishedKernel};
use crate::{
    error,
    operation::Reporter,
    web::{self, Expected, check_sha256, check_url},
};

/// A catalog is no longer, in bytes.
const CATALOG_LIMIT: u64 = 8 << 20;
/// What a download is called.
const DOWNLOAD: &str = "download";

/// The kernels of the catalog at that address.
///
/// # Errors
/// When it cannot be had, or is none.
pub async fn catalog(address: &str) -> Result<Vec<PublishedKernel>, Problem> {
    let url = parse(address)?;
    let client = web::client().map_err(|error| error::web(&error))?;
    let document = web::document(&client, &url, CATALOG_LIMIT)
        .await
        .map_err(|error| error::web(&error))?;
    published::read(&document, &url).map_err(|error| {
        Problem::new(ErrorCode::DownloadFailed, format!("{url}: {error}"))
            .with_hint("kernel_catalog in config.toml has to be the address of a kernel catalog")
    })
}

/// The kernel of that name in the catalog at that address.
///
/// # Errors
/// When the catalog cannot be had, or has none of that name.
pub async fn find(address: &str, wanted: &str) -> Result<PublishedKernel, Problem> {
    let kernels = catalog(address).await?;
    if let Some(kernel) = kernels.iter().find(|kernel| kernel.name == wanted) {
        return Ok(kernel.clone());
    }
    let built_in = CATALOG.iter().map(|kernel| kernel.name);
    let known = kernels.iter().map(|kernel| kernel.name.as_str());
    let known = known.chain(built_in);
    let detail = format!("there is no kernel {wanted:?}, neither built in nor at {address}");
    let near = name::nearest(wanted, known);
    Err(
        Problem::new(ErrorCode::KernelNotFound, detail).with_hint(match near.first() {
            Some(near) => format!("did you mean {near}?"),
            None => "`banger kernel list --available` shows what there is".to_owned(),
        }),
    )
}

/// What a download from an address that the user gave has to be.
///
/// # Errors
/// When address or hash are none.
pub fn expected(address: &str, sha256: &str) -> Result<(Url, Expected), Problem> {
    let sha256 =
        check_sha256(sha256).map_err(|reason| Problem::new(ErrorCode::InvalidValue, reason))?;
    let expected = Expected {
        sha256: Some(sha256),
        size: None,
        limit: MAX_DOWNLOAD,
    };
    Ok((parse(address)?, expected))
}

/// Downloads into the directory in which a kernel is made; tells where it is, and
/// its SHA-256.
///
/// # Errors
/// When it cannot be had, is not what was expected, or the operation is cancelled.
pub async fn download(
    url: &Url,
    expected: &Expected,
    directory: &Path,
    reporter: &Reporter,
) -> Result<(PathBuf, String), Problem> {
    let work = directory.join(WORK);
    tokio::fs::create_dir(&work)
        .await
        .map_err(|source| error::io(&work, &source))?;
    let to = work.join(DOWNLOAD);
    reporter.stage(&format!("downloading {url}"));
    let client = web::client().map_err(|error| error::web(&error))?;
    let mut on_bytes = |done, total| reporter.progress(ProgressUnit::Bytes, done, total);
    let downloaded = web::download(&client, url, expected, &to, &mut on_bytes);
    tokio::select! {
        biased;
        () = reporter.cancelled().cancelled() => Err(error::cancelled()),
        done = downloaded => match done {
            Ok(sha256) => Ok((to, sha256)),
            Err(error) => Err(error::web(&error)),
        },
    }
}

fn parse(address: &str) -> Result<Url, Problem> {
    let invalid = |reason: String| Problem::new(ErrorCode::InvalidValue, reason);
    let url = Url::parse(address).map_err(|error| invalid(format!("{address:?}: {error}")))?;
    check_url(url).map_err(invalid)
}

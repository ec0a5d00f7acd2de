//! Files of addresses, for ADD: fetched by the daemon, not by the guest, whose image may have no
//! program for it.

use std::{fs::File, sync::Arc};

use banger_api::{ErrorCode, Problem};
use reqwest::Url;

use super::{
    item::{Item, ItemKind},
    pick::Spool,
};
use crate::{
    error,
    web::{self, Expected, check_url},
};

/// What such a file's permissions are, as Docker has it.
const MODE: u32 = 0o600;

/// Fetches a file. Its name is the last part of the address; empty where that is none.
///
/// # Errors
/// When it cannot be had, is too large, or is not what was expected.
pub async fn fetch(
    address: &str,
    sha256: Option<String>,
    spool: &Spool<'_>,
) -> Result<Item, Problem> {
    let refused = |detail: String| Problem::new(ErrorCode::BadDockerfile, detail);
    let url = Url::parse(address).map_err(|error| refused(format!("{address}: {error}")))?;
    let url = check_url(url).map_err(refused)?;
    let failed = |source: std::io::Error| error::io(spool.directory, &source);
    // It goes when this ends; the open file stays.
    let directory = tempfile::tempdir_in(spool.directory).map_err(failed)?;
    let path = directory.path().join("file");
    let expected = Expected {
        sha256,
        size: None,
        limit: spool.most,
    };
    let client = web::client().map_err(|error| error::web(&error))?;
    let mut on_bytes = |_, _| ();
    let fetched = web::download(&client, &url, &expected, &path, &mut on_bytes).await;
    fetched.map_err(|error| error::web(&error))?;
    let file = File::open(&path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let name = url.path_segments().and_then(|mut parts| parts.next_back());
    let content = ItemKind::Part {
        file: Arc::new(file),
        offset: 0,
        size,
    };
    let name = name.unwrap_or_default().as_bytes().to_vec();
    Ok(Item::new(name, content, MODE))
}

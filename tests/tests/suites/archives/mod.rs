//! Images of archives that skopeo writes and reads: OCI layouts, OCI archives, `docker save`.
//!
//! | file | role |
//! |---|---|
//! | `imported.rs` | each kind boots as it would run |
//! | `layers.rs` | an image of layers goes out as it came |
//! | `root_file_system.rs` | one without layers goes out and comes back the same |
//! | `refused.rs` | bad archives |

mod imported;
mod layers;
mod refused;
mod root_file_system;

use std::{fs, path::Path};

use banger_tests::{Banger, Home, registry::ImageLayout};
use serde_json::Value;

/// What it runs: tells where it is and what is there.
const COMMAND: &str = "echo $GREETING from $(pwd); cat page; ls /etc; exit 7";

fn app() -> ImageLayout {
    ImageLayout::app(COMMAND, None, "zstd")
}

fn copy(from: &str, to: &str) {
    let skopeo = Banger::call("skopeo").args(["--insecure-policy", "copy", "--quiet", from, to]);
    skopeo.run().ok();
}

fn inspected(archive: &Path, format: &str) -> Value {
    let archive = format!("{format}:{}", archive.display());
    let skopeo = Banger::call("skopeo").args(["inspect", &archive]);
    skopeo.run().ok().json()
}

fn show(home: &Home, image: &str) -> Value {
    let shown = home.banger("image show -o json").args([image]).run();
    shown.ok().json()
}

/// The names of what is in the layers' store.
fn blobs(home: &Home) -> Vec<String> {
    let folders = ["blobs/sha256", "blobs/sha512", "blobs/incoming"];
    let folders = folders.iter().map(|folder| home.state().join(folder));
    let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    files
        .map(|file| file.file_name().into_string().unwrap())
        .collect()
}

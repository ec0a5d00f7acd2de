//! Images that are built in VMs; and that nothing is left of builds that fail, are interrupted, or
//! lose their daemon.
//!
//! | file | role |
//! |---|---|
//! | `scripts.rs` | by scripts |
//! | `dockerfiles.rs` | by Dockerfiles |
//! | `stages.rs` | by Dockerfiles of several stages |
//! | `interrupted.rs` | that do not come to their end |

mod dockerfiles;
mod interrupted;
mod scripts;
mod stages;

use std::{fs, path::PathBuf, time::Duration};

use banger_tests::{Home, residue::eventually};
use serde_json::json;

/// A context of these files.
fn context(home: &Home, files: &[(&str, &str)]) -> PathBuf {
    let directory = home.scratch().join("context");
    let _ = fs::remove_dir_all(&directory);
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn image_names(home: &Home) -> Vec<String> {
    let images = home.api().get("/v1/images").ok();
    let names = images["images"].as_array().unwrap().iter();
    names
        .map(|image| image["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Nothing of a build is there: no VM, no machine, no half-made image.
#[track_caller]
fn assert_nothing_is_left(home: &Home, image: &str) {
    assert_eq!(home.api().get("/v1/vms").ok()["vms"], json!([]));
    eventually("its files are gone", Duration::from_secs(20), || {
        home.vm_directories().is_empty()
    });
    assert_eq!(home.unfinished(), Vec::<PathBuf>::new());
    let names = image_names(home);
    assert!(!names.iter().any(|name| name == image), "{names:?}");
}

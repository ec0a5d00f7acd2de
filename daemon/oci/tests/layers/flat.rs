//! The layers as one ext4, by us.

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use banger_oci::flatten::{LayerIndex, Limits, Plan, Written, index_layer, merge, write};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Indexes all layers.
pub fn index(layers: &[Vec<u8>], limits: &Limits) -> Result<Vec<LayerIndex>> {
    let cancel = AtomicBool::new(false);
    layers
        .iter()
        .map(|layer| Ok(index_layer(layer.as_slice(), limits, &mut |_| {}, &cancel)?.index))
        .collect()
}

/// Indexes and merges.
pub fn plan(layers: &[Vec<u8>]) -> Result<Plan> {
    let limits = Limits::default();
    Ok(merge(&index(layers, &limits)?, &limits)?)
}

/// Writes `layers` to `image` and has e2fsck look at it.
pub fn flatten(layers: &[Vec<u8>], image: &Path) -> Result<Written> {
    let plan = plan(layers)?;
    let written = write(
        &plan,
        |layer| Ok::<_, io::Error>(layers[layer].as_slice()),
        image,
        &plan.options(),
        &Limits::default(),
        &mut |_| {},
        &AtomicBool::new(false),
    )?;
    check(image);
    Ok(written)
}

/// e2fsck changes nothing and finds nothing.
pub fn check(image: &Path) {
    let output = Command::new("/sbin/e2fsck")
        .arg("-fn")
        .arg(image)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "e2fsck: {text}");
}

//! An OCI layout on the disk (image-spec, image-layout.md), unpacked by umoci.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Unpacks the layers, which are plain archives, into `root`, which must not exist.
///
/// # Errors
/// What umoci says.
pub fn unpack(layers: &[Vec<u8>], scratch: &Path, root: &Path) -> Result<(), String> {
    let layout = scratch.join("layout");
    let _ = fs::remove_dir_all(&layout);
    write_layout(layers, &layout);
    let output = Command::new("umoci")
        .args(["raw", "unpack", "--image"])
        .arg(format!("{}:image", layout.display()))
        .arg(root)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Every second layer is packed.
fn write_layout(layers: &[Vec<u8>], layout: &Path) {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let blob = |media_type: &str, data: &[u8]| -> Value {
        let digest = digest(data);
        fs::write(blobs.join(&digest[7..]), data).unwrap();
        json!({ "mediaType": media_type, "digest": digest, "size": data.len() })
    };
    let mut descriptors = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        descriptors.push(match number % 2 {
            0 => blob("application/vnd.oci.image.layer.v1.tar", layer),
            _ => blob("application/vnd.oci.image.layer.v1.tar+gzip", &gzip(layer)),
        });
    }
    let diff_ids: Vec<String> = layers.iter().map(|layer| digest(layer)).collect();
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let config = blob(
        "application/vnd.oci.image.config.v1+json",
        config.to_string().as_bytes(),
    );
    let manifest = json!({ "schemaVersion": 2, "config": config, "layers": descriptors });
    let mut manifest = blob(
        "application/vnd.oci.image.manifest.v1+json",
        manifest.to_string().as_bytes(),
    );
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": "image" });
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    fs::write(layout.join("index.json"), index.to_string()).unwrap();
    fs::write(
        layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
    .unwrap();
}

pub fn digest(data: &[u8]) -> String {
    let hex: String = Sha256::digest(data)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

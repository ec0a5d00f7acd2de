//! OCI layouts and layers, made on the spot (image specification 1.1, image-layout.md).

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::archive::{self, Archive};

/// Content with its digest and media type.
#[derive(Clone, Debug)]
pub struct Blob {
    /// `application/…`.
    pub media_type: String,
    /// `sha256:…`.
    pub digest: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Blob {
    /// A blob of those bytes.
    pub fn new(media_type: &str, bytes: Vec<u8>) -> Self {
        Blob {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{}", sha256(&bytes)),
            bytes,
        }
    }

    /// What points to it.
    pub fn descriptor(&self) -> Value {
        json!({
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.bytes.len(),
        })
    }
}

/// An image: its manifest, and what that points to.
#[derive(Clone, Debug)]
pub struct ImageLayout {
    /// The manifest.
    pub manifest: Blob,
    /// The configuration.
    pub config: Blob,
    /// The layers, the lowest first.
    pub layers: Vec<Blob>,
}

impl ImageLayout {
    /// An image of layers: pairs of how they are packed (`""`, `gzip`, `zstd`) and their tar.
    pub fn new(layers: &[(&str, Vec<u8>)]) -> Self {
        let run = json!({
            "Env": ["A=b"], "Cmd": ["/bin/true"], "WorkingDir": "/w", "User": "1000",
        });
        Self::that_runs(&run, layers)
    }

    /// A small system in two layers, which greets: the second adds a file, and removes
    /// another of the first. It runs a shell's command as a user, else as root; the second
    /// layer is packed with that program.
    pub fn app(command: &str, user: Option<&str>, packed: &str) -> Self {
        let above = Archive::default()
            .file("etc/.wh.made-by", "", 0o644)
            .file("srv/page", "from above\n", 0o644)
            .finish();
        let mut run = json!({
            "Env": ["GREETING=hello there", "PATH=/usr/bin:/bin"],
            "Entrypoint": ["/bin/sh", "-c"],
            "Cmd": [command],
            "WorkingDir": "/srv",
        });
        if let Some(user) = user {
            run["User"] = json!(user);
        }
        Self::that_runs(&run, &[("gzip", archive::busybox()), (packed, above)])
    }

    /// An image of layers, of which is said how it is run: `Env`, `Cmd` and the like.
    pub fn that_runs(run: &Value, layers: &[(&str, Vec<u8>)]) -> Self {
        let diff_ids: Vec<String> = layers
            .iter()
            .map(|(_, tar)| format!("sha256:{}", sha256(tar)))
            .collect();
        let layers: Vec<Blob> = layers
            .iter()
            .map(|(packed, tar)| {
                let base = "application/vnd.oci.image.layer.v1.tar";
                match *packed {
                    "" => Blob::new(base, tar.clone()),
                    program => {
                        let bytes = filter(program, &["-c"], tar);
                        Blob::new(&format!("{base}+{program}"), bytes)
                    }
                }
            })
            .collect();
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "created": "2024-01-02T03:04:05Z",
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        Self::with_config(&config, layers)
    }

    /// An image of that configuration and those layers.
    pub fn with_config(config: &Value, layers: Vec<Blob>) -> Self {
        let config = Blob::new(
            "application/vnd.oci.image.config.v1+json",
            config.to_string().into_bytes(),
        );
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config.descriptor(),
            "layers": layers.iter().map(Blob::descriptor).collect::<Vec<_>>(),
        });
        let manifest = Blob::new(
            "application/vnd.oci.image.manifest.v1+json",
            manifest.to_string().into_bytes(),
        );
        ImageLayout {
            manifest,
            config,
            layers,
        }
    }

    /// Every blob, the manifest's too.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        [&self.manifest, &self.config]
            .into_iter()
            .chain(&self.layers)
    }

    /// Writes it as an OCI layout, under the name `latest`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, directory: &Path) {
        let blobs = directory.join("blobs/sha256");
        fs::create_dir_all(&blobs).unwrap();
        for blob in self.blobs() {
            let hex = blob.digest.strip_prefix("sha256:").unwrap();
            fs::write(blobs.join(hex), &blob.bytes).unwrap();
        }
        let mut entry = self.manifest.descriptor();
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": "latest"});
        let index = json!({"schemaVersion": 2, "manifests": [entry]});
        fs::write(directory.join("index.json"), index.to_string()).unwrap();
        fs::write(
            directory.join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )
        .unwrap();
    }
}

/// A layer's tar with one file of `size` bytes that no packing makes much smaller.
///
/// # Panics
/// Never: it is written to memory.
pub fn layer_tar(name: &str, size: usize) -> Vec<u8> {
    // xorshift64: the same bytes in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (name.len() as u64 + 1);
    let mut content = Vec::with_capacity(size + 8);
    while content.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(size);
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_mode(0o644);
    let mut builder = tar::Builder::new(Vec::new());
    builder
        .append_data(&mut header, name, content.as_slice())
        .unwrap();
    builder.into_inner().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    let output = filter("sha256sum", &[], bytes);
    String::from_utf8(output).unwrap()[..64].to_owned()
}

/// A program's output for an input.
fn filter(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{program} failed");
    output.stdout
}

/// Where a layout is, as skopeo names it.
pub(super) fn skopeo_name(directory: &Path) -> String {
    format!("oci:{}:latest", PathBuf::from(directory).display())
}

//! The initramfs of a kernel, built once per kernel and agent.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use banger_api::Problem;
use banger_kernel::{KernelManifest, build_initramfs, initramfs_key, sha256_of_file};

use super::Layout;
use crate::error;

/// Builds what is missing, one at a time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct InitramfsCache {
    layout: Layout,
    agent: PathBuf,
    /// The agent's hash, with what tells whether the file is still the same.
    hashed: Arc<Mutex<Option<(Stamp, String)>>>,
}

/// Inode, size and modification time.
type Stamp = (u64, u64, i64, i64);

impl InitramfsCache {
    /// A cache for that agent.
    pub fn new(layout: Layout, agent: PathBuf) -> Self {
        Self {
            layout,
            agent,
            hashed: Arc::default(),
        }
    }

    /// The archive for a kernel.
    ///
    /// # Errors
    /// When the agent or a module cannot be read, or there is no space.
    pub async fn get(&self, kernel_id: &str) -> Result<PathBuf, Problem> {
        let (cache, kernel) = (self.clone(), self.layout.kernel(kernel_id));
        tokio::task::spawn_blocking(move || cache.build(&kernel))
            .await
            .map_err(error::aborted)?
    }

    fn build(&self, kernel: &Path) -> Result<PathBuf, Problem> {
        // Held while building: one at a time.
        let mut hashed = self.hashed.lock().unwrap_or_else(PoisonError::into_inner);
        let metadata = fs::metadata(&self.agent).map_err(|e| error::agent(&self.agent, &e))?;
        let stamp = (
            metadata.ino(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        );
        let agent = match &*hashed {
            Some((seen, hash)) if *seen == stamp => hash.clone(),
            _ => {
                let hash = sha256_of_file(&self.agent).map_err(|e| error::kernel_file(&e))?;
                *hashed = Some((stamp, hash.clone()));
                hash
            }
        };
        let manifest = KernelManifest::read(kernel).map_err(|e| error::kernel_manifest(&e))?;
        let directory = self.layout.initramfs();
        let archive = directory.join(format!("{}.cpio", initramfs_key(&agent, &manifest)));
        if !archive.exists() {
            make_directory(&directory).map_err(|e| error::io(&directory, &e))?;
            build_initramfs(&self.agent, kernel, &archive).map_err(|e| error::initramfs(&e))?;
        }
        Ok(archive)
    }
}

fn make_directory(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

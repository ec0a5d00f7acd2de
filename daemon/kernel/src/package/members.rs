//! Writes what is wanted of a package's files to a directory.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::error::UnpackError;
use super::select::{Role, select};
use crate::files::{self, FileError};

/// All files together are no larger, in bytes; Debian's full kernel has 0.5 GiB of modules.
pub(super) const TOTAL_LIMIT: u64 = 4 << 30;

/// Files that came out of a package, below the directory that it was unpacked to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// The kernel image.
    pub(crate) image: Option<PathBuf>,
    /// The configuration that it was built with.
    pub(crate) config: Option<PathBuf>,
    /// An initrd, which may have modules.
    pub(crate) initrd: Option<PathBuf>,
    /// Whether there are modules; all of them are below [`super::select::MODULES`].
    pub(crate) modules: bool,
}

impl Unpacked {
    /// Takes over what another package has and this one has not: distributions split kernels
    /// into several.
    pub(crate) fn join(&mut self, other: Self) {
        self.image = self.image.take().or(other.image);
        self.config = self.config.take().or(other.config);
        self.initrd = self.initrd.take().or(other.initrd);
        self.modules |= other.modules;
    }
}

/// A directory that a package's members go to.
pub(super) struct Members<'a> {
    package: &'a Path,
    into: &'a Path,
    /// Whether nothing but modules is wanted, of which a later one replaces an earlier.
    only_modules: bool,
    total: u64,
    pub(super) unpacked: Unpacked,
}

impl<'a> Members<'a> {
    pub(super) fn new(package: &'a Path, into: &'a Path) -> Self {
        Self {
            package,
            into,
            only_modules: false,
            total: 0,
            unpacked: Unpacked::default(),
        }
    }

    /// For an initrd: of all else that is in there, nothing is wanted.
    pub(super) fn of_modules(initrd: &'a Path, into: &'a Path) -> Self {
        Self {
            only_modules: true,
            ..Self::new(initrd, into)
        }
    }

    /// Takes a regular file where it is wanted. Links and devices are never made, so that no
    /// path leads elsewhere.
    pub(super) fn take(
        &mut self,
        name: &Path,
        size: u64,
        content: &mut impl Read,
    ) -> Result<(), UnpackError> {
        let kept = select(name).map_err(|source| UnpackError::Hostile {
            package: self.package.to_path_buf(),
            source,
        })?;
        let wanted = kept.filter(|(_, role)| !self.only_modules || *role == Role::Module);
        let Some((path, role)) = wanted else {
            return Ok(());
        };
        self.total = self.total.saturating_add(size);
        if self.total > TOTAL_LIMIT {
            return Err(self.too_large());
        }
        let found = match role {
            Role::Image => &mut self.unpacked.image,
            Role::Config => &mut self.unpacked.config,
            Role::Initrd => &mut self.unpacked.initrd,
            Role::Module => {
                self.unpacked.modules = true;
                return self.write(&path, content);
            }
        };
        // The first counts: some packages have their kernel twice.
        if found.is_none() {
            *found = Some(path.clone());
            return self.write(&path, content);
        }
        Ok(())
    }

    pub(super) fn too_large(&self) -> UnpackError {
        UnpackError::TooLarge {
            package: self.package.to_path_buf(),
        }
    }

    /// Writes one file; tells a failure of the package from one of the disk.
    fn write(&self, kept: &Path, content: &mut impl Read) -> Result<(), UnpackError> {
        let path = &self.into.join(kept);
        if let Some(parent) = path.parent() {
            files::create_dir_all(parent)?;
        }
        let written = |error| FileError::new("write", path, error);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(!self.only_modules)
            .create(self.only_modules)
            .truncate(self.only_modules)
            .open(path)
            .map_err(written)?;
        let mut buffer = [0; 1 << 16];
        loop {
            let count = content
                .read(&mut buffer)
                .map_err(|source| UnpackError::Files {
                    package: self.package.to_path_buf(),
                    source,
                })?;
            if count == 0 {
                return Ok(());
            }
            file.write_all(&buffer[..count]).map_err(written)?;
        }
    }
}

//! Writes what is wanted of a package to a directory.

mod error;
#[cfg(test)]
mod tests;

use std::fs::{self, OpenOptions};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

pub use error::UnpackError;

use super::ar::{ArError, Archive};
use super::select::select;
use crate::cancel::Cancel;
use crate::compression::Compression;
use crate::files::{self, FileError};

/// All files together are no larger, in bytes; Debian's full kernel has 0.5 GiB of modules.
const TOTAL_LIMIT: u64 = 4 << 30;

/// Files that came out of a package, below the directory that it was unpacked to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// `boot/vmlinuz-*`.
    pub(crate) image: Option<PathBuf>,
    /// `boot/config-*`.
    pub(crate) config: Option<PathBuf>,
}

/// Unpacks what is wanted of a package into `into`, which is the caller's alone; reports the
/// bytes of the package that were read. What exists there already is an error.
pub(crate) fn unpack(
    package: &Path,
    into: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<Unpacked, UnpackError> {
    let of = || package.to_path_buf();
    let damaged = |source| UnpackError::Archive {
        package: of(),
        source,
    };
    let file = files::open_regular(package)?;
    let mut archive = Archive::open(BufReader::new(file)).map_err(damaged)?;

    let missing = |member| UnpackError::NoMember {
        package: of(),
        member,
    };
    let first = archive.next().map_err(damaged)?;
    if first.is_none_or(|member| member.name != "debian-binary") {
        return Err(missing("debian-binary"));
    }
    let mut format = String::new();
    (&mut archive)
        .take(64)
        .read_to_string(&mut format)
        .map_err(|error| damaged(ArError::Read(error)))?;
    if !format.starts_with("2.") {
        return Err(UnpackError::Format {
            package: of(),
            format,
        });
    }
    let data = loop {
        match archive.next().map_err(damaged)? {
            Some(member) if member.name.starts_with("data.tar") => break member,
            Some(_) => {}
            None => return Err(missing("data.tar")),
        }
    };
    let mut read = 0;
    let counted = Counted {
        from: archive,
        on_bytes: &mut |count| {
            read += count;
            on_bytes(read);
        },
    };
    let mut packed = BufReader::with_capacity(1 << 18, counted);
    let compression = {
        use io::BufRead as _;
        let start = packed.fill_buf().map_err(|source| UnpackError::Tar {
            package: of(),
            source,
        })?;
        Compression::detect(start)
    };
    match compression {
        Some(compression) => {
            let reader = compression
                .reader(packed)
                .map_err(|source| UnpackError::Decompress {
                    package: of(),
                    source,
                })?;
            unpack_tar(reader, package, into, cancel)
        }
        None if data.name == "data.tar" => unpack_tar(packed, package, into, cancel),
        None => Err(UnpackError::Compression {
            package: of(),
            member: data.name,
        }),
    }
}

/// Writes the wanted regular files of a tar archive. Links and devices are never made, so
/// that no path leads elsewhere.
fn unpack_tar(
    reader: impl Read,
    package: &Path,
    into: &Path,
    cancel: &Cancel,
) -> Result<Unpacked, UnpackError> {
    let damaged = |source| UnpackError::Tar {
        package: package.to_path_buf(),
        source,
    };
    let too_large = || UnpackError::TooLarge {
        package: package.to_path_buf(),
    };
    let mut unpacked = Unpacked::default();
    let mut total = 0u64;
    // The limit holds for headers too, which the reader keeps in memory.
    let mut archive = tar::Archive::new(reader.take(TOTAL_LIMIT));
    for entry in archive.entries().map_err(damaged)? {
        cancel.check()?;
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        let kept = select(&path).map_err(|source| UnpackError::Hostile {
            package: package.to_path_buf(),
            source,
        })?;
        let Some(kept) = kept.filter(|_| entry.header().entry_type().is_file()) else {
            continue;
        };
        total = total.saturating_add(entry.size());
        if total > TOTAL_LIMIT {
            return Err(too_large());
        }
        write_member(&mut entry, &into.join(&kept), package)?;
        let name = kept.file_name().and_then(|name| name.to_str());
        if kept.starts_with("boot") {
            match name {
                Some(name) if name.starts_with("vmlinuz-") => unpacked.image = Some(kept),
                _ => unpacked.config = Some(kept),
            }
        }
    }
    // Reads on to the stream's end, where its checksum is.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
    if rest.limit() == 0 {
        return Err(too_large());
    }
    Ok(unpacked)
}

/// Writes one file; tells a failure of the package from one of the disk.
fn write_member(entry: &mut impl Read, path: &Path, package: &Path) -> Result<(), UnpackError> {
    if let Some(parent) = path.parent() {
        files::create_dir_all(parent)?;
    }
    let written = |error| FileError::new("write", path, error);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(written)?;
    let mut buffer = [0; 1 << 16];
    loop {
        let count = entry.read(&mut buffer).map_err(|source| UnpackError::Tar {
            package: package.to_path_buf(),
            source,
        })?;
        if count == 0 {
            return Ok(());
        }
        io::Write::write_all(&mut file, &buffer[..count]).map_err(written)?;
    }
}

/// A reader that tells what was read.
struct Counted<'a, R> {
    from: R,
    on_bytes: &'a mut dyn FnMut(u64),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        (self.on_bytes)(count as u64);
        Ok(count)
    }
}

/// The size of a package, in bytes.
pub(crate) fn size(package: &Path) -> Result<u64, FileError> {
    fs::metadata(package)
        .map(|metadata| metadata.len())
        .map_err(|error| FileError::new("read", package, error))
}

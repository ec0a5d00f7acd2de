//! Writes what is wanted of a package to a directory.

use std::fs::{self, OpenOptions};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::ar::{ArError, Archive};
use super::select::{HostilePath, select};
use crate::cancel::{Cancel, Cancelled};
use crate::compression::{Compression, DecompressError};
use crate::files::{self, FileError};

/// All files together are no larger, in bytes; Debian's full kernel has 0.5 GiB of modules.
const TOTAL_LIMIT: u64 = 4 << 30;

/// Why a package could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is no package, or a damaged one.
    #[error("{} is damaged: {source}; fetch it again", package.display())]
    Archive {
        /// The package.
        package: PathBuf,
        /// What is wrong with it.
        source: ArError,
    },
    /// Its format is not `2.x`.
    #[error("{} has a format that is not known: {format:?}", package.display())]
    Format {
        /// The package.
        package: PathBuf,
        /// The content of its `debian-binary`.
        format: String,
    },
    /// A member that every package has is not there.
    #[error("{} is damaged: it has no {member}; fetch it again", package.display())]
    NoMember {
        /// The package.
        package: PathBuf,
        /// The member.
        member: &'static str,
    },
    /// Its files have an unknown compression.
    #[error("{}: the compression of {member} is not known", package.display())]
    Compression {
        /// The package.
        package: PathBuf,
        /// The member.
        member: String,
    },
    /// Its files do not unpack.
    #[error("{} is damaged: {source}; fetch it again", package.display())]
    Decompress {
        /// The package.
        package: PathBuf,
        /// What is wrong.
        source: DecompressError,
    },
    /// Its tar archive is damaged, cut short for example.
    #[error("{} is damaged: its files cannot be read: {source}; fetch it again", package.display())]
    Tar {
        /// The package.
        package: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// It unpacks to more than a kernel can be.
    #[error("{} unpacks to more than {TOTAL_LIMIT} bytes: this is no kernel", package.display())]
    TooLarge {
        /// The package.
        package: PathBuf,
    },
    /// It points outside itself.
    #[error("{}: {source}", package.display())]
    Hostile {
        /// The package.
        package: PathBuf,
        /// The member.
        source: HostilePath,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::pack;
    use crate::deb::build_ar;

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in members {
            let mut header = tar::Header::new_gnu();
            // Set by hand: the crate refuses hostile names.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn deb(compression: Option<Compression>, members: &[(&str, &[u8])]) -> Vec<u8> {
        let data = tar(members);
        let (name, data) = match compression {
            Some(compression) => ("data.tar.x", pack::pack(compression, &data)),
            None => ("data.tar", data),
        };
        build_ar(&[
            ("debian-binary", b"2.0\n"),
            ("control.tar.xz", b"not looked at"),
            (name, &data),
        ])
    }

    fn unpack_bytes(package: &[u8]) -> (tempfile::TempDir, Result<Unpacked, UnpackError>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.deb");
        fs::write(&path, package).unwrap();
        let into = dir.path().join("into");
        let unpacked = unpack(&path, &into, &Cancel::new(), &mut |_| ());
        (dir, unpacked)
    }

    const MEMBERS: [(&str, &[u8]); 4] = [
        ("./boot/vmlinuz-6.1", b"kernel"),
        ("./boot/config-6.1", b"CONFIG_X=y"),
        ("./lib/modules/6.1/kernel/a.ko", b"module"),
        ("./usr/share/doc/readme", b"text"),
    ];

    #[test]
    fn every_compression_of_a_package() {
        for compression in [
            None,
            Some(Compression::Gzip),
            Some(Compression::Xz),
            Some(Compression::Zstd),
        ] {
            let (dir, unpacked) = unpack_bytes(&deb(compression, &MEMBERS));
            let unpacked = unpacked.unwrap();
            assert_eq!(unpacked.image.unwrap(), Path::new("boot/vmlinuz-6.1"));
            assert_eq!(unpacked.config.unwrap(), Path::new("boot/config-6.1"));
            let into = dir.path().join("into");
            assert_eq!(fs::read(into.join("boot/vmlinuz-6.1")).unwrap(), b"kernel");
            assert!(into.join("lib/modules/6.1/kernel/a.ko").is_file());
            assert!(!into.join("usr").exists());
        }
    }

    #[test]
    fn a_package_cut_anywhere_is_damaged() {
        let content: Vec<u8> = (0..50_000u32)
            .map(|n| (n.wrapping_mul(n) >> 5) as u8)
            .collect();
        let package = deb(Some(Compression::Xz), &[("./boot/vmlinuz-1", &content)]);
        for kept in (0..package.len()).step_by(package.len() / 23) {
            let (_dir, unpacked) = unpack_bytes(&package[..kept]);
            let error = unpacked.unwrap_err().to_string();
            assert!(error.contains("damaged"), "{kept}: {error}");
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let content: Vec<u8> = (0..50_000u32)
            .map(|n| (n.wrapping_mul(n) >> 5) as u8)
            .collect();
        let mut package = deb(Some(Compression::Xz), &[("./boot/vmlinuz-1", &content)]);
        let middle = package.len() / 2;
        package[middle] ^= 1;
        assert!(unpack_bytes(&package).1.is_err());
    }

    #[test]
    fn a_hostile_member_condemns_the_package() {
        for name in ["./lib/modules/../../../evil", "/boot/vmlinuz-1", "../evil"] {
            let (dir, unpacked) = unpack_bytes(&deb(None, &[(name, b"x")]));
            assert!(matches!(unpacked, Err(UnpackError::Hostile { .. })));
            assert!(!dir.path().join("evil").exists());
        }
    }

    #[test]
    fn a_claimed_size_is_not_believed() {
        let mut data = tar(&[("./boot/vmlinuz-1", b"x")]);
        // 8 GiB less one, in octal, at the place of the size; the checksum made anew.
        data[124..135].copy_from_slice(b"77777777777");
        data[148..156].fill(b' ');
        let sum: u32 = data[..512].iter().map(|byte| u32::from(*byte)).sum();
        data[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let package = build_ar(&[("debian-binary", b"2.0\n"), ("data.tar", &data)]);
        let (_dir, unpacked) = unpack_bytes(&package);
        assert!(matches!(unpacked, Err(UnpackError::TooLarge { .. })));
    }

    #[test]
    fn links_are_not_made() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_entry_type(tar::EntryType::Symlink);
        builder
            .append_link(&mut header, "lib/modules/6.1/build", "/etc")
            .unwrap();
        let data = builder.into_inner().unwrap();
        let package = build_ar(&[("debian-binary", b"2.0\n"), ("data.tar", &data)]);
        let (dir, unpacked) = unpack_bytes(&package);
        assert_eq!(unpacked.unwrap(), Unpacked::default());
        assert!(!dir.path().join("into/lib").exists());
    }

    #[test]
    fn what_is_no_package() {
        for (bytes, says) in [
            (b"<html>".to_vec(), "no ar archive"),
            (build_ar(&[("x", b"y")]), "no debian-binary"),
            (build_ar(&[("debian-binary", b"2.0\n")]), "no data.tar"),
            (build_ar(&[("debian-binary", b"9\n")]), "not known"),
            (
                build_ar(&[("debian-binary", b"2.0\n"), ("data.tar.zz", b"?????")]),
                "compression",
            ),
        ] {
            let error = unpack_bytes(&bytes).1.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_cancel_is_heard() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.deb");
        fs::write(&path, deb(None, &MEMBERS)).unwrap();
        let cancel = Cancel::new();
        cancel.cancel();
        let ended = unpack(&path, &dir.path().join("into"), &cancel, &mut |_| ());
        assert!(matches!(ended, Err(UnpackError::Cancelled(_))));
    }
}

//! Takes a package apart: container, compression, archive.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::cpio;
use super::error::UnpackError;
use super::format::{Container, PackageFormat};
use super::members::{Members, TOTAL_LIMIT, Unpacked};
use super::rpm;
use crate::cancel::Cancel;
use crate::compression::Compression;
use crate::deb::{self, ArError};
use crate::files::{self, FileError};

/// How much is read at once, in bytes.
pub(super) const BUFFER: usize = 1 << 18;

/// Unpacks what is wanted of a package into `into`, which is the caller's alone; reports the
/// bytes of the package that were read. What exists there already is an error. The package
/// must be of the format, where one is given.
pub(crate) fn unpack(
    package: &Path,
    format: Option<PackageFormat>,
    into: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<Unpacked, UnpackError> {
    let of = || package.to_path_buf();
    let failed = |error| FileError::new("read", package, error);
    let mut read = 0;
    let counted = Counted {
        from: files::open_regular(package)?,
        on_bytes: &mut |count| {
            read += count;
            on_bytes(read);
        },
    };
    let mut reader = BufReader::with_capacity(BUFFER, counted);
    let container = Container::detect(reader.fill_buf().map_err(failed)?);
    if let Some(format) = format
        && !format.fits(container)
    {
        return Err(UnpackError::OtherFormat {
            package: of(),
            format,
        });
    }
    let work = Work {
        package,
        into,
        cancel,
    };
    match container {
        Container::Ar => work.unpack_deb(reader),
        Container::Rpm => {
            rpm::skip_to_payload(&mut reader).map_err(|source| UnpackError::Rpm {
                package: of(),
                source,
            })?;
            let mut payload = BufReader::with_capacity(BUFFER, reader);
            match Compression::detect(payload.fill_buf().map_err(failed)?) {
                Some(compression) => work.unpack_cpio(work.decompress(compression, payload)?),
                None => work.unpack_cpio(payload),
            }
        }
        Container::Packed(compression) => work.unpack_tar(work.decompress(compression, reader)?),
        Container::Tar => work.unpack_tar(reader),
        Container::Unknown => Err(UnpackError::Unknown { package: of() }),
        Container::Adb => Err(UnpackError::Adb { package: of() }),
    }
}

/// What is unpacked where.
struct Work<'a> {
    package: &'a Path,
    into: &'a Path,
    cancel: &'a Cancel,
}

impl Work<'_> {
    fn of(&self) -> PathBuf {
        self.package.to_path_buf()
    }

    fn files_damaged(&self, source: io::Error) -> UnpackError {
        UnpackError::Files {
            package: self.of(),
            source,
        }
    }

    fn decompress<'r>(
        &self,
        compression: Compression,
        packed: impl BufRead + 'r,
    ) -> Result<Box<dyn Read + 'r>, UnpackError> {
        match compression {
            // Alpine's packages are several streams, one after the other.
            Compression::Gzip => Ok(Box::new(flate2::bufread::MultiGzDecoder::new(packed))),
            compression => compression
                .reader(packed)
                .map_err(|source| UnpackError::Decompress {
                    package: self.of(),
                    source,
                }),
        }
    }

    fn unpack_deb(&self, reader: impl Read) -> Result<Unpacked, UnpackError> {
        let damaged = |source| UnpackError::Archive {
            package: self.of(),
            source,
        };
        let missing = |member| UnpackError::NoMember {
            package: self.of(),
            member,
        };
        let mut archive = deb::Archive::open(reader).map_err(damaged)?;
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
                package: self.of(),
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
        let mut packed = BufReader::with_capacity(BUFFER, archive);
        let start = packed
            .fill_buf()
            .map_err(|source| self.files_damaged(source))?;
        match Compression::detect(start) {
            Some(compression) => self.unpack_tar(self.decompress(compression, packed)?),
            None if data.name == "data.tar" => self.unpack_tar(packed),
            None => Err(UnpackError::Compression {
                package: self.of(),
                member: data.name,
            }),
        }
    }

    fn unpack_tar(&self, reader: impl Read) -> Result<Unpacked, UnpackError> {
        let damaged = |source| self.files_damaged(source);
        let mut members = Members::new(self.package, self.into);
        // The limit holds for headers too, which the reader keeps in memory.
        let mut archive = tar::Archive::new(reader.take(TOTAL_LIMIT));
        // Alpine's packages are several archives, one after the other.
        archive.set_ignore_zeros(true);
        for entry in archive.entries().map_err(damaged)? {
            self.cancel.check()?;
            let mut entry = entry.map_err(damaged)?;
            let name = entry.path().map_err(damaged)?.into_owned();
            let size = entry.size();
            if entry.header().entry_type().is_file() {
                members.take(&name, size, &mut entry)?;
            }
        }
        // Reads on to the stream's end, where its checksum is.
        let mut rest = archive.into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
        match rest.limit() {
            0 => Err(members.too_large()),
            _ => Ok(members.unpacked),
        }
    }

    fn unpack_cpio(&self, reader: impl Read) -> Result<Unpacked, UnpackError> {
        let damaged = |source| UnpackError::Cpio {
            package: self.of(),
            source,
        };
        let mut members = Members::new(self.package, self.into);
        let mut archive = cpio::Archive::new(reader.take(TOTAL_LIMIT));
        while let Some(member) = archive.next().map_err(damaged)? {
            self.cancel.check()?;
            let name = Path::new(std::ffi::OsStr::from_bytes(&member.name));
            if member.is_file {
                members.take(name, member.size, &mut archive)?;
            }
        }
        let mut rest = archive.into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(|source| self.files_damaged(source))?;
        Ok(members.unpacked)
    }
}

/// A reader that tells what was read.
pub(super) struct Counted<'a, R> {
    pub(super) from: R,
    pub(super) on_bytes: &'a mut dyn FnMut(u64),
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

//! Why a package could not be unpacked.

use std::io;
use std::path::PathBuf;

use super::cpio::CpioError;
use super::format::PackageFormat;
use super::members::TOTAL_LIMIT;
use super::rpm::RpmError;
use super::select::HostilePath;
use crate::cancel::Cancelled;
use crate::compression::DecompressError;
use crate::deb::ArError;
use crate::files::FileError;

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
    /// It is of another format than was said.
    #[error("{} is no {format}: name the format that it has", package.display())]
    OtherFormat {
        /// The package.
        package: PathBuf,
        /// What it was said to be.
        format: PackageFormat,
    },
    /// It is nothing that is known here.
    #[error(
        "{} is neither a deb, rpm, apk or xbps package nor a tarball", package.display()
    )]
    Unknown {
        /// The file.
        package: PathBuf,
    },
    /// It is no initrd.
    #[error(
        "{} is no initrd: it holds no cpio archive of the newc form, plain or packed",
        file.display()
    )]
    NoInitrd {
        /// The file.
        file: PathBuf,
    },
    /// It is an Alpine package of the newest format.
    #[error(
        "{} is an Alpine package of version 3, which cannot be read yet: unpack it with \
         `apk extract` and import the files", package.display()
    )]
    Adb {
        /// The package.
        package: PathBuf,
    },
    /// It is no RPM package, or a damaged one.
    #[error("{} is damaged: {source}; fetch it again", package.display())]
    Rpm {
        /// The package.
        package: PathBuf,
        /// What is wrong with it.
        source: RpmError,
    },
    /// An RPM package's files are damaged.
    #[error("{} is damaged: {source}; fetch it again", package.display())]
    Cpio {
        /// The package.
        package: PathBuf,
        /// What is wrong with them.
        source: CpioError,
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
    /// Its archive of files is damaged, cut short for example.
    #[error("{} is damaged: its files cannot be read: {source}; fetch it again", package.display())]
    Files {
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

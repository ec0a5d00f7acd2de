//! The formats that kernels come in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::compression::Compression;

/// A kind of file that holds a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageFormat {
    /// A Debian package.
    Deb,
    /// An RPM package: Fedora, openSUSE and others.
    Rpm,
    /// An Alpine package.
    Apk,
    /// A Void package.
    Xbps,
    /// A tar, packed or not, with `vmlinux` or `vmlinuz`, and `modules/`.
    Tarball,
}

/// How a file is built, as far as its first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// An ar archive.
    Ar,
    /// An rpm's lead.
    Rpm,
    /// Packed; what is in it shows when it is unpacked.
    Packed(Compression),
    /// The database format of Alpine's apk version 3.
    Adb,
    /// A tar that is not packed.
    Tar,
    /// Nothing that is known.
    Unknown,
}

/// A tar's magic, of POSIX and GNU alike, and where it is (pax(1), "ustar Interchange Format").
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");
/// rpm's lead (lib/rpmlead.c).
const RPM_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

impl Container {
    /// Recognises a container; `start` has a block of 512 bytes where the file has.
    pub(super) fn detect(start: &[u8]) -> Self {
        if start.starts_with(b"!<arch>\n") {
            return Self::Ar;
        }
        if start.starts_with(&RPM_MAGIC) {
            return Self::Rpm;
        }
        if start.starts_with(b"ADB") {
            return Self::Adb;
        }
        let (at, magic) = TAR_MAGIC;
        if start.get(at..).is_some_and(|rest| rest.starts_with(magic)) {
            return Self::Tar;
        }
        Compression::detect(start).map_or(Self::Unknown, Self::Packed)
    }
}

impl PackageFormat {
    /// Whether a file built like this may be of the format.
    pub(super) fn fits(self, container: Container) -> bool {
        match self {
            Self::Deb => container == Container::Ar,
            Self::Rpm => container == Container::Rpm,
            Self::Apk => matches!(
                container,
                Container::Packed(Compression::Gzip) | Container::Adb
            ),
            Self::Xbps => matches!(container, Container::Packed(_)),
            Self::Tarball => matches!(container, Container::Packed(_) | Container::Tar),
        }
    }
}

impl fmt::Display for PackageFormat {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Deb => "Debian package",
            Self::Rpm => "RPM package",
            Self::Apk => "Alpine package",
            Self::Xbps => "Void package",
            Self::Tarball => "tarball",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_told_apart() {
        let gzip = Container::Packed(Compression::Gzip);
        for (start, container) in [
            (&b"!<arch>\ndebian-binary"[..], Container::Ar),
            (b"\xed\xab\xee\xdb\x03\0", Container::Rpm),
            (b"\x1f\x8b\x08", gzip),
            (b"ADBd", Container::Adb),
            (&crate::package::tar(&[("a", b"b")]), Container::Tar),
            (b"vmlinux\0", Container::Unknown),
            (b"", Container::Unknown),
        ] {
            assert_eq!(Container::detect(start), container);
        }
        assert!(PackageFormat::Apk.fits(gzip) && PackageFormat::Tarball.fits(gzip));
        assert!(!PackageFormat::Deb.fits(gzip) && !PackageFormat::Rpm.fits(Container::Ar));
    }
}

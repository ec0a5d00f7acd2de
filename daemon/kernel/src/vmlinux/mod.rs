//! Turns a kernel as distributions ship it (a bzImage) into the ELF vmlinux inside it.
//!
//! - `bzimage.rs`: the setup header, and where the payload lies
//! - `elf.rs`: what makes an ELF file a kernel that can be booted
//! - `banner.rs`: what the kernel says of itself
//!
//! The ELF image boots faster than the bzImage, which would unpack itself inside the VM.

mod banner;
mod bzimage;
mod elf;
#[cfg(test)]
pub(crate) mod fabricate;

pub(crate) use banner::has_string;
pub use bzimage::BzImageError;
pub use elf::ElfError;

use crate::compression::{Compression, DecompressError};

/// No kernel image is larger, packed or not, in bytes.
pub(crate) const SIZE_LIMIT: usize = 512 << 20;

/// A kernel ready to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vmlinux {
    /// The ELF file.
    pub elf: Vec<u8>,
    /// Whether it has the PVH entry that QEMU's `-kernel` needs to boot an ELF file.
    pub pvh: bool,
    /// What `uname -r` will say.
    pub release: String,
}

/// Why a file is no kernel to boot.
#[derive(Debug, thiserror::Error)]
pub enum VmlinuxError {
    /// It is neither an ELF file nor a bzImage.
    #[error("not a kernel: {0}")]
    BzImage(#[from] BzImageError),
    /// The payload has a compression that is not known.
    #[error("the kernel's payload has an unknown compression (it starts with {start:02x?})")]
    UnknownCompression {
        /// The payload's first bytes.
        start: Vec<u8>,
    },
    /// The payload does not unpack.
    #[error("the kernel's payload cannot be unpacked: {0}")]
    Decompress(#[from] DecompressError),
    /// The payload unpacked to another size than the build recorded.
    #[error(
        "the kernel's payload is damaged: it unpacks to {unpacked} bytes instead of {recorded}; \
         fetch the kernel again"
    )]
    SizeMismatch {
        /// What came out.
        unpacked: usize,
        /// The four bytes at the payload's end (arch/x86/boot/compressed/mkpiggy.c).
        recorded: u32,
    },
    /// The ELF file is no kernel that can be booted.
    #[error("not a kernel that can be booted here: {0}")]
    Elf(#[from] ElfError),
    /// It does not say which release it is.
    #[error("not a Linux kernel: it has no \"Linux version\" banner")]
    NoBanner,
}

/// Makes the vmlinux out of a bzImage; an ELF file is only checked.
///
/// Memory is bounded by the size of the image and the 512 MiB that it may unpack to.
pub fn extract(image: Vec<u8>) -> Result<Vmlinux, VmlinuxError> {
    let elf = if elf::is_elf(&image) {
        image
    } else {
        unpack(bzimage::payload(&image)?)?
    };
    let checked = elf::check(&elf)?;
    let release = banner::release(&elf).ok_or(VmlinuxError::NoBanner)?;
    Ok(Vmlinux {
        elf,
        pvh: checked.pvh,
        release,
    })
}

/// Unpacks the payload. Its last four bytes are the unpacked size: gzip's own trailer, or
/// appended by the kernel's build (`size_append` of scripts/Makefile.lib).
fn unpack(payload: &[u8]) -> Result<Vec<u8>, VmlinuxError> {
    if elf::is_elf(payload) {
        return Ok(payload.to_vec());
    }
    let unknown = || VmlinuxError::UnknownCompression {
        start: payload.iter().take(6).copied().collect(),
    };
    let compression = Compression::detect(payload).ok_or_else(unknown)?;
    let (stream, trailer) = payload.split_last_chunk::<4>().ok_or_else(unknown)?;
    let packed = match compression {
        Compression::Gzip => payload,
        Compression::Xz
        | Compression::Zstd
        | Compression::Lz4
        | Compression::Bzip2
        | Compression::Lzma
        | Compression::Lzo => stream,
    };
    let recorded = u32::from_le_bytes(*trailer);
    // What was recorded is the tighter bound; a lie in it is caught below.
    let limit = SIZE_LIMIT.min((recorded as usize).saturating_add(1));
    let unpacked = compression.unpack(packed, limit)?;
    if unpacked.len() != recorded as usize {
        return Err(VmlinuxError::SizeMismatch {
            unpacked: unpacked.len(),
            recorded,
        });
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fabricate::{self, Elf};
    use super::*;
    use crate::compression::pack;

    #[test]
    fn every_compression_of_a_bzimage_is_unpacked() {
        let elf = Elf::default().build();
        for compression in pack::ALL {
            let image = fabricate::bzimage(compression, &elf);
            let kernel = extract(image).unwrap();
            assert_eq!(kernel.elf, elf, "{compression:?}");
            assert_eq!(kernel.release, "6.1.0-test");
            assert!(kernel.pvh);
        }
    }

    #[test]
    fn an_elf_file_passes_as_it_is() {
        let elf = Elf {
            pvh: false,
            ..Elf::default()
        }
        .build();
        let kernel = extract(elf.clone()).unwrap();
        assert_eq!(kernel.elf, elf);
        assert!(!kernel.pvh);
    }

    #[test]
    fn an_unpacked_payload_passes_too() {
        let elf = Elf::default().build();
        assert_eq!(
            extract(fabricate::bzimage_of_payload(&elf)).unwrap().elf,
            elf
        );
    }

    #[test]
    fn a_wrong_recorded_size_is_damage() {
        let elf = Elf::default().build();
        let mut payload = pack::pack(Compression::Lz4, &elf);
        payload.extend((elf.len() as u32 + 1).to_le_bytes());
        assert!(matches!(
            extract(fabricate::bzimage_of_payload(&payload)),
            Err(VmlinuxError::SizeMismatch { .. })
        ));
    }

    #[test]
    fn a_payload_larger_than_recorded_is_not_unpacked_in_full() {
        let mut payload = pack::pack(Compression::Zstd, &vec![0; 10 << 20]);
        payload.extend(100u32.to_le_bytes());
        assert!(matches!(
            extract(fabricate::bzimage_of_payload(&payload)),
            Err(VmlinuxError::Decompress(DecompressError::TooLarge {
                limit: 101
            }))
        ));
    }

    #[test]
    fn an_unknown_compression_is_named() {
        let image = fabricate::bzimage_of_payload(b"what is this");
        let error = extract(image).unwrap_err();
        assert!(matches!(error, VmlinuxError::UnknownCompression { .. }));
    }

    #[test]
    fn an_elf_file_without_a_banner_is_no_kernel() {
        let elf = Elf {
            banner: "Hurd version 6.1 (x)".into(),
            ..Elf::default()
        };
        assert!(matches!(extract(elf.build()), Err(VmlinuxError::NoBanner)));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(image in prop::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert!(extract(image).is_err());
        }

        #[test]
        fn a_damaged_kernel_never_panics(
            which in 0..pack::ALL.len(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut image = fabricate::bzimage(pack::ALL[which], &Elf::default().build());
            for (at, byte) in flips {
                let at = at.index(image.len());
                image[at] = byte;
            }
            image.truncate(cut.index(image.len()));
            let _ = extract(image);
        }

        #[test]
        fn a_damaged_elf_never_panics(
            flips in prop::collection::vec((0usize..200, any::<u8>()), 1..6),
        ) {
            let mut elf = Elf::default().build();
            for (at, byte) in flips {
                elf[at] = byte;
            }
            let _ = extract(elf);
        }
    }
}

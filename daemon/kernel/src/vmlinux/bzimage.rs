//! The setup header of a bzImage (Documentation/arch/x86/boot.rst of the kernel).

/// "HdrS" at [`HEADER_MAGIC_AT`].
const HEADER_MAGIC: &[u8; 4] = b"HdrS";
const HEADER_MAGIC_AT: usize = 0x202;
/// The size of the real-mode part in sectors, less the boot sector; 0 means 4.
const SETUP_SECTS_AT: usize = 0x1f1;
/// The version of the boot protocol; the payload's place is told since 2.08.
const VERSION_AT: usize = 0x206;
const PAYLOAD_VERSION: u16 = 0x0208;
const PAYLOAD_OFFSET_AT: usize = 0x248;
const PAYLOAD_LENGTH_AT: usize = 0x24c;
const SECTOR: usize = 512;

/// "ARM\x64" in the header of an arm64 Image (Documentation/arch/arm64/booting.rst).
const ARM64_MAGIC: &[u8; 4] = b"ARM\x64";
const ARM64_MAGIC_AT: usize = 0x38;
/// "RSC\x05" in the header of a RISC-V Image (Documentation/arch/riscv/boot-image-header.rst).
const RISCV_MAGIC: &[u8; 4] = b"RSC\x05";
const RISCV_MAGIC_AT: usize = 0x38;

/// Why a file is no bzImage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BzImageError {
    /// It has no setup header.
    #[error("it is neither an ELF file nor a bzImage")]
    NoHeader,
    /// It is a kernel of another architecture.
    #[error("it is a kernel for {architecture}, not for x86-64")]
    WrongArchitecture {
        /// For which.
        architecture: &'static str,
    },
    /// The boot protocol is too old to say where the payload is.
    #[error(
        "its boot protocol {major}.{minor:02} is older than 2.08: use a kernel since Linux 2.6.26"
    )]
    TooOld {
        /// The protocol's major number.
        major: u16,
        /// The protocol's minor number.
        minor: u16,
    },
    /// The file ends before the payload does.
    #[error("it is cut short: {missing} bytes of its payload are missing; fetch it again")]
    CutShort {
        /// How many bytes are missing.
        missing: usize,
    },
}

/// The payload: the packed vmlinux.
pub(super) fn payload(image: &[u8]) -> Result<&[u8], BzImageError> {
    if at(image, ARM64_MAGIC_AT) == Some(*ARM64_MAGIC) {
        return Err(BzImageError::WrongArchitecture {
            architecture: "arm64",
        });
    }
    if at(image, RISCV_MAGIC_AT) == Some(*RISCV_MAGIC) {
        return Err(BzImageError::WrongArchitecture {
            architecture: "riscv",
        });
    }
    if at(image, HEADER_MAGIC_AT) != Some(*HEADER_MAGIC) {
        return Err(BzImageError::NoHeader);
    }
    let version = u16::from_le_bytes(at(image, VERSION_AT).ok_or(BzImageError::NoHeader)?);
    if version < PAYLOAD_VERSION {
        return Err(BzImageError::TooOld {
            major: version >> 8,
            minor: version & 0xff,
        });
    }
    let [setup_sects] = at(image, SETUP_SECTS_AT).ok_or(BzImageError::NoHeader)?;
    let setup_sects = if setup_sects == 0 { 4 } else { setup_sects };
    let offset = word(image, PAYLOAD_OFFSET_AT)?;
    let length = word(image, PAYLOAD_LENGTH_AT)?;

    // At most 256 sectors and two 32-bit numbers: no overflow in 64 bits.
    let start = (usize::from(setup_sects) + 1) * SECTOR + offset;
    let end = start + length;
    image.get(start..end).ok_or(BzImageError::CutShort {
        missing: end.saturating_sub(image.len()),
    })
}

fn word(image: &[u8], offset: usize) -> Result<usize, BzImageError> {
    at(image, offset)
        .map(|bytes| u32::from_le_bytes(bytes) as usize)
        .ok_or(BzImageError::NoHeader)
}

fn at<const N: usize>(image: &[u8], offset: usize) -> Option<[u8; N]> {
    image.get(offset..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::super::fabricate;
    use super::*;

    #[test]
    fn the_payload_is_found() {
        let image = fabricate::bzimage_of_payload(b"payload");
        assert_eq!(payload(&image).unwrap(), b"payload");
    }

    #[test]
    fn no_setup_sectors_means_four() {
        let mut image = fabricate::bzimage_of_payload(b"payload");
        assert_eq!(image[SETUP_SECTS_AT], 4);
        image[SETUP_SECTS_AT] = 0;
        assert_eq!(payload(&image).unwrap(), b"payload");
    }

    #[test]
    fn a_cut_image_tells_how_much_is_missing() {
        let mut image = fabricate::bzimage_of_payload(b"payload");
        image.truncate(image.len() - 3);
        assert_eq!(payload(&image), Err(BzImageError::CutShort { missing: 3 }));
    }

    #[test]
    fn hostile_lengths_do_not_overflow() {
        let mut image = fabricate::bzimage_of_payload(b"payload");
        image[PAYLOAD_OFFSET_AT..PAYLOAD_OFFSET_AT + 8].fill(0xff);
        assert!(matches!(
            payload(&image),
            Err(BzImageError::CutShort { .. })
        ));
    }

    #[test]
    fn an_old_protocol_is_named() {
        let mut image = fabricate::bzimage_of_payload(b"payload");
        image[VERSION_AT] = 7;
        let error = payload(&image).unwrap_err();
        assert_eq!(error, BzImageError::TooOld { major: 2, minor: 7 });
        assert!(error.to_string().contains("2.07"));
    }

    #[test]
    fn an_arm64_image_is_named() {
        let mut image = vec![0; 4096];
        image[ARM64_MAGIC_AT..ARM64_MAGIC_AT + 4].copy_from_slice(ARM64_MAGIC);
        assert_eq!(
            payload(&image),
            Err(BzImageError::WrongArchitecture {
                architecture: "arm64"
            })
        );
    }
}

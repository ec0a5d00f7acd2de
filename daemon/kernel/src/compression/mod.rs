//! The compressions that kernels, modules and packages come in, told apart by their magic.
//!
//! - `mod.rs`: detection, streaming readers, bounded decompression
//! - `lz4_legacy.rs`: the frame that only the kernel still uses

mod lz4_legacy;

use std::io::{self, BufRead, Read};

/// Memory that a decoder may take for its dictionary, in bytes. The kernel's own largest is
/// `zstd -22 --ultra` with a window of 128 MiB (scripts/Makefile.lib).
const DICTIONARY_LIMIT: u64 = 192 << 20;

/// A compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// RFC 1952.
    Gzip,
    /// The .xz file format.
    Xz,
    /// RFC 8878.
    Zstd,
    /// The LZ4 legacy frame.
    Lz4,
    /// bzip2.
    Bzip2,
    /// The .lzma (LZMA_Alone) file format.
    Lzma,
    /// lzop: known by its magic, not supported.
    Lzo,
}

/// Why something could not be decompressed.
#[derive(Debug, thiserror::Error)]
pub enum DecompressError {
    /// There is no maintained decoder for it.
    #[error(
        "it is compressed with LZO, which is not supported: use a kernel built with another CONFIG_KERNEL_* compression"
    )]
    Lzo,
    /// It is larger than it may be.
    #[error("it unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// It is cut short or damaged.
    #[error("its {compression:?} data is damaged or cut short: {source}")]
    Corrupt {
        /// How it is compressed.
        compression: Compression,
        /// What the decoder said.
        source: io::Error,
    },
}

impl Compression {
    /// Recognises a compression by the first bytes; the table of lib/decompress.c.
    pub fn detect(start: &[u8]) -> Option<Self> {
        const MAGICS: [(&[u8], Compression); 7] = [
            (&[0x1f, 0x8b], Compression::Gzip),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Compression::Xz),
            (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
            (&lz4_legacy::MAGIC, Compression::Lz4),
            (b"BZh", Compression::Bzip2),
            (&[0x5d, 0, 0], Compression::Lzma),
            (&[0x89, b'L', b'Z', b'O'], Compression::Lzo),
        ];
        MAGICS
            .into_iter()
            .find(|(magic, _)| start.starts_with(magic))
            .map(|(_, compression)| compression)
    }

    /// A reader of the unpacked bytes.
    pub(crate) fn reader<'a>(
        self,
        packed: impl BufRead + 'a,
    ) -> Result<Box<dyn Read + 'a>, DecompressError> {
        let corrupt = |source| DecompressError::Corrupt {
            compression: self,
            source,
        };
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::GzDecoder::new(packed)),
            Self::Xz => {
                let stream = liblzma::stream::Stream::new_stream_decoder(DICTIONARY_LIMIT, 0)
                    .map_err(|error| corrupt(error.into()))?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(packed, stream))
            }
            Self::Lzma => {
                let stream = liblzma::stream::Stream::new_lzma_decoder(DICTIONARY_LIMIT)
                    .map_err(|error| corrupt(error.into()))?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(packed, stream))
            }
            Self::Zstd => Box::new(zstd::Decoder::with_buffer(packed).map_err(corrupt)?),
            Self::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(packed)),
            Self::Lz4 => Box::new(lz4_legacy::Reader::new(packed)),
            Self::Lzo => return Err(DecompressError::Lzo),
        })
    }

    /// Unpacks to at most `limit` bytes.
    pub(crate) fn unpack(self, packed: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
        let mut unpacked = Vec::new();
        self.reader(packed)?
            .take((limit as u64).saturating_add(1))
            .read_to_end(&mut unpacked)
            .map_err(|source| DecompressError::Corrupt {
                compression: self,
                source,
            })?;
        if unpacked.len() > limit {
            return Err(DecompressError::TooLarge { limit });
        }
        Ok(unpacked)
    }
}

#[cfg(test)]
pub(crate) mod pack {
    //! Packs test data; the reverse of the module.

    use std::io::Write;

    use super::Compression;

    /// All that can be unpacked.
    pub(crate) const ALL: [Compression; 6] = [
        Compression::Gzip,
        Compression::Xz,
        Compression::Zstd,
        Compression::Lz4,
        Compression::Bzip2,
        Compression::Lzma,
    ];

    /// Packs `data`.
    pub(crate) fn pack(compression: Compression, data: &[u8]) -> Vec<u8> {
        match compression {
            Compression::Gzip => {
                let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                to.write_all(data).unwrap();
                to.finish().unwrap()
            }
            Compression::Xz => {
                // With the x86 filter and CRC32, as scripts/xz_wrap.sh does.
                let mut filters = liblzma::stream::Filters::new();
                let options = liblzma::stream::LzmaOptions::new_preset(1).unwrap();
                filters.x86().lzma2(&options);
                let stream = liblzma::stream::Stream::new_stream_encoder(
                    &filters,
                    liblzma::stream::Check::Crc32,
                )
                .unwrap();
                let mut to = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
                to.write_all(data).unwrap();
                to.finish().unwrap()
            }
            Compression::Lzma => {
                let options = liblzma::stream::LzmaOptions::new_preset(6).unwrap();
                let stream = liblzma::stream::Stream::new_lzma_encoder(&options).unwrap();
                let mut to = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
                to.write_all(data).unwrap();
                to.finish().unwrap()
            }
            Compression::Zstd => zstd::encode_all(data, 3).unwrap(),
            Compression::Bzip2 => {
                let mut to = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                to.write_all(data).unwrap();
                to.finish().unwrap()
            }
            Compression::Lz4 => super::lz4_legacy::pack(data),
            Compression::Lzo => unreachable!("cannot be packed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_compression_is_detected_and_unpacked() {
        let data: Vec<u8> = (0..300_000u32).map(|n| (n / 7) as u8).collect();
        for compression in pack::ALL {
            let packed = pack::pack(compression, &data);
            assert_eq!(Compression::detect(&packed), Some(compression));
            assert_eq!(compression.unpack(&packed, data.len()).unwrap(), data);
        }
    }

    #[test]
    fn one_byte_over_the_limit_is_refused() {
        for compression in pack::ALL {
            let packed = pack::pack(compression, &[7; 100_000]);
            assert!(matches!(
                compression.unpack(&packed, 99_999),
                Err(DecompressError::TooLarge { limit: 99_999 })
            ));
        }
    }

    #[test]
    fn a_cut_stream_is_corrupt() {
        let data: Vec<u8> = (0..100_000u32)
            .map(|n| (n.wrapping_mul(n) >> 3) as u8)
            .collect();
        for compression in pack::ALL {
            let packed = pack::pack(compression, &data);
            let cut = &packed[..packed.len() / 2];
            assert!(
                matches!(
                    compression.unpack(cut, data.len()),
                    Err(DecompressError::Corrupt { .. })
                ),
                "{compression:?}"
            );
        }
    }

    #[test]
    fn lzo_is_named() {
        let error = Compression::detect(b"\x89LZO\0").unwrap().unpack(b"", 1);
        assert!(matches!(error, Err(DecompressError::Lzo)));
    }

    proptest! {
        #[test]
        fn garbage_never_panics_nor_exceeds_the_limit(
            which in 0..pack::ALL.len(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        ) {
            let mut packed = pack::pack(pack::ALL[which], &[3; 5000]);
            for (at, byte) in flips {
                let at = at.index(packed.len());
                packed[at] = byte;
            }
            if let Ok(unpacked) = pack::ALL[which].unpack(&packed, 8000) {
                prop_assert!(unpacked.len() <= 8000);
            }
        }
    }
}

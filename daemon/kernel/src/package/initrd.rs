//! Takes the modules out of an initrd: archives of the newc form one after the other, each
//! plain or packed, with zeros between them
//! (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel). Distributions put
//! the processor's microcode first, plain, and the rest packed behind it.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::cpio;
use super::error::UnpackError;
use super::members::{Members, TOTAL_LIMIT};
use super::unpack::{BUFFER, Counted};
use crate::cancel::Cancel;
use crate::compression::{Compression, DecompressError};
use crate::files::{self, FileError};

/// What every archive begins with; what follows tells the form.
const MAGIC: &[u8] = b"07070";

/// Unpacks the modules of an initrd into `into`; gives whether there are any. Reports the bytes
/// of the file that were read.
pub(crate) fn unpack_initrd(
    initrd: &Path,
    into: &Path,
    cancel: &Cancel,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<bool, UnpackError> {
    let mut read = 0;
    let counted = Counted {
        from: files::open_regular(initrd)?,
        on_bytes: &mut |count| {
            read += count;
            on_bytes(read);
        },
    };
    let mut parts = Parts {
        initrd,
        cancel,
        members: Members::of_modules(initrd, into),
        seen: false,
        budget: TOTAL_LIMIT,
    };
    parts.read(&mut BufReader::with_capacity(BUFFER, counted), true)?;
    match parts.seen {
        true => Ok(parts.members.unpacked.modules),
        false => Err(parts.no_initrd()),
    }
}

/// An initrd under way.
struct Parts<'a> {
    initrd: &'a Path,
    cancel: &'a Cancel,
    members: Members<'a>,
    /// Whether any archive was found.
    seen: bool,
    /// How many bytes may yet come out of packed archives.
    budget: u64,
}

impl Parts<'_> {
    /// Reads one archive after the other. What was packed holds nothing packed again, for the
    /// kernel as for us.
    fn read(&mut self, from: &mut dyn BufRead, packed: bool) -> Result<(), UnpackError> {
        loop {
            skip_zeros(from).map_err(|error| self.unreadable(error))?;
            let start = from.fill_buf().map_err(|error| self.unreadable(error))?;
            if start.is_empty() {
                return Ok(());
            }
            // A buffer's end may come after its first byte; no compression begins with `0`.
            if start.starts_with(&MAGIC[..MAGIC.len().min(start.len())]) {
                self.archive(from)?;
                continue;
            }
            match Compression::detect(start).filter(|_| packed) {
                Some(compression) => self.unpack(compression, from)?,
                None if self.seen => return Err(self.damaged(cpio::CpioError::BadHeader)),
                None => return Err(self.no_initrd()),
            }
        }
    }

    fn unpack(
        &mut self,
        compression: Compression,
        from: &mut dyn BufRead,
    ) -> Result<(), UnpackError> {
        let corrupt = |source| UnpackError::Decompress {
            package: self.initrd.to_path_buf(),
            source,
        };
        let unpacked: Box<dyn Read> = match compression {
            // One frame alone: what follows it is another archive, or padding.
            Compression::Zstd => Box::new(
                zstd::Decoder::with_buffer(from)
                    .map_err(|source| {
                        corrupt(DecompressError::Corrupt {
                            compression,
                            source,
                        })
                    })?
                    .single_frame(),
            ),
            compression => compression.reader(from).map_err(corrupt)?,
        };
        let mut unpacked = BufReader::with_capacity(BUFFER, unpacked.take(self.budget));
        let outcome = self.read(&mut unpacked, false);
        self.budget = unpacked.into_inner().limit();
        match self.budget {
            0 => Err(self.members.too_large()),
            _ => outcome,
        }
    }

    fn archive(&mut self, from: &mut dyn BufRead) -> Result<(), UnpackError> {
        let mut archive = cpio::Archive::new(from);
        loop {
            self.cancel.check()?;
            let next = archive.next().map_err(|error| self.damaged(error))?;
            self.seen = true;
            let Some(member) = next else { return Ok(()) };
            if member.is_file {
                let name = Path::new(OsStr::from_bytes(&member.name));
                self.members.take(name, member.size, &mut archive)?;
            }
        }
    }

    fn no_initrd(&self) -> UnpackError {
        UnpackError::NoInitrd {
            file: self.initrd.to_path_buf(),
        }
    }

    fn damaged(&self, source: cpio::CpioError) -> UnpackError {
        UnpackError::Cpio {
            package: self.initrd.to_path_buf(),
            source,
        }
    }

    /// Of the file itself the disk is to blame; of what was packed, the file.
    fn unreadable(&self, error: io::Error) -> UnpackError {
        match error.raw_os_error() {
            Some(_) => FileError::new("read", self.initrd, error).into(),
            None => UnpackError::Files {
                package: self.initrd.to_path_buf(),
                source: error,
            },
        }
    }
}

fn skip_zeros(from: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let start = from.fill_buf()?;
        let zeros = start.iter().take_while(|byte| **byte == 0).count();
        let all = zeros == start.len();
        from.consume(zeros);
        if !all || zeros == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::compression::pack;
    use crate::package::tests::cpio;

    const MODULE: (&str, &[u8]) = ("usr/lib/modules/6.1/kernel/a.ko", b"module");

    fn unpack(initrd: &[u8]) -> (tempfile::TempDir, Result<bool, UnpackError>) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("initrd");
        fs::write(&file, initrd).unwrap();
        let unpacked = unpack_initrd(&file, &dir.path().join("into"), &Cancel::new(), &mut |_| ());
        (dir, unpacked)
    }

    /// As distributions have it: microcode, padded, and the rest packed.
    fn initrd(compression: Option<Compression>, members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut initrd = cpio(&[("kernel/x86/microcode/GenuineIntel.bin", b"microcode")]);
        initrd.resize(initrd.len().next_multiple_of(512) + 512, 0);
        let main = cpio(members);
        initrd.extend(match compression {
            Some(compression) => pack::pack(compression, &main),
            None => main,
        });
        initrd
    }

    #[test]
    fn the_modules_of_every_compression() {
        let ways = pack::ALL.into_iter().map(Some).chain([None]);
        for compression in ways {
            let members = [
                ("init", &b"#!/bin/sh"[..]),
                MODULE,
                ("boot/vmlinuz-1", b"x"),
            ];
            let (dir, unpacked) = unpack(&initrd(compression, &members));
            assert!(unpacked.unwrap(), "{compression:?}");
            let into = dir.path().join("into");
            let module = into.join("lib/modules/6.1/kernel/a.ko");
            assert_eq!(fs::read(module).unwrap(), b"module");
            assert!(!into.join("init").exists() && !into.join("boot").exists());
        }
    }

    #[test]
    fn archives_after_packed_ones_are_read_and_the_last_word_counts() {
        for compression in [
            Compression::Gzip,
            Compression::Xz,
            Compression::Zstd,
            Compression::Bzip2,
        ] {
            let mut whole = initrd(Some(compression), &[MODULE]);
            whole.extend([0; 7]);
            let later = cpio(&[("lib/modules/6.1/kernel/a.ko", b"newer")]);
            whole.extend(pack::pack(compression, &later));
            whole.extend([0; 300]);
            let (dir, unpacked) = unpack(&whole);
            assert!(unpacked.unwrap(), "{compression:?}");
            let module = dir.path().join("into/lib/modules/6.1/kernel/a.ko");
            assert_eq!(fs::read(module).unwrap(), b"newer");
        }
    }

    #[test]
    fn one_without_modules_has_none() {
        let (_dir, unpacked) = unpack(&initrd(Some(Compression::Gzip), &[("init", b"x")]));
        assert!(!unpacked.unwrap());
    }

    #[test]
    fn what_is_no_initrd_is_told() {
        for bytes in [&b""[..], &[0; 5000], b"<html>", b"\x7fELF", b"0"] {
            let error = unpack(bytes).1.unwrap_err().to_string();
            assert!(error.contains("initrd"), "{error}");
        }
        let gzip = pack::pack(Compression::Gzip, b"no archive");
        assert!(matches!(unpack(&gzip).1, Err(UnpackError::NoInitrd { .. })));
        // Packed twice is packed for nobody.
        let twice = pack::pack(
            Compression::Gzip,
            &pack::pack(Compression::Xz, &cpio(&[MODULE])),
        );
        assert!(unpack(&twice).1.is_err());
        let hostile = initrd(None, &[("lib/modules/../../../evil", b"x")]);
        let (dir, unpacked) = unpack(&hostile);
        assert!(matches!(unpacked, Err(UnpackError::Hostile { .. })));
        assert!(!dir.path().join("evil").exists());
    }

    #[test]
    fn one_cut_anywhere_but_between_its_archives_is_damaged() {
        let content: Vec<u8> = (0..20_000u32)
            .map(|n| (n.wrapping_mul(n) >> 5) as u8)
            .collect();
        let members: [(&str, &[u8]); 1] = [("lib/modules/6.1/kernel/a.ko", &content)];
        for compression in pack::ALL {
            let whole = initrd(Some(compression), &members);
            let begun = whole.len() - pack::pack(compression, &cpio(&members)).len() + 8;
            for kept in (begun..whole.len() - 20).step_by(whole.len() / 17) {
                let error = unpack(&whole[..kept]).1.unwrap_err().to_string();
                assert!(error.contains("damaged"), "{compression:?} {kept}: {error}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_damaged_one_never_panics_nor_writes_elsewhere(
            which in 0..=pack::ALL.len(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut initrd = initrd(pack::ALL.get(which).copied(), &[MODULE, ("lib/modules/6.1/b", b"")]);
            for (at, byte) in flips {
                let at = at.index(initrd.len());
                initrd[at] = byte;
            }
            let (dir, _) = unpack(&initrd);
            let found: Vec<_> = fs::read_dir(dir.path()).unwrap().flatten().collect();
            prop_assert!(found.len() <= 2);
            for entry in fs::read_dir(dir.path().join("into")).into_iter().flatten().flatten() {
                prop_assert_eq!(entry.file_name(), "lib");
            }
        }
    }
}

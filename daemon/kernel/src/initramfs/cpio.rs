//! A writer of newc archives
//! (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel).
//!
//! The archive depends on its members alone: times, owners and devices are zero, inode
//! numbers count from 1.

use std::io::{self, Write};

/// What ends an archive.
const TRAILER: &str = "TRAILER!!!";
/// Names and contents start at multiples of this, in bytes.
const ALIGNMENT: u64 = 4;

/// S_IFDIR, S_IFCHR and S_IFREG (inode(7)).
const DIRECTORY: u32 = 0o040_000;
const CHARACTER_DEVICE: u32 = 0o020_000;
const REGULAR: u32 = 0o100_000;

/// An archive under way.
pub(super) struct Writer<W> {
    to: W,
    inode: u32,
    written: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(to: W) -> Self {
        Self {
            to,
            inode: 0,
            written: 0,
        }
    }

    /// Adds a directory; those above it must have been added before.
    pub(super) fn directory(&mut self, name: &str, mode: u32) -> io::Result<()> {
        self.member(name, DIRECTORY | mode, 2, (0, 0), &[])
    }

    /// Adds a regular file.
    pub(super) fn file(&mut self, name: &str, mode: u32, content: &[u8]) -> io::Result<()> {
        self.member(name, REGULAR | mode, 1, (0, 0), content)
    }

    /// Adds a character device.
    pub(super) fn character_device(
        &mut self,
        name: &str,
        mode: u32,
        major: u32,
        minor: u32,
    ) -> io::Result<()> {
        self.member(name, CHARACTER_DEVICE | mode, 1, (major, minor), &[])
    }

    /// Ends the archive and gives the writer back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.inode = 0;
        self.header(TRAILER, 0, 0, 1, (0, 0), 0)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn member(
        &mut self,
        name: &str,
        mode: u32,
        links: u32,
        device: (u32, u32),
        content: &[u8],
    ) -> io::Result<()> {
        let size = u32::try_from(content.len())
            .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "a member over 4 GiB"))?;
        self.inode += 1;
        self.header(name, self.inode, mode, links, device, size)?;
        self.write(content)?;
        self.pad()
    }

    /// A header: magic and thirteen numbers of eight hex digits, then the name.
    fn header(
        &mut self,
        name: &str,
        inode: u32,
        mode: u32,
        links: u32,
        (major, minor): (u32, u32),
        size: u32,
    ) -> io::Result<()> {
        let name_size = u32::try_from(name.len() + 1)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a name over 4 GiB"))?;
        let mut header = String::from("070701");
        // Order: ino, mode, uid, gid, nlink, mtime, filesize, maj, min, rmaj, rmin,
        // namesize, chksum.
        for number in [
            inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, name_size, 0,
        ] {
            header.push_str(&format!("{number:08x}"));
        }
        self.write(header.as_bytes())?;
        self.write(name.as_bytes())?;
        self.write(&[0])?;
        self.pad()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn pad(&mut self) -> io::Result<()> {
        while !self.written.is_multiple_of(ALIGNMENT) {
            self.write(&[0])?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod read {
    //! Reads an archive back, for tests.

    /// A member: name, mode, device, content.
    pub(crate) type Member = (String, u32, (u32, u32), Vec<u8>);

    /// All members but the trailer.
    pub(crate) fn members(archive: &[u8]) -> Vec<Member> {
        let mut members = Vec::new();
        let mut at = 0;
        loop {
            assert_eq!(&archive[at..at + 6], b"070701");
            let number = |field: usize| {
                let start = at + 6 + field * 8;
                let text = std::str::from_utf8(&archive[start..start + 8]).unwrap();
                u32::from_str_radix(text, 16).unwrap()
            };
            let name_at = at + 110;
            let name_end = name_at + number(11) as usize;
            let name = String::from_utf8(archive[name_at..name_end - 1].to_vec()).unwrap();
            if name == super::TRAILER {
                return members;
            }
            let content_at = name_end.next_multiple_of(4);
            let content_end = content_at + number(6) as usize;
            members.push((
                name,
                number(1),
                (number(9), number(10)),
                archive[content_at..content_end].to_vec(),
            ));
            at = content_end.next_multiple_of(4);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_is_as_the_kernel_documents_it() {
        let mut writer = Writer::new(Vec::new());
        writer.file("a", 0o755, b"xyz").unwrap();
        let archive = writer.finish().unwrap();
        let expected = concat!(
            "070701", "00000001", "000081ed", "00000000", "00000000", "00000001", "00000000",
            "00000003", "00000000", "00000000", "00000000", "00000000", "00000002", "00000000",
            "a\0", "xyz\0",
        );
        assert_eq!(&archive[..expected.len()], expected.as_bytes());
        assert!(archive[expected.len()..].starts_with(b"070701"));
        assert!(archive.len().is_multiple_of(4));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            files in prop::collection::vec(
                ("[a-z/.]{1,40}", prop::collection::vec(any::<u8>(), 0..100)), 0..8),
        ) {
            let mut writer = Writer::new(Vec::new());
            for (name, content) in &files {
                writer.file(name, 0o644, content).unwrap();
            }
            let archive = writer.finish().unwrap();
            let read: Vec<_> = read::members(&archive)
                .into_iter()
                .map(|(name, _, _, content)| (name, content))
                .collect();
            prop_assert_eq!(read, files);
        }
    }
}

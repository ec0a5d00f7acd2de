//! A tar archive as a stream of entries: old, ustar, GNU and PAX.
//!
//! The `tar` crate knows the headers' layout; records, numbers and maps are read here,
//! because the crate gives up on binary extended attributes and hides where it stands.
//! Memory is bounded: see the limits below and [`sparse::SEGMENTS_MAX`].
//!
//! - `error.rs`  what is wrong with an archive, and where
//! - `member.rs` from a header and its extensions to an entry
//! - `number.rs` numbers of headers and records
//! - `pax.rs`    PAX records; `acl.rs` access control lists in them
//! - `sparse.rs` maps of sparse files

mod acl;
mod error;
mod member;
mod number;
mod pax;
mod sparse;

use std::io::{self, Read};

use tar::Header;

use crate::entry::{Entry, FileData, Kind, Segment};

pub use error::{ArchiveError, Problem};

use member::{Extensions, Layout, Member};
use pax::Records;

const BLOCK: usize = 512;
/// A PAX header: room for a few extended attributes of 64 KiB each.
const PAX_MAX: u64 = 1 << 20;
/// A name or link target: 16 times PATH_MAX.
const NAME_MAX: u64 = 64 << 10;
/// Padding after the end; GNU tar's default is 10 KiB.
const TRAILING_MAX: u64 = 256 << 20;

type Result<T> = std::result::Result<T, ArchiveError>;

/// Reads entries; after each, the archive itself reads as that entry's data.
#[derive(Debug)]
pub struct Archive<R> {
    input: R,
    /// Bytes taken from `input`.
    offset: u64,
    /// Bytes of the current member's data that are not read yet, and its padding.
    data: u64,
    padding: u64,
    /// The current member, for messages.
    member: Option<String>,
    member_offset: u64,
    global: Records,
    ended: bool,
}

impl<R: Read> Archive<R> {
    /// Reads from `input`, which is not packed.
    pub fn new(input: R) -> Self {
        Self {
            input,
            offset: 0,
            data: 0,
            padding: 0,
            member: None,
            member_offset: 0,
            global: Records::default(),
            ended: false,
        }
    }

    /// Bytes of the unpacked archive that were read so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The current member's name, and where its header starts.
    pub fn position(&self) -> (Option<&str>, u64) {
        (self.member.as_deref(), self.member_offset)
    }

    /// The next entry; what is left of the last one's data is skipped. `None` at the end,
    /// when the input has been read to its own end too, so that a packed archive's checksum
    /// has been verified.
    ///
    /// # Errors
    /// See [`Problem`]; nothing sensible follows an error.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        if self.ended {
            return Ok(None);
        }
        self.skip_data()?;
        let mut extensions = Extensions::default();
        self.member = None;
        self.member_offset = self.offset;
        loop {
            let Some(block) = self.next_header()? else {
                if extensions.has_pax || extensions.long_name.is_some() {
                    return Err(self.error(Problem::Truncated));
                }
                self.drain()?;
                self.ended = true;
                return Ok(None);
            };
            let header = Header::from_byte_slice(&block);
            match header.as_old().linkflag[0] {
                b'x' | b'X' => {
                    let records = self.read_records(header)?;
                    extensions.pax = records.over(&self.global);
                    extensions.has_pax = true;
                }
                b'g' => {
                    let records = self.read_records(header)?;
                    self.global.update(records);
                    let size = self.global.len_bytes();
                    self.check_size("global PAX headers", size, PAX_MAX)?;
                }
                b'L' => extensions.long_name = Some(self.read_name(header, "long name")?),
                b'K' => extensions.long_link = Some(self.read_name(header, "long link target")?),
                _ => {
                    if !extensions.has_pax {
                        extensions.pax = self.global.clone();
                    }
                    if let Some(entry) = self.read_member(&block, &extensions)? {
                        return Ok(Some(entry));
                    }
                    self.skip_data()?;
                    extensions = Extensions::default();
                }
            }
        }
    }

    fn read_member(
        &mut self,
        block: &[u8; BLOCK],
        extensions: &Extensions,
    ) -> Result<Option<Entry>> {
        let header = Header::from_byte_slice(block);
        let path = member::name(header, extensions);
        self.member = Some(String::from_utf8_lossy(&path).into_owned());
        let member = member::build(header, extensions, path).map_err(|p| self.error(p))?;
        let Some(Member {
            mut entry,
            stored,
            layout,
        }) = member
        else {
            return Ok(None);
        };
        self.set_data(stored);
        let segments = match layout {
            Layout::Plain => return Ok(Some(entry)),
            Layout::Mapped(segments) => segments,
            Layout::LeadingMap => self.read_leading_map()?,
            Layout::OldGnuMap => self.read_old_map(header, stored)?,
        };
        if let Kind::File(data) = &mut entry.kind {
            let data_len = segments
                .iter()
                .try_fold(0u64, |sum, segment| sum.checked_add(segment.len));
            if data_len != Some(self.data) {
                return Err(self.error(Problem::BadSparseMap));
            }
            *data = FileData {
                size: data.size,
                segments,
            };
        }
        Ok(Some(entry))
    }

    fn read_leading_map(&mut self) -> Result<Vec<Segment>> {
        let mut map = sparse::LeadingMap::default();
        let mut block = [0; BLOCK];
        loop {
            if self.data < BLOCK as u64 {
                return Err(self.error(Problem::BadSparseMap));
            }
            self.fill(&mut block)?;
            self.data -= BLOCK as u64;
            for &byte in &block {
                match map.push(byte) {
                    // The rest of the block is padding.
                    Some(true) => return Ok(map.into_segments()),
                    Some(false) => {}
                    None => return Err(self.error(Problem::BadSparseMap)),
                }
            }
        }
    }

    /// Four entries in the header, then 21 in each further block.
    fn read_old_map(&mut self, header: &Header, stored: u64) -> Result<Vec<Segment>> {
        let mut segments = Vec::new();
        let bytes = header.as_bytes();
        let mut block = [0; BLOCK];
        let (mut entries, mut more) = (&bytes[386..482], bytes[482] != 0);
        loop {
            for entry in entries.chunks_exact(24) {
                match sparse::old_entry(entry) {
                    Some(Some(segment)) => segments.push(segment),
                    Some(None) => {}
                    None => return Err(self.error(Problem::BadSparseMap)),
                }
            }
            if !more {
                self.set_data(stored);
                return Ok(segments);
            }
            self.check_size("map of holes", segments.len() as u64, sparse::SEGMENTS_MAX)?;
            self.fill(&mut block)?;
            (entries, more) = (&block[..504], block[504] != 0);
        }
    }

    fn read_records(&mut self, header: &Header) -> Result<Records> {
        let data = self.read_extension(header, "PAX header", PAX_MAX)?;
        pax::parse(&data).map_err(|reason| self.error(Problem::BadPax(reason)))
    }

    fn read_name(&mut self, header: &Header, what: &'static str) -> Result<Vec<u8>> {
        let mut name = self.read_extension(header, what, NAME_MAX)?;
        // GNU tar ends it with a NUL.
        if name.last() == Some(&0) {
            name.pop();
        }
        Ok(name)
    }

    fn read_extension(
        &mut self,
        header: &Header,
        what: &'static str,
        limit: u64,
    ) -> Result<Vec<u8>> {
        let size = number::field(&header.as_old().size)
            .and_then(|size| u64::try_from(size).ok())
            .ok_or_else(|| self.error(Problem::BadNumber("size")))?;
        self.check_size(what, size, limit)?;
        let mut data = vec![0; size as usize];
        self.set_data(size);
        self.fill(&mut data)?;
        self.data = 0;
        self.skip_data()?;
        Ok(data)
    }

    fn check_size(&self, what: &'static str, size: u64, limit: u64) -> Result<()> {
        match size > limit {
            true => Err(self.error(Problem::TooLarge { what, size, limit })),
            false => Ok(()),
        }
    }

    /// The next header's block; `None` at the end-of-archive mark.
    fn next_header(&mut self) -> Result<Option<[u8; BLOCK]>> {
        let at = self.offset;
        let mut block = [0; BLOCK];
        self.fill(&mut block)
            .map_err(|error| self.too_short(at, error))?;
        if block == [0; BLOCK] {
            // The mark is two zero blocks, but one and nothing more is seen in the wild.
            return match self.fill(&mut block) {
                Ok(()) if block == [0; BLOCK] => Ok(None),
                Err(ArchiveError {
                    problem: Problem::Truncated,
                    ..
                }) => Ok(None),
                Ok(()) => Err(self.error(Problem::BadHeader)),
                Err(error) => Err(error),
            };
        }
        match has_checksum(&block) {
            true => Ok(Some(block)),
            false if at == 0 => Err(self.error(Problem::NotATar)),
            false => Err(self.error(Problem::BadHeader)),
        }
    }

    /// Fewer bytes than one header are no archive at all.
    fn too_short(&self, at: u64, error: ArchiveError) -> ArchiveError {
        match error.problem {
            Problem::Truncated if at == 0 => self.error(Problem::NotATar),
            _ => error,
        }
    }

    fn set_data(&mut self, size: u64) {
        self.data = size;
        self.padding = size.next_multiple_of(BLOCK as u64) - size;
    }

    fn skip_data(&mut self) -> Result<()> {
        let mut buffer = [0; 16 * BLOCK];
        let mut left = self.data + self.padding;
        self.data = 0;
        self.padding = 0;
        while left > 0 {
            let count = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            self.fill(&mut buffer[..count])?;
            left -= count as u64;
        }
        Ok(())
    }

    /// Reads what follows the end: padding, and a packed stream's own checksum.
    fn drain(&mut self) -> Result<()> {
        let mut buffer = [0; 16 * BLOCK];
        let mut count = 0;
        loop {
            match self.read_some(&mut buffer)? {
                0 => return Ok(()),
                got => count += got as u64,
            }
            if count > TRAILING_MAX {
                return Err(self.error(Problem::TrailingData(TRAILING_MAX)));
            }
        }
    }

    fn fill(&mut self, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            match self.read_some(buffer)? {
                0 => return Err(self.error(Problem::Truncated)),
                got => buffer = &mut buffer[got..],
            }
        }
        Ok(())
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.input.read(buffer) {
                Ok(got) => {
                    self.offset += got as u64;
                    return Ok(got);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // That is how the decoders say that their input was cut.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(self.error(Problem::Truncated));
                }
                Err(error) => return Err(self.error(Problem::Io(error))),
            }
        }
    }

    fn error(&self, problem: Problem) -> ArchiveError {
        ArchiveError {
            member: self.member.clone(),
            offset: self.member_offset,
            problem,
        }
    }
}

/// The current member's data. Errors carry an [`ArchiveError`].
impl<R: Read> Read for Archive<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer
            .len()
            .min(usize::try_from(self.data).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        let got = self
            .read_some(&mut buffer[..count])
            .map_err(io::Error::other)?;
        if got == 0 {
            return Err(io::Error::other(self.error(Problem::Truncated)));
        }
        self.data -= got as u64;
        Ok(got)
    }
}

/// The sum of all bytes, those of the checksum itself counted as blanks. Some old programs
/// summed signed bytes.
fn has_checksum(block: &[u8; BLOCK]) -> bool {
    const FIELD: std::ops::Range<usize> = 148..156;
    let Some(expected) = number::field(&block[FIELD]) else {
        return false;
    };
    let bytes = || {
        block
            .iter()
            .enumerate()
            .map(|(index, &byte)| if FIELD.contains(&index) { b' ' } else { byte })
    };
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte as i8)).sum();
    expected == unsigned || expected == signed
}

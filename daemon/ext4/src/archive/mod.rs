//! A tar archive as a stream of entries: old, ustar, GNU and PAX.
//!
//! The `tar` crate knows the headers' layout; records, numbers and maps are read here,
//! because the crate gives up on binary extended attributes and hides where it stands.
//! Memory is bounded: see the limits below and in `sparse.rs`.
//!
//! - `error.rs`  what is wrong with an archive, and where
//! - `blocks.rs` headers, data and padding
//! - `member.rs` from a header and its extensions to an entry
//! - `number.rs` numbers of headers and records
//! - `pax.rs`    PAX records; `acl.rs` access control lists in them
//! - `sparse.rs` maps of sparse files; `holes.rs` reads those outside of headers

mod acl;
mod blocks;
mod error;
mod holes;
mod member;
mod number;
mod pax;
mod sparse;

use std::io::{self, Read};

use tar::Header;

use crate::entry::{Entry, FileData, Kind};

pub use error::{ArchiveError, Problem};

use blocks::{Block, Blocks};
use member::{Extensions, Layout, Member};
use pax::Records;

/// A PAX header: room for a few extended attributes of 64 KiB each.
const PAX_MAX: u64 = 1 << 20;
/// All global PAX headers: they are looked at for every member. Usually a comment.
const GLOBAL_PAX_MAX: u64 = 16 << 10;
/// A name or link target: 16 times PATH_MAX.
const NAME_MAX: u64 = 64 << 10;

/// Reads entries; after each, the archive itself reads as that entry's data.
#[derive(Debug)]
pub struct Archive<R> {
    blocks: Blocks<R>,
    /// The current member, for messages.
    member: Option<String>,
    member_offset: u64,
    global: Records,
    ended: bool,
    may_lack_end: bool,
}

impl<R: Read> Archive<R> {
    /// Reads from `input`, which is not packed.
    pub fn new(input: R) -> Self {
        Self {
            blocks: Blocks::new(input),
            member: None,
            member_offset: 0,
            global: Records::default(),
            ended: false,
            may_lack_end: false,
        }
    }

    /// Takes an input that stops where a header would begin for a whole archive, and nothing
    /// at all for an empty one: some programs leave the end mark out. For sources whose
    /// completeness is known by other means, such as a digest.
    pub fn without_end_mark(mut self) -> Self {
        self.may_lack_end = true;
        self
    }

    /// The input, as far as it was read.
    pub fn into_inner(self) -> R {
        self.blocks.into_inner()
    }

    /// Bytes of the unpacked archive that were read so far.
    pub fn offset(&self) -> u64 {
        self.blocks.offset()
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
    pub fn next_entry(&mut self) -> Result<Option<Entry>, ArchiveError> {
        self.read_entry().map_err(|problem| self.place(problem))
    }

    fn read_entry(&mut self) -> Result<Option<Entry>, Problem> {
        if self.ended {
            return Ok(None);
        }
        self.blocks.skip_data()?;
        let mut extensions = Extensions::default();
        self.member = None;
        self.member_offset = self.blocks.offset();
        loop {
            let Some(block) = self.blocks.read_header(self.may_lack_end)? else {
                if extensions.has_pax || extensions.long_name.is_some() {
                    return Err(Problem::Truncated);
                }
                self.blocks.drain()?;
                self.ended = true;
                return Ok(None);
            };
            let header = Header::from_byte_slice(&block);
            match header.as_old().linkflag[0] {
                b'x' | b'X' => {
                    extensions.pax = self.read_records(header)?.over(&self.global);
                    extensions.has_pax = true;
                }
                b'g' => {
                    let records = self.read_records(header)?;
                    self.global.update(records);
                    let size = self.global.len_bytes();
                    check_size("global PAX headers", size, GLOBAL_PAX_MAX)?;
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
                    extensions = Extensions::default();
                }
            }
        }
    }

    /// `None` for what stands for nothing.
    fn read_member(
        &mut self,
        block: &Block,
        extensions: &Extensions,
    ) -> Result<Option<Entry>, Problem> {
        let header = Header::from_byte_slice(block);
        let path = member::name(header, extensions);
        self.member = Some(String::from_utf8_lossy(&path).into_owned());
        let Some(Member {
            mut entry,
            stored,
            layout,
        }) = member::build(header, extensions, path)?
        else {
            return Ok(None);
        };
        let blocks = &mut self.blocks;
        blocks.begin_data(stored);
        let segments = match layout {
            Layout::Plain => return Ok(Some(entry)),
            Layout::Mapped(segments) => segments,
            Layout::LeadingMap => holes::read_leading_map(blocks)?,
            Layout::OldGnuMap => holes::read_old_map(blocks, header)?,
        };
        if let Kind::File(data) = &mut entry.kind {
            let data_len = segments
                .iter()
                .try_fold(0u64, |sum, segment| sum.checked_add(segment.len));
            if data_len != Some(blocks.data_left()) {
                return Err(Problem::BadSparseMap);
            }
            *data = FileData {
                size: data.size,
                segments,
            };
        }
        Ok(Some(entry))
    }

    fn read_records(&mut self, header: &Header) -> Result<Records, Problem> {
        let data = self.read_extension(header, "PAX header", PAX_MAX)?;
        pax::parse(&data).map_err(Problem::BadPax)
    }

    fn read_name(&mut self, header: &Header, what: &'static str) -> Result<Vec<u8>, Problem> {
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
    ) -> Result<Vec<u8>, Problem> {
        let size = number::field(&header.as_old().size)
            .and_then(|size| u64::try_from(size).ok())
            .ok_or(Problem::BadNumber("size"))?;
        check_size(what, size, limit)?;
        self.blocks.read_whole(size)
    }

    fn place(&self, problem: Problem) -> ArchiveError {
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
        self.blocks
            .read_data(buffer)
            .map_err(|problem| io::Error::other(self.place(problem)))
    }
}

fn check_size(what: &'static str, size: u64, limit: u64) -> Result<(), Problem> {
    match size > limit {
        true => Err(Problem::TooLarge { what, size, limit }),
        false => Ok(()),
    }
}

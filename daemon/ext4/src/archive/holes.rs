//! Reads the maps of sparse files that are not in the header.

use std::io::Read;

use tar::Header;

use crate::entry::Segment;

use super::blocks::{Block, Blocks};
use super::error::Problem;
use super::sparse::{self, LeadingMap};

/// A map that comes before the data (PAX 1.0), padded to a block.
pub fn read_leading_map<R: Read>(blocks: &mut Blocks<R>) -> Result<Vec<Segment>, Problem> {
    let mut map = LeadingMap::default();
    loop {
        let block = blocks.read_data_block()?.ok_or(Problem::BadSparseMap)?;
        for byte in block {
            match map.push(byte) {
                // The rest of the block is padding.
                Some(true) => return Ok(map.into_segments()),
                Some(false) => {}
                None => return Err(Problem::BadSparseMap),
            }
        }
    }
}

/// An old GNU map: four entries in the header, then 21 in each further block.
pub fn read_old_map<R: Read>(
    blocks: &mut Blocks<R>,
    header: &Header,
) -> Result<Vec<Segment>, Problem> {
    let header = header.as_bytes();
    let mut segments = Vec::new();
    let mut more = take_entries(&mut segments, &header[386..482], header[482])?;
    while more {
        if segments.len() as u64 > sparse::SEGMENTS_MAX {
            return Err(Problem::TooLarge {
                what: "map of holes",
                size: segments.len() as u64,
                limit: sparse::SEGMENTS_MAX,
            });
        }
        let block: Block = blocks.read_block()?;
        more = take_entries(&mut segments, &block[..504], block[504])?;
    }
    Ok(segments)
}

/// Answers whether another block of the map follows.
fn take_entries(
    segments: &mut Vec<Segment>,
    entries: &[u8],
    extended: u8,
) -> Result<bool, Problem> {
    for entry in entries.chunks_exact(24) {
        segments.extend(sparse::old_entry(entry).ok_or(Problem::BadSparseMap)?);
    }
    Ok(extended != 0)
}

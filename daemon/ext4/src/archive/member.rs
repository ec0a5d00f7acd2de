//! From a header and its extensions to an entry.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use tar::Header;

use crate::entry::{Device, Entry, FileData, Kind, Metadata, Segment, Timestamp, Xattr};

use super::error::Problem;
use super::number;
use super::pax::Records;
use super::{acl, sparse};

/// What came before a member's own header.
#[derive(Debug, Default)]
pub struct Extensions {
    /// PAX records, global ones included.
    pub pax: Records,
    /// Whether a PAX header came just before.
    pub has_pax: bool,
    /// GNU's long name.
    pub long_name: Option<Vec<u8>>,
    /// GNU's long link target.
    pub long_link: Option<Vec<u8>>,
}

/// What follows a member's header.
#[derive(Debug, PartialEq, Eq)]
pub enum Layout {
    /// Data as it is.
    Plain,
    /// Data of a sparse file with a known map.
    Mapped(Vec<Segment>),
    /// Data after a map (PAX 1.0).
    LeadingMap,
    /// More blocks of an old GNU map, then data.
    OldGnuMap,
}

/// A member, as far as its headers tell.
#[derive(Debug)]
pub struct Member {
    /// The entry; a regular file's segments may still be missing.
    pub entry: Entry,
    /// Bytes in the archive after the header, without padding.
    pub stored: u64,
    /// How to read them.
    pub layout: Layout,
}

/// The member's name: what the most specific extension says.
pub fn name(header: &Header, extensions: &Extensions) -> Vec<u8> {
    let pax = &extensions.pax;
    pax.get(b"GNU.sparse.name")
        .or_else(|| pax.get(b"path"))
        .map(<[u8]>::to_vec)
        .or_else(|| extensions.long_name.clone())
        .unwrap_or_else(|| header.path_bytes().into_owned())
}

/// Puts everything together. `Ok(None)` for members that stand for nothing (volume labels).
///
/// # Errors
/// What cannot be made sense of.
pub fn build(
    header: &Header,
    extensions: &Extensions,
    path: Vec<u8>,
) -> Result<Option<Member>, Problem> {
    let pax = &extensions.pax;
    let size = numeric(pax, b"size", &header.as_old().size, "size")?;
    let link = || {
        pax.get(b"linkpath")
            .map(<[u8]>::to_vec)
            .or_else(|| extensions.long_link.clone())
            .or_else(|| header.link_name_bytes().map(|name| name.into_owned()))
            .unwrap_or_default()
    };
    let mut layout = Layout::Plain;
    let (kind, stored) = match header.as_old().linkflag[0] {
        // Old archives mark a directory by its name alone.
        b'0' | 0 | b'7' if path.ends_with(b"/") => (Kind::Directory, size),
        b'0' | 0 | b'7' => {
            let real = match sparse::from_pax(pax).ok_or(Problem::BadSparseMap)? {
                sparse::PaxMap::None => size,
                map => {
                    layout = match map {
                        sparse::PaxMap::Inline(segments) => Layout::Mapped(segments),
                        _ => Layout::LeadingMap,
                    };
                    sparse::real_size(pax)
                        .and_then(number::decimal)
                        .ok_or(Problem::BadSparseMap)?
                }
            };
            (Kind::File(FileData::dense(real)), size)
        }
        b'S' => {
            layout = Layout::OldGnuMap;
            let gnu = header.as_gnu().ok_or(Problem::BadSparseMap)?;
            let real = number::field(&gnu.realsize).and_then(|real| u64::try_from(real).ok());
            let real = real.ok_or(Problem::BadNumber("real size"))?;
            (Kind::File(FileData::dense(real)), size)
        }
        // A PAX archive may store a hard link's data again; others have a size and no data.
        b'1' => {
            let stored = if extensions.has_pax { size } else { 0 };
            (Kind::HardLink { target: link() }, stored)
        }
        b'2' => (Kind::Symlink { target: link() }, 0),
        b'3' => (Kind::CharDevice(device(header)?), 0),
        b'4' => (Kind::BlockDevice(device(header)?), 0),
        b'5' => (Kind::Directory, 0),
        b'6' => (Kind::Fifo, 0),
        // GNU's incremental archives list a directory's names as its data.
        b'D' => (Kind::Directory, size),
        b'V' => return Ok(None),
        other => return Err(Problem::UnsupportedType(char::from(other))),
    };
    let entry = Entry {
        path,
        kind,
        metadata: metadata(header, pax)?,
        xattrs: xattrs(pax)?,
    };
    Ok(Some(Member {
        entry,
        stored,
        layout,
    }))
}

fn numeric(pax: &Records, key: &[u8], field: &[u8], what: &'static str) -> Result<u64, Problem> {
    match pax.get(key) {
        Some(text) => number::decimal(text),
        None => number::field(field).and_then(|value| u64::try_from(value).ok()),
    }
    // No file is longer, and sums stay within 64 bits.
    .filter(|&value| value <= i64::MAX as u64)
    .ok_or(Problem::BadNumber(what))
}

fn metadata(header: &Header, pax: &Records) -> Result<Metadata, Problem> {
    let old = header.as_old();
    let owner = |key: &[u8], field: &[u8], what| {
        u32::try_from(numeric(pax, key, field, what)?).map_err(|_| Problem::BadNumber(what))
    };
    let mode = number::field(&old.mode).ok_or(Problem::BadNumber("mode"))?;
    let mtime = match pax.get(b"mtime") {
        Some(text) => number::time(text),
        None => number::field(&old.mtime).map(|seconds| Timestamp {
            seconds,
            nanoseconds: 0,
        }),
    };
    Ok(Metadata {
        mode: (mode & 0o7777) as u16,
        uid: owner(b"uid", &old.uid, "uid")?,
        gid: owner(b"gid", &old.gid, "gid")?,
        mtime: mtime.ok_or(Problem::BadNumber("mtime"))?,
    })
}

fn device(header: &Header) -> Result<Device, Problem> {
    // Both ustar and GNU headers have these fields at the same place.
    let bytes = header.as_bytes();
    let number = |field: &[u8], what| {
        number::field(field)
            .and_then(|value| u32::try_from(value).ok())
            .ok_or(Problem::BadNumber(what))
    };
    Ok(Device {
        major: number(&bytes[329..337], "device major")?,
        minor: number(&bytes[337..345], "device minor")?,
    })
}

/// libarchive writes no padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn xattrs(pax: &Records) -> Result<Vec<Xattr>, Problem> {
    let mut xattrs: Vec<Xattr> = pax
        .with_prefix(b"SCHILY.xattr.")
        .into_iter()
        .map(|(name, value)| Xattr {
            name: name.to_vec(),
            value: value.to_vec(),
        })
        .collect();
    // bsdtar has all of them in both forms; banger's own archives a value with a line's end
    // only in this one. The few names that it escapes, as URLs do, are there in the other.
    for (name, value) in pax.with_prefix(b"LIBARCHIVE.xattr.") {
        if name.contains(&b'%') || xattrs.iter().any(|xattr| xattr.name == name) {
            continue;
        }
        let value = BASE64
            .decode(value)
            .map_err(|_| Problem::BadPax("an attribute is not in base64"))?;
        let name = name.to_vec();
        xattrs.push(Xattr { name, value });
    }
    for (key, name) in [
        (
            b"SCHILY.acl.access".as_slice(),
            b"system.posix_acl_access".as_slice(),
        ),
        (b"SCHILY.acl.default", b"system.posix_acl_default"),
    ] {
        // The binary form, where it is there too, needs no user database.
        if xattrs.iter().any(|xattr| xattr.name == name) {
            continue;
        }
        let Some(text) = pax.get(key) else { continue };
        if let Some(value) = acl::parse(text).map_err(Problem::BadAcl)? {
            xattrs.push(Xattr {
                name: name.to_vec(),
                value,
            });
        }
    }
    Ok(xattrs)
}

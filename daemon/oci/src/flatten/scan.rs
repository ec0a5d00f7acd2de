//! Reads a layer once: its names, and the digest of its archive.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use banger_ext4::archive::{Archive, ArchiveError, Problem};
use banger_ext4::decompress::DecompressError;
use banger_ext4::entry::{Entry, Kind};

use super::Progress;
use super::error::{IndexError, MemberProblem};
use super::index::{Builder, LayerIndex};
use super::limits::{Limits, PATH_MAX};
use super::name::{self, Name};
use super::record::{Record, RecordKind};
use super::stream::{Stream, StreamError};

/// Unpacked bytes between two reports.
pub(super) const PROGRESS_STEP: u64 = 4 << 20;

/// What reading a layer has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// Its names.
    pub index: LayerIndex,
    /// `sha256:` and the hexadecimal SHA-256 of the unpacked archive, as the image's
    /// configuration lists it in `rootfs.diff_ids` (image-spec, config.md). The caller
    /// compares.
    pub diff_id: String,
    /// Bytes of the layer as it is packed.
    pub packed_bytes: u64,
    /// Bytes of its archive.
    pub unpacked_bytes: u64,
}

/// Reads the layer in `reader` to its end: a tar, plain or packed with gzip, zstd or xz.
/// `progress` is called every few MiB (with layer 0), `cancel` is looked at as often.
///
/// Nothing is written. The archive's structure and every name are checked here, so that
/// [`super::write()`] meets no surprise.
///
/// # Errors
/// See [`IndexError`]; an error about a member names it and its place.
pub fn index_layer(
    reader: impl Read,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Indexed, IndexError> {
    scan(reader, limits, progress, cancel).map_err(|error| told(error, cancel))
}

fn scan(
    reader: impl Read,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Indexed, IndexError> {
    let stream = Stream::open(reader, limits, cancel, true).map_err(IndexError::Decompress)?;
    let packed = stream.packed();
    let mut archive = Archive::new(stream).without_end_mark();
    let mut builder = Builder::default();
    let mut reported = 0;
    while let Some(entry) = archive.next_entry().map_err(archive_error)? {
        take(&mut builder, &entry, limits).map_err(|problem| match problem {
            Refusal::Limit(error) => error,
            Refusal::Member(problem) => IndexError::Member {
                member: String::from_utf8_lossy(&entry.path).into_owned(),
                offset: archive.position().1,
                problem,
            },
        })?;
        if archive.offset() - reported >= PROGRESS_STEP {
            reported = archive.offset();
            progress(Progress {
                layer: 0,
                packed_bytes: packed.get(),
                unpacked_bytes: reported,
                entries: builder.entries(),
            });
        }
    }
    let stream = archive.into_inner();
    let unpacked_bytes = stream.unpacked();
    let digest = stream.digest().unwrap_or_default();
    let index = builder.finish();
    progress(Progress {
        layer: 0,
        packed_bytes: packed.get(),
        unpacked_bytes,
        entries: index.entries(),
    });
    Ok(Indexed {
        index,
        diff_id: format!("sha256:{}", hex(&digest)),
        packed_bytes: packed.get(),
        unpacked_bytes,
    })
}

/// Why an entry does not go into an index.
enum Refusal {
    Member(MemberProblem),
    Limit(IndexError),
}

impl From<MemberProblem> for Refusal {
    fn from(problem: MemberProblem) -> Self {
        Self::Member(problem)
    }
}

fn take(builder: &mut Builder, entry: &Entry, limits: &Limits) -> Result<(), Refusal> {
    let name = name::read(&entry.path).map_err(MemberProblem::Name)?;
    let target;
    let (mut blocks, mut link) = (0, [].as_slice());
    let (kind, path) = match name {
        Name::Ignored => (RecordKind::Ignored, Vec::new()),
        Name::Whiteout(path) => (RecordKind::Whiteout, path),
        Name::Opaque(path) => (RecordKind::Opaque, path),
        Name::Member(path) => {
            let kind = match &entry.kind {
                Kind::Directory => RecordKind::Directory,
                _ if path.is_empty() => return Err(MemberProblem::ReplacesRoot.into()),
                Kind::File(data) => {
                    if data.size > limits.file_bytes {
                        return Err(MemberProblem::FileTooLarge {
                            size: data.size,
                            limit: limits.file_bytes,
                        }
                        .into());
                    }
                    blocks = data.blocks().ok_or(MemberProblem::SparseMap)?;
                    RecordKind::File
                }
                Kind::Symlink { target } => {
                    if !(1..=PATH_MAX).contains(&target.len()) {
                        return Err(MemberProblem::TargetLength(target.len()).into());
                    }
                    link = target;
                    RecordKind::Symlink
                }
                Kind::HardLink { target: raw } => {
                    target = name::read_target(raw).map_err(MemberProblem::Target)?;
                    link = &target;
                    RecordKind::HardLink
                }
                Kind::CharDevice(_) | Kind::BlockDevice(_) | Kind::Fifo | Kind::Socket => {
                    RecordKind::Special
                }
            };
            (kind, path)
        }
    };
    let record = Record {
        kind,
        path: &path,
        target: link,
        blocks,
    };
    builder.push(record, limits).map_err(Refusal::Limit)
}

/// Tells the limits' and the caller's own errors from those of the archive.
pub(super) fn archive_error(error: ArchiveError) -> IndexError {
    let Problem::Io(source) = &error.problem else {
        return IndexError::Archive(error);
    };
    match stream_error(source) {
        Some(error) => IndexError::Stream(error),
        None => IndexError::Archive(error),
    }
}

fn stream_error(error: &io::Error) -> Option<StreamError> {
    error.get_ref()?.downcast_ref::<StreamError>().cloned()
}

/// Whatever the wish to stop looked like by the time it got here.
pub(super) fn told(error: IndexError, cancel: &AtomicBool) -> IndexError {
    if let IndexError::Decompress(DecompressError::Io(source)) = &error
        && let Some(error) = stream_error(source)
    {
        return told(IndexError::Stream(error), cancel);
    }
    match cancel.load(Ordering::Relaxed) {
        true => IndexError::Cancelled,
        false => error,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

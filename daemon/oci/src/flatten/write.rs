//! Streams the layers once more, and writes what is left of them into one ext4.

mod lane;

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use banger_ext4::archive::{Archive, ArchiveError};
use banger_ext4::entry::{Entry, Kind, Metadata, Timestamp};
use banger_ext4::{ImageWriter, Options, Summary, WriteError, format};

use super::Progress;
use super::error::FlattenError;
use super::limits::Limits;
use super::plan::{Placement, Plan};
use super::scan::archive_error;
use super::tree::{NodeKind, ROOT};
use super::users::{self, PASSWD_MAX, User};
use lane::Lane;

/// Layers that are unpacked at once. How many decides the order in which files are written,
/// so it is the same on every machine.
const LANES: usize = 4;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The image's figures. `replaced` counts directories whose own member came after what is
    /// in them, `entries` names.
    pub summary: Summary,
    /// The users of the image: those of its `/etc/passwd`, as far as that is a file of at most
    /// 1 MiB.
    pub users: Vec<User>,
}

/// Writes what `plan` says into a new image at `destination`, which must not exist and will
/// have mode 0600. Whatever goes wrong, nothing is left there. The image is durable when this
/// returns.
///
/// `open` gives the bytes of a layer, as they were when it was indexed, counted from the
/// bottom; it is called at most once for each, in order, and not for layers that
/// [`Plan::needs_layer`] rules out. Their content is not hashed again: whoever gives other
/// bytes than were indexed gets an error or an image of those bytes, but never a file that is
/// not in the image. `options` are [`Plan::options`] with what the caller wants changed.
/// `limits` are those that the layers were indexed with.
///
/// # Errors
/// See [`FlattenError`].
pub fn write<R: Read + Send>(
    plan: &Plan,
    mut open: impl FnMut(usize) -> io::Result<R>,
    destination: &Path,
    options: &Options,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
    cancel: &AtomicBool,
) -> Result<Written, FlattenError> {
    let result = (|| {
        let partial = format::create_root(destination, options)?;
        let mut output = Output {
            plan,
            writer: ImageWriter::open(destination, options, cancel)?,
            users: Vec::new(),
        };
        output.imply_directories(options)?;
        output.layers(&mut open, limits, progress, cancel)?;
        let summary = output.writer.finish()?;
        partial.keep();
        Ok(Written {
            summary,
            users: output.users,
        })
    })();
    // Whatever the wish to stop looked like by the time it got here.
    match cancel.load(Ordering::Relaxed) {
        true if result.is_err() => Err(FlattenError::Cancelled),
        _ => result,
    }
}

struct Output<'a> {
    plan: &'a Plan,
    writer: ImageWriter<'a>,
    users: Vec<User>,
}

impl Output<'_> {
    /// Directories that no member names need not have anything in them any more.
    fn imply_directories(&mut self, options: &Options) -> Result<(), FlattenError> {
        for &node in self.plan.implied.iter().filter(|&&node| node != ROOT) {
            let entry = Entry {
                path: self.plan.tree.path(node),
                kind: Kind::Directory,
                metadata: Metadata {
                    mode: 0o755,
                    uid: 0,
                    gid: 0,
                    mtime: Timestamp {
                        seconds: i64::from(options.timestamp),
                        nanoseconds: 0,
                    },
                },
                xattrs: Vec::new(),
            };
            self.writer.add(&entry, &mut io::empty())?;
        }
        Ok(())
    }

    /// Reads several layers side by side, member by member, always of the one that has come
    /// least far.
    fn layers<R: Read + Send>(
        &mut self,
        open: &mut impl FnMut(usize) -> io::Result<R>,
        limits: &Limits,
        progress: &mut dyn FnMut(Progress),
        cancel: &AtomicBool,
    ) -> Result<(), FlattenError> {
        let plan = self.plan;
        let mut waiting = (0..plan.layers.len()).filter(|&layer| plan.needs_layer(layer));
        std::thread::scope(|scope| {
            // In here, so that an error ends the threads before the scope waits for them.
            let mut lanes: Vec<Lane<'_>> = Vec::new();
            loop {
                let clock = lanes.iter().map(Lane::clock).min().unwrap_or(0);
                let missing = LANES - lanes.len();
                for layer in waiting.by_ref().take(missing) {
                    let reader =
                        open(layer).map_err(|source| FlattenError::Open { layer, source })?;
                    let wanted = plan.layers[layer].as_slice();
                    let source = (layer, reader);
                    lanes.push(Lane::open(scope, source, wanted, clock, limits, cancel)?);
                }
                let behind = (0..lanes.len()).min_by_key(|&at| lanes[at].clock());
                let Some(at) = behind else {
                    return Ok(());
                };
                let lane = &mut lanes[at];
                self.step(lane, cancel)?;
                lane.report().into_iter().for_each(&mut *progress);
                if lane.is_done() {
                    lanes.remove(at);
                }
            }
        })
    }

    fn step(&mut self, lane: &mut Lane<'_>, cancel: &AtomicBool) -> Result<(), FlattenError> {
        let (entry, names) = lane.next(cancel)?;
        let Some(first) = names.first() else {
            return Ok(());
        };
        let passwd = self.plan.passwd == Some((lane.layer, first.ordinal));
        self.member(lane.layer, entry, names, passwd, &mut lane.archive)
    }

    fn member<R: Read>(
        &mut self,
        layer: usize,
        mut entry: Entry,
        names: &[Placement],
        passwd: bool,
        archive: &mut Archive<R>,
    ) -> Result<(), FlattenError> {
        let Some((first, links)) = names.split_first() else {
            return Ok(());
        };
        let tree = &self.plan.tree;
        if kind_of(&entry) != Some(tree.node(first.node).kind) {
            return Err(FlattenError::Changed { layer });
        }
        if matches!(entry.kind, Kind::Symlink { .. }) {
            // Linux knows no other permissions of a symbolic link (symlink(7)).
            entry.metadata.mode = 0o777;
        }
        let member = std::mem::replace(&mut entry.path, tree.path(first.node));
        let result = match &entry.kind {
            Kind::File(data) if passwd && data.size <= PASSWD_MAX => {
                self.passwd(&entry, data.data_len(), archive)
            }
            _ => self.writer.add(&entry, archive),
        };
        result
            .and_then(|()| {
                links.iter().try_for_each(|link| {
                    let link = Entry {
                        path: tree.path(link.node),
                        kind: Kind::HardLink {
                            target: entry.path.clone(),
                        },
                        metadata: Metadata::default(),
                        xattrs: Vec::new(),
                    };
                    self.writer.add(&link, &mut io::empty())
                })
            })
            .map_err(|error| place(error, layer, &member, archive.position().1))
    }

    /// Has a look at what it writes.
    fn passwd<R: Read>(
        &mut self,
        entry: &Entry,
        len: u64,
        archive: &mut Archive<R>,
    ) -> Result<(), WriteError> {
        let mut data = Vec::new();
        archive
            .take(len)
            .read_to_end(&mut data)
            .map_err(WriteError::Data)?;
        self.users = users::parse(&data);
        self.writer.add(entry, &mut data.as_slice())
    }
}

/// What the tree calls it; `None` for a hard link, which no plan wants.
fn kind_of(entry: &Entry) -> Option<NodeKind> {
    Some(match entry.kind {
        Kind::Directory => NodeKind::Directory,
        Kind::File(_) => NodeKind::File,
        Kind::Symlink { .. } => NodeKind::Symlink,
        Kind::CharDevice(_) | Kind::BlockDevice(_) | Kind::Fifo | Kind::Socket => NodeKind::Special,
        Kind::HardLink { .. } => return None,
    })
}

/// Says which member an error is about, unless the archive itself has said so.
fn place(error: WriteError, layer: usize, member: &[u8], offset: u64) -> FlattenError {
    let member_error = |source| FlattenError::Member {
        layer,
        member: String::from_utf8_lossy(member).into_owned(),
        offset,
        source,
    };
    match error {
        WriteError::Data(source) => match source.downcast::<ArchiveError>() {
            Ok(error) => FlattenError::Layer {
                layer,
                source: archive_error(error),
            },
            Err(source) => member_error(WriteError::Data(source)),
        },
        error => member_error(error),
    }
}

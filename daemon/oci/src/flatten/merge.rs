//! Applies the members of all layers to one tree of names, bottom first.
//!
//! The rules, each as umoci applies it (image-spec's layer.md, "Applying Changesets"):
//!
//! - A directory over a directory changes its attributes and keeps what is in it. Anything
//!   else replaces what had the name, a whole tree if need be.
//! - The directories that lead to a member are followed through symbolic links inside the
//!   image, those of lower layers too; they are made where they are missing. The last
//!   component of a name is never followed.
//! - A hard link is one more name of what its target is at that moment, in whatever layer that
//!   came. Replacing or removing one of the names leaves the others.
//! - Whiteouts and opaque marks act on lower layers only, wherever in their layer they stand.
//!
//! Where we differ: umoci takes `..` in members' names as `/..` in a shell would; here they
//! are refused (when the layer is indexed), as are whiteouts that name no file, which make
//! umoci remove the directory they are in. A whiteout below something that is no directory
//! has nothing to take away, and a link of a name to itself changes nothing; umoci fails.

use super::error::{MergeError, MergeProblem};
use super::index::LayerIndex;
use super::limits::{LAYERS_MAX, Limits};
use super::plan::{Plan, Source};
use super::record::{Record, RecordKind};
use super::resolve::{Place, split_last};
use super::tree::{NONE, NodeId, NodeKind, ROOT, SourceId, Tree};

/// Merges the layers of an image, bottom first.
///
/// Pure: the same indexes give the same plan, and nothing but memory is used.
///
/// # Errors
/// See [`MergeProblem`]; the error names the layer and the member.
pub fn merge(layers: &[LayerIndex], limits: &Limits) -> Result<Plan, MergeError> {
    if layers.len() > LAYERS_MAX {
        return Err(MergeError {
            layer: LAYERS_MAX,
            member: None,
            problem: MergeProblem::TooManyLayers(layers.len()),
        });
    }
    let mut merger = Merger {
        layers,
        limits,
        tree: Tree::new(),
        sources: Vec::new(),
        mark: 0,
        steps: 0,
    };
    for (layer, index) in layers.iter().enumerate() {
        // At most LAYERS_MAX.
        merger.mark = layer as u16 + 1;
        let mut records = index.records();
        let mut ordinal = 0;
        while let Some((record, target_at)) = records.next() {
            merger
                .apply(record, ordinal, target_at)
                .map_err(|problem| MergeError {
                    layer,
                    member: Some(String::from_utf8_lossy(record.path).into_owned()),
                    problem,
                })?;
            ordinal += 1;
        }
    }
    let passwd = merger.passwd();
    Ok(Plan::new(merger.tree, &merger.sources, layers, passwd))
}

/// The state of a merge.
pub(super) struct Merger<'a> {
    layers: &'a [LayerIndex],
    limits: &'a Limits,
    pub(super) tree: Tree,
    sources: Vec<Source>,
    /// The current layer, counted from 1.
    pub(super) mark: u16,
    steps: u64,
}

impl Merger<'_> {
    fn apply(
        &mut self,
        record: Record<'_>,
        ordinal: u32,
        target_at: u32,
    ) -> Result<(), MergeProblem> {
        let kind = match record.kind {
            RecordKind::Ignored => return Ok(()),
            RecordKind::Whiteout => return self.whiteout(record.path),
            RecordKind::Opaque => return self.opaque(record.path),
            RecordKind::HardLink => return self.hard_link(record.path, record.target),
            RecordKind::Directory => NodeKind::Directory,
            RecordKind::Symlink => NodeKind::Symlink,
            RecordKind::File => NodeKind::File,
            RecordKind::Special => NodeKind::Special,
        };
        let source = self.source(Source {
            layer: self.mark - 1,
            ordinal,
            target_at,
            // ext4 counts a file's blocks in 32 bits, which was checked.
            blocks: record.blocks.min(u64::from(u32::MAX)) as u32,
        })?;
        if record.path.is_empty() {
            // Nothing but a directory gets here.
            self.tree.set_source(ROOT, source);
            self.tree.touch(ROOT, self.mark);
            return Ok(());
        }
        let (directory, name) = split_last(record.path);
        let parent = self.make_directory(directory)?;
        match self.tree.child(parent, name) {
            Some(id) if kind == NodeKind::Directory && self.tree.is_directory(id) => {
                self.tree.set_source(id, source);
                self.tree.touch(id, self.mark);
                Ok(())
            }
            existing => {
                if let Some(id) = existing {
                    self.remove(id)?;
                }
                self.insert(parent, name, kind, source)?;
                Ok(())
            }
        }
    }

    fn hard_link(&mut self, path: &[u8], target: &[u8]) -> Result<(), MergeProblem> {
        let (directory, name) = split_last(path);
        let parent = self.make_directory(directory)?;
        let existing = self.tree.child(parent, name);
        if let Some(id) = existing {
            if self.find(target)? == Some(id) && !self.tree.is_directory(id) {
                self.tree.touch(id, self.mark);
                return Ok(());
            }
            // The target may go with it, or lie behind it.
            self.remove(id)?;
        }
        let lossy = || String::from_utf8_lossy(target).into_owned();
        let id = self
            .find(target)?
            .ok_or_else(|| MergeProblem::LinkTargetMissing(lossy()))?;
        let node = *self.tree.node(id);
        if node.kind == NodeKind::Directory {
            return Err(MergeProblem::LinkToDirectory(lossy()));
        }
        self.insert(parent, name, node.kind, node.source)?;
        Ok(())
    }

    /// What has a name; its last component is not followed.
    fn find(&mut self, path: &[u8]) -> Result<Option<NodeId>, MergeProblem> {
        if path.is_empty() {
            return Ok(Some(ROOT));
        }
        let (directory, name) = split_last(path);
        let Place { node, missing } = self.locate(directory)?;
        Ok(match missing.is_empty() {
            true => self.tree.child(node, name),
            false => None,
        })
    }

    /// The directory that `path` leads to, made where it is missing.
    fn make_directory(&mut self, path: &[u8]) -> Result<NodeId, MergeProblem> {
        let Place { mut node, missing } = self.locate(path)?;
        if !self.tree.is_directory(node) {
            let name = String::from_utf8_lossy(self.tree.name(node)).into_owned();
            return Err(MergeProblem::NotADirectory(name));
        }
        for name in missing {
            node = self.insert(node, &name, NodeKind::Directory, NONE)?;
        }
        Ok(node)
    }

    fn insert(
        &mut self,
        parent: NodeId,
        name: &[u8],
        kind: NodeKind,
        source: SourceId,
    ) -> Result<NodeId, MergeProblem> {
        if self.tree.len() > self.limits.entries {
            return Err(MergeProblem::TooManyEntries(self.limits.entries));
        }
        if self.tree.name_bytes() + name.len() as u64 > self.limits.name_bytes {
            return Err(MergeProblem::NamesTooLong(self.limits.name_bytes));
        }
        let id = self
            .tree
            .insert(parent, name, kind, source)
            .ok_or(MergeProblem::NameTooLong(name.len()))?;
        self.tree.touch(id, self.mark);
        Ok(id)
    }

    fn remove(&mut self, id: NodeId) -> Result<(), MergeProblem> {
        let count = self.tree.remove(id);
        self.step(count)
    }

    fn source(&mut self, source: Source) -> Result<SourceId, MergeProblem> {
        let id = self.sources.len() as u64;
        if id >= self.limits.entries.min(u64::from(NONE)) {
            return Err(MergeProblem::TooManyEntries(self.limits.entries));
        }
        self.sources.push(source);
        Ok(id as SourceId)
    }

    /// Counts work, so that hostile names cannot make it endless.
    pub(super) fn step(&mut self, count: u64) -> Result<(), MergeProblem> {
        self.steps = self.steps.saturating_add(count);
        match self.steps > self.limits.steps {
            true => Err(MergeProblem::TooManySteps),
            false => Ok(()),
        }
    }

    /// The target of a symbolic link of the tree.
    pub(super) fn symlink_target(&self, id: NodeId) -> Vec<u8> {
        let source = self.sources.get(self.tree.node(id).source as usize);
        source
            .map(|source| self.layers[usize::from(source.layer)].target(source.target_at))
            .unwrap_or_default()
            .to_vec()
    }

    /// The file that `/etc/passwd` is in the end.
    fn passwd(&mut self) -> Option<SourceId> {
        let Place { node, missing } = self.locate(b"etc/passwd").ok()?;
        let node = self.tree.node(node);
        (missing.is_empty() && node.kind == NodeKind::File).then_some(node.source)
    }
}

#[cfg(test)]
mod tests;

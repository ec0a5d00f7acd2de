//! What a layer takes away from those below it.
//!
//! image-spec, layer.md: "Whiteout files MUST only apply to resources in lower/parent layers.
//! Files that are present in the same layer as a whiteout file can only be hidden by whiteout
//! files in subsequent layers." So the order in which a layer lists its members does not
//! matter: what it has touched before stays, with the directories that lead there.

use super::error::MergeProblem;
use super::merge::Merger;
use super::resolve::split_last;
use super::tree::NodeId;

impl Merger<'_> {
    /// Takes `path` away. It need not exist.
    pub(super) fn whiteout(&mut self, path: &[u8]) -> Result<(), MergeProblem> {
        let (directory, name) = split_last(path);
        let place = self.locate(directory)?;
        if place.missing.is_empty()
            && let Some(id) = self.tree.child(place.node, name)
        {
            self.take_away(id)?;
        }
        Ok(())
    }

    /// Takes everything in the directory `path` away. It need not exist.
    pub(super) fn opaque(&mut self, path: &[u8]) -> Result<(), MergeProblem> {
        let place = self.locate(path)?;
        if place.missing.is_empty() {
            self.take_children_away(place.node)?;
        }
        Ok(())
    }

    fn take_away(&mut self, id: NodeId) -> Result<(), MergeProblem> {
        if self.tree.node(id).touched == self.mark {
            return self.take_children_away(id);
        }
        let count = self.tree.remove(id);
        self.step(count)
    }

    /// Goes down only where this layer has touched something.
    fn take_children_away(&mut self, directory: NodeId) -> Result<(), MergeProblem> {
        let mut pending = vec![directory];
        while let Some(directory) = pending.pop() {
            let children: Vec<NodeId> = self.tree.children(directory).collect();
            self.step(children.len() as u64)?;
            for id in children {
                if self.tree.node(id).touched == self.mark {
                    pending.push(id);
                } else {
                    let count = self.tree.remove(id);
                    self.step(count)?;
                }
            }
        }
        Ok(())
    }
}

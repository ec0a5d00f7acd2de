//! The merged names: who is whose child, which member is behind a name, and which layer has
//! touched it last.
//!
//! About 50 bytes a name. Names are looked up by (parent, name) in one hash table; children
//! are a doubly linked list, so that taking one away costs the same whatever its directory.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// A name's place in the tree. The root is [`ROOT`].
pub type NodeId = u32;
/// A member's place in the list of sources.
pub type SourceId = u32;
/// The root directory.
pub const ROOT: NodeId = 0;
/// No node, or no source: a directory that no member names.
pub const NONE: u32 = u32::MAX;

/// What is behind a name, as far as a merge has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A regular file.
    File,
    /// A device, a pipe or a socket.
    Special,
}

/// A name.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// What is behind it.
    pub kind: NodeKind,
    /// Which member; [`NONE`] for a directory that is only implied.
    pub source: SourceId,
    /// The layer that has touched it, or something below it, last; counted from 1.
    pub touched: u16,
    removed: bool,
    name_len: u8,
    name_offset: u32,
    parent: NodeId,
    first_child: NodeId,
    next: NodeId,
    previous: NodeId,
}

/// All names.
pub struct Tree {
    nodes: Vec<Node>,
    names: Vec<u8>,
    index: HashTable<NodeId>,
    hasher: RandomState,
}

impl Tree {
    /// A tree with a root directory that no member names.
    pub fn new() -> Self {
        let root = Node {
            kind: NodeKind::Directory,
            source: NONE,
            touched: 0,
            removed: false,
            name_len: 0,
            name_offset: 0,
            parent: ROOT,
            first_child: NONE,
            next: NONE,
            previous: NONE,
        };
        Self {
            nodes: vec![root],
            names: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
        }
    }

    /// Names that were ever there.
    pub fn len(&self) -> u64 {
        self.nodes.len() as u64
    }

    /// Bytes of all names that were ever there.
    pub fn name_bytes(&self) -> u64 {
        self.names.len() as u64
    }

    /// What is known of a name.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// Says which member is behind a name now.
    pub fn set_source(&mut self, id: NodeId, source: SourceId) {
        self.nodes[id as usize].source = source;
    }

    /// Marks a name and all directories above it.
    pub fn touch(&mut self, mut id: NodeId, layer: u16) {
        // What is above a marked name is marked already.
        while self.nodes[id as usize].touched != layer {
            self.nodes[id as usize].touched = layer;
            id = self.nodes[id as usize].parent;
        }
    }

    /// The directory that a name is in; the root's is the root.
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.node(id).parent
    }

    /// Whether it is a directory.
    pub fn is_directory(&self, id: NodeId) -> bool {
        self.node(id).kind == NodeKind::Directory
    }

    /// Whether it was taken away.
    #[cfg(test)]
    pub fn is_removed(&self, id: NodeId) -> bool {
        self.node(id).removed
    }

    /// The last component of a name.
    pub fn name(&self, id: NodeId) -> &[u8] {
        name_of(&self.nodes, &self.names, id)
    }

    /// The whole path, without a leading slash.
    pub fn path(&self, id: NodeId) -> Vec<u8> {
        let mut way = Vec::new();
        let mut at = id;
        while at != ROOT {
            way.push(self.name(at));
            at = self.parent(at);
        }
        way.reverse();
        way.join(&b'/')
    }

    /// Finds a child by name.
    pub fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        self.index
            .find(self.hasher.hash_one((parent, name)), |&id| {
                self.nodes[id as usize].parent == parent && self.name(id) == name
            })
            .copied()
    }

    /// Adds a child that is not there yet. `None` when the tree can hold no more, which is
    /// beyond any limit that is set for it, or the name is longer than 255 bytes.
    pub fn insert(
        &mut self,
        parent: NodeId,
        name: &[u8],
        kind: NodeKind,
        source: SourceId,
    ) -> Option<NodeId> {
        let id = NodeId::try_from(self.nodes.len())
            .ok()
            .filter(|&id| id != NONE)?;
        let next = self.nodes[parent as usize].first_child;
        self.nodes.push(Node {
            kind,
            source,
            touched: 0,
            removed: false,
            name_len: u8::try_from(name.len()).ok()?,
            name_offset: u32::try_from(self.names.len()).ok()?,
            parent,
            first_child: NONE,
            next,
            previous: NONE,
        });
        self.names.extend_from_slice(name);
        self.nodes[parent as usize].first_child = id;
        if next != NONE {
            self.nodes[next as usize].previous = id;
        }
        let Self {
            nodes,
            names,
            index,
            hasher,
        } = self;
        let hash = hasher.hash_one((parent, name));
        index.insert_unique(hash, id, |&id| {
            hasher.hash_one((nodes[id as usize].parent, name_of(nodes, names, id)))
        });
        Some(id)
    }

    /// Takes a name away, which is not the root, with everything below it. Answers how many
    /// names that were.
    pub fn remove(&mut self, id: NodeId) -> u64 {
        let Node {
            parent,
            next,
            previous,
            ..
        } = *self.node(id);
        match previous {
            NONE => self.nodes[parent as usize].first_child = next,
            previous => self.nodes[previous as usize].next = next,
        }
        if next != NONE {
            self.nodes[next as usize].previous = previous;
        }
        let mut pending = vec![id];
        let mut count = 0;
        while let Some(id) = pending.pop() {
            pending.extend(self.children(id));
            let hash = self.hasher.hash_one((self.parent(id), self.name(id)));
            if let Ok(entry) = self.index.find_entry(hash, |&other| other == id) {
                entry.remove();
            }
            self.nodes[id as usize].removed = true;
            count += 1;
        }
        count
    }

    /// A directory's children, the latest first.
    pub fn children(&self, directory: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut next = self.node(directory).first_child;
        std::iter::from_fn(move || {
            let id = (next != NONE).then_some(next)?;
            next = self.node(id).next;
            Some(id)
        })
    }

    /// All names that are there, each after its directory; the root first.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).zip(&self.nodes).filter(|(_, node)| !node.removed)
    }

    /// Gives back the memory that only changes need; nothing is found by name any more.
    pub fn freeze(&mut self) {
        self.index = HashTable::new();
        self.nodes.shrink_to_fit();
        self.names.shrink_to_fit();
    }
}

fn name_of<'a>(nodes: &[Node], names: &'a [u8], id: NodeId) -> &'a [u8] {
    let node = &nodes[id as usize];
    let start = node.name_offset as usize;
    &names[start..start + usize::from(node.name_len)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tree: &Tree, directory: NodeId) -> Vec<&[u8]> {
        tree.children(directory).map(|id| tree.name(id)).collect()
    }

    #[test]
    fn names_come_and_go() {
        let mut tree = Tree::new();
        let a = tree.insert(ROOT, b"a", NodeKind::Directory, 0).unwrap();
        let b = tree.insert(ROOT, b"b", NodeKind::Directory, 1).unwrap();
        let c = tree.insert(ROOT, b"c", NodeKind::File, 2).unwrap();
        let ba = tree.insert(b, b"a", NodeKind::File, 3).unwrap();
        assert_eq!(tree.path(ba), b"b/a");
        assert_eq!(tree.child(b, b"a"), Some(ba));
        assert_eq!(names(&tree, ROOT), [b"c", b"b", b"a"]);
        assert_eq!(tree.remove(b), 2);
        assert!(tree.is_removed(ba) && !tree.is_removed(a));
        assert_eq!(tree.child(b, b"a"), None);
        assert_eq!(names(&tree, ROOT), [b"c", b"a"]);
        let again = tree.insert(ROOT, b"b", NodeKind::File, 4).unwrap();
        assert_eq!(tree.child(ROOT, b"b"), Some(again));
        assert_eq!(tree.remove(c) + tree.remove(a), 2);
        assert_eq!(names(&tree, ROOT), [b"b"]);
        let left: Vec<_> = tree.iter().map(|(id, _)| id).collect();
        assert_eq!(left, [ROOT, again]);
    }

    #[test]
    fn touching_marks_the_way_up() {
        let mut tree = Tree::new();
        let a = tree.insert(ROOT, b"a", NodeKind::Directory, 0).unwrap();
        let b = tree.insert(a, b"b", NodeKind::File, 1).unwrap();
        let c = tree.insert(a, b"c", NodeKind::File, 2).unwrap();
        tree.touch(b, 7);
        let touched = |id| tree.node(id).touched;
        assert_eq!([ROOT, a, b, c].map(touched), [7, 7, 7, 0]);
    }

    #[test]
    fn many_names_survive_the_tables_growth() {
        let mut tree = Tree::new();
        for number in 0..10_000u32 {
            tree.insert(ROOT, &number.to_le_bytes(), NodeKind::File, number)
                .unwrap();
        }
        for number in 0..10_000u32 {
            let id = tree.child(ROOT, &number.to_le_bytes()).unwrap();
            assert_eq!(tree.node(id).source, number);
        }
    }
}

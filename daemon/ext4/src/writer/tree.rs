//! The names of an image while it is written: who is whose child, and which inode.
//!
//! Only names and numbers are kept, about 50 bytes an entry; directories go to the image
//! when everything is known. Names are looked up by (parent, name) in one hash table.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use crate::path::NAME_MAX;

/// A node's place in the tree. The root is [`ROOT`].
pub type NodeId = u32;
/// The root directory.
pub const ROOT: NodeId = 0;
const NONE: NodeId = NodeId::MAX;

/// The type of a node, as ext4's directory entries number it (kernel: ext4/directory.rst,
/// "file_type").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FileType {
    /// Regular file.
    File = 1,
    /// Directory.
    Directory = 2,
    /// Character device.
    CharDevice = 3,
    /// Block device.
    BlockDevice = 4,
    /// Named pipe.
    Fifo = 5,
    /// Socket.
    Socket = 6,
    /// Symbolic link.
    Symlink = 7,
}

/// What is known of a name.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Its inode number.
    pub ino: u32,
    /// Its type.
    pub file_type: FileType,
    parent: NodeId,
    name_offset: u32,
    name_len: u8,
    removed: bool,
    first_child: NodeId,
    last_child: NodeId,
    next_sibling: NodeId,
}

/// All names.
pub struct Tree {
    nodes: Vec<Node>,
    names: Vec<u8>,
    index: HashTable<NodeId>,
    hasher: RandomState,
}

impl Tree {
    /// A tree with a root directory at inode `ino`.
    pub fn new(ino: u32) -> Self {
        let root = Node {
            ino,
            file_type: FileType::Directory,
            parent: ROOT,
            name_offset: 0,
            name_len: 0,
            removed: false,
            first_child: NONE,
            last_child: NONE,
            next_sibling: NONE,
        };
        Self {
            nodes: vec![root],
            names: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
        }
    }

    /// Bytes of all names so far.
    pub fn name_bytes(&self) -> u64 {
        self.names.len() as u64
    }

    /// What is known of a node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// Changes a name's inode: the name stays where it is.
    pub fn replace(&mut self, id: NodeId, ino: u32, file_type: FileType) {
        let node = &mut self.nodes[id as usize];
        node.ino = ino;
        node.file_type = file_type;
        node.first_child = NONE;
        node.last_child = NONE;
    }

    /// Changes a directory's inode: it keeps its name and its children.
    pub fn renumber(&mut self, id: NodeId, ino: u32) {
        self.nodes[id as usize].ino = ino;
    }

    /// A node's name.
    pub fn name(&self, id: NodeId) -> &[u8] {
        name_of(&self.nodes, &self.names, id)
    }

    /// The directory that a node is in; the root's is the root.
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.node(id).parent
    }

    fn hash(&self, parent: NodeId, name: &[u8]) -> u64 {
        self.hasher.hash_one((parent, name))
    }

    /// Finds a child by name.
    pub fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        self.index
            .find(self.hash(parent, name), |&id| {
                self.nodes[id as usize].parent == parent && self.name(id) == name
            })
            .copied()
    }

    /// Adds a child that is not there yet. `None` when the tree can hold no more, which is
    /// far beyond any limit that the writer sets.
    pub fn insert(
        &mut self,
        parent: NodeId,
        name: &[u8],
        ino: u32,
        file_type: FileType,
    ) -> Option<NodeId> {
        debug_assert!(name.len() <= NAME_MAX);
        let id = NodeId::try_from(self.nodes.len())
            .ok()
            .filter(|&id| id != NONE)?;
        let node = Node {
            ino,
            file_type,
            parent,
            name_offset: u32::try_from(self.names.len()).ok()?,
            name_len: u8::try_from(name.len()).ok()?,
            removed: false,
            first_child: NONE,
            last_child: NONE,
            next_sibling: NONE,
        };
        let hash = self.hash(parent, name);
        self.nodes.push(node);
        self.names.extend_from_slice(name);
        let previous = self.nodes[parent as usize].last_child;
        match previous {
            NONE => self.nodes[parent as usize].first_child = id,
            previous => self.nodes[previous as usize].next_sibling = id,
        }
        self.nodes[parent as usize].last_child = id;
        let Self {
            nodes,
            names,
            index,
            hasher,
        } = self;
        index.insert_unique(hash, id, |&id| {
            hasher.hash_one((nodes[id as usize].parent, name_of(nodes, names, id)))
        });
        Some(id)
    }

    /// Takes all descendants of a directory out and hands each to `removed`.
    pub fn remove_children(&mut self, directory: NodeId, mut removed: impl FnMut(&Node)) {
        let mut pending: Vec<NodeId> = self.children(directory).collect();
        while let Some(id) = pending.pop() {
            pending.extend(self.children(id));
            let hash = self.hash(self.parent(id), self.name(id));
            if let Ok(entry) = self.index.find_entry(hash, |&other| other == id) {
                entry.remove();
            }
            self.nodes[id as usize].removed = true;
            removed(&self.nodes[id as usize]);
        }
        let node = &mut self.nodes[directory as usize];
        node.first_child = NONE;
        node.last_child = NONE;
    }

    /// A directory's children in the order in which they came.
    pub fn children(&self, directory: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut next = self.node(directory).first_child;
        std::iter::from_fn(move || {
            let id = (next != NONE).then_some(next)?;
            next = self.node(id).next_sibling;
            Some(id)
        })
    }

    /// All directories, each after its parent came into being.
    pub fn directories(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0..)
            .zip(&self.nodes)
            .filter(|(_, node)| !node.removed && node.file_type == FileType::Directory)
            .map(|(id, _)| id)
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
    fn children_keep_their_order_and_are_found() {
        let mut tree = Tree::new(2);
        for (name, ino) in [(b"b".as_slice(), 11), (b"a", 12), (b"c", 13)] {
            tree.insert(ROOT, name, ino, FileType::File).unwrap();
        }
        assert_eq!(names(&tree, ROOT), [b"b", b"a", b"c"]);
        assert_eq!(tree.node(tree.child(ROOT, b"a").unwrap()).ino, 12);
        assert!(tree.child(ROOT, b"d").is_none());
    }

    #[test]
    fn the_same_name_in_two_directories_is_two_nodes() {
        let mut tree = Tree::new(2);
        let a = tree.insert(ROOT, b"a", 11, FileType::Directory).unwrap();
        let b = tree.insert(a, b"a", 12, FileType::File).unwrap();
        assert_eq!(tree.child(ROOT, b"a"), Some(a));
        assert_eq!(tree.child(a, b"a"), Some(b));
    }

    #[test]
    fn removing_children_takes_the_whole_subtree() {
        let mut tree = Tree::new(2);
        let a = tree.insert(ROOT, b"a", 11, FileType::Directory).unwrap();
        let b = tree.insert(a, b"b", 12, FileType::Directory).unwrap();
        tree.insert(b, b"c", 13, FileType::File).unwrap();
        tree.insert(ROOT, b"z", 14, FileType::File).unwrap();
        let mut gone = Vec::new();
        tree.remove_children(a, |node| gone.push(node.ino));
        gone.sort_unstable();
        assert_eq!(gone, [12, 13]);
        assert!(tree.child(a, b"b").is_none());
        assert_eq!(names(&tree, ROOT), [b"a", b"z"]);
        assert_eq!(tree.directories().collect::<Vec<_>>(), [ROOT, a]);
        // The name can come again.
        tree.insert(a, b"b", 15, FileType::File).unwrap();
        assert_eq!(tree.node(tree.child(a, b"b").unwrap()).ino, 15);
    }

    #[test]
    fn many_names_survive_the_tables_growth() {
        let mut tree = Tree::new(2);
        for ino in 0..10_000u32 {
            tree.insert(ROOT, &ino.to_le_bytes(), ino, FileType::File)
                .unwrap();
        }
        for ino in 0..10_000u32 {
            let id = tree.child(ROOT, &ino.to_le_bytes()).unwrap();
            assert_eq!(tree.node(id).ino, ino);
        }
    }
}

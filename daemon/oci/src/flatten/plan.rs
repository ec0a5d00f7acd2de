//! What of each layer goes where, and how much that is.

use banger_ext4::Options;

use super::index::LayerIndex;
use super::tree::{NodeId, NodeKind, SourceId, Tree};

/// A member that is or was behind a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    /// Its layer, 0 for the bottom.
    pub layer: u16,
    /// Its place among the layer's members.
    pub ordinal: u32,
    /// Where the layer's index has its link target.
    pub target_at: u32,
    /// Blocks of 4 KiB of its data.
    pub blocks: u32,
}

/// A name of a member that is in the result. A member's first one gets the data, the others
/// become hard links to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Placement {
    /// The member's place in its layer.
    pub ordinal: u32,
    /// The name.
    pub node: NodeId,
}

/// How much an image holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Content {
    /// Regular files, each counted once however many names it has.
    pub files: u64,
    /// Directories, the root included.
    pub directories: u64,
    /// Symbolic links, devices, pipes.
    pub others: u64,
    /// Names, the root not included.
    pub names: u64,
    /// Bytes of file data in whole blocks of 4 KiB, holes not included.
    pub data_bytes: u64,
}

/// What [`super::write()`] is to do.
pub struct Plan {
    pub(super) tree: Tree,
    /// For each layer, by ordinal, then by node.
    pub(super) layers: Vec<Vec<Placement>>,
    /// Directories that no member names.
    pub(super) implied: Vec<NodeId>,
    /// Layer and ordinal of the file that is `/etc/passwd`.
    pub(super) passwd: Option<(usize, u32)>,
    content: Content,
    table_bytes: u64,
}

impl Plan {
    /// Collects what is left in the tree.
    pub(super) fn new(
        mut tree: Tree,
        sources: &[Source],
        layers: &[LayerIndex],
        passwd: Option<SourceId>,
    ) -> Self {
        tree.freeze();
        let mut placements: Vec<Vec<Placement>> = layers.iter().map(|_| Vec::new()).collect();
        let mut implied = Vec::new();
        for (node, known) in tree.iter() {
            match sources.get(known.source as usize) {
                Some(source) => placements[usize::from(source.layer)].push(Placement {
                    ordinal: source.ordinal,
                    node,
                }),
                None => implied.push(node),
            }
        }
        for placements in &mut placements {
            placements.sort_unstable();
            placements.shrink_to_fit();
        }
        let mut plan = Self {
            tree,
            layers: placements,
            implied,
            passwd: passwd
                .and_then(|id| sources.get(id as usize))
                .map(|source| (usize::from(source.layer), source.ordinal)),
            content: Content::default(),
            table_bytes: 0,
        };
        plan.count(sources, layers);
        plan
    }

    fn count(&mut self, sources: &[Source], layers: &[LayerIndex]) {
        const BLOCK: u64 = 4096;
        let content = &mut self.content;
        content.directories = self.implied.len() as u64;
        self.table_bytes = content.directories * BLOCK;
        for placements in &self.layers {
            content.names += placements.len() as u64;
            for (index, placement) in placements.iter().enumerate() {
                let node = self.tree.node(placement.node);
                // The record of a name: 8 bytes, the name, up to 3 of padding.
                self.table_bytes += 11 + self.tree.name(placement.node).len() as u64;
                if index > 0 && placements[index - 1].ordinal == placement.ordinal {
                    continue;
                }
                let Some(source) = sources.get(node.source as usize) else {
                    continue;
                };
                match node.kind {
                    NodeKind::File => {
                        content.files += 1;
                        content.data_bytes += u64::from(source.blocks) * BLOCK;
                    }
                    NodeKind::Directory => {
                        content.directories += 1;
                        self.table_bytes += BLOCK;
                    }
                    NodeKind::Symlink => {
                        content.others += 1;
                        let layer = &layers[usize::from(source.layer)];
                        if layer.target(source.target_at).len() >= 60 {
                            self.table_bytes += BLOCK;
                        }
                    }
                    NodeKind::Special => content.others += 1,
                }
            }
        }
        content.names = (content.names + self.implied.len() as u64).saturating_sub(1);
    }

    /// How much the image will hold.
    pub fn content(&self) -> Content {
        self.content
    }

    /// Options for a file system that all of it fits into, with a quarter to spare. A larger
    /// capacity costs nothing: the image is sparse.
    pub fn options(&self) -> Options {
        let Content {
            files,
            directories,
            others,
            data_bytes,
            ..
        } = self.content;
        let inodes = files + directories + others;
        // A directory whose own member comes after its content has two for a while.
        let inodes_max = inodes + directories + 64;
        // Each inode takes 256 bytes; one in some has a block of extended attributes.
        let wanted = data_bytes + self.table_bytes + inodes_max * (256 + 512);
        let capacity = (wanted + wanted / 4 + (64 << 20)).next_multiple_of(4 << 20);
        Options {
            inodes: Some(u32::try_from(inodes_max).unwrap_or(u32::MAX)),
            max_entries: u64::MAX,
            max_name_bytes: u64::from(u32::MAX) / 2,
            max_file_size: Some(u64::MAX),
            ..Options::new(capacity)
        }
    }

    /// Whether anything of a layer, counted from the bottom, is in the result. The others are
    /// not opened by [`super::write()`].
    pub fn needs_layer(&self, layer: usize) -> bool {
        self.layers
            .get(layer)
            .is_some_and(|members| !members.is_empty())
    }
}

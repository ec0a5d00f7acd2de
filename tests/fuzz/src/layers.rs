//! Layers made of an input's choices, and what holds for every merge.

use banger_oci::flatten::{LayerIndex, Limits, merge};
use tar::{Builder, EntryType, Header};

use crate::Words;

/// Components of names. Two whiteout marks, and what climbs.
const NAMES: [&str; 12] = [
    "a",
    "b",
    "c",
    "a",
    "b",
    ".",
    "..",
    ".wh.a",
    ".wh.b",
    ".wh..wh..opq",
    "etc",
    "passwd",
];
/// Where links lead.
const TARGETS: [&str; 12] = [
    "a",
    "b",
    "/a",
    "../a",
    "..",
    "/",
    ".",
    "a/b",
    "/b/c",
    "c",
    "../../../b",
    "",
];

/// A layer of up to 40 members, plain.
pub fn layer_of(words: &mut Words<'_>) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for _ in 0..40 {
        if words.is_empty() {
            break;
        }
        let kind = match words.byte() % 8 {
            // The next layer begins.
            0 => break,
            1 | 2 => EntryType::Directory,
            3 => EntryType::Symlink,
            4 => EntryType::Link,
            5 => EntryType::Fifo,
            _ => EntryType::Regular,
        };
        let depth = 1 + words.byte() % 4;
        let path: Vec<&str> = (0..depth).map(|_| words.choose(&NAMES)).collect();
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o755);
        let size = match kind {
            EntryType::Regular => u64::from(words.byte()),
            _ => 0,
        };
        header.set_size(size);
        let old = header.as_old_mut();
        put(&mut old.name, &path.join("/"));
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            put(&mut old.linkname, words.choose(&TARGETS));
        }
        header.set_cksum();
        let data = vec![b'x'; size as usize];
        archive.append(&header, &data[..]).expect("a member");
    }
    archive.into_inner().expect("an archive")
}

/// Names as they are: the tar crate's own setters would refuse some.
fn put(field: &mut [u8], text: &str) {
    field[..text.len()].copy_from_slice(text.as_bytes());
}

/// Limits that end a hostile merge at once.
pub fn small_limits() -> Limits {
    Limits {
        entries: 10_000,
        name_bytes: 1 << 20,
        steps: 100_000,
        ..Limits::default()
    }
}

/// Merges them, in parts too: what the layers above take away, or add, changes nothing of what
/// holds for each plan.
pub fn merge_all(layers: &[LayerIndex]) {
    let limits = small_limits();
    for many in 1..=layers.len() {
        let part = &layers[..many];
        let Ok(plan) = merge(part, &limits) else {
            continue;
        };
        let content = plan.content();
        let members: u64 = part.iter().map(LayerIndex::entries).sum();
        assert!(content.files + content.others <= members, "{content:?}");
        assert!(content.directories >= 1, "the root: {content:?}");
        assert!(content.names < limits.entries + 1, "{content:?}");
        assert!(content.names + 1 >= content.directories, "{content:?}");
        assert!(!plan.needs_layer(many));
        for (layer, index) in part.iter().enumerate() {
            assert!(!plan.needs_layer(layer) || index.entries() > 0);
        }
        assert!(plan.options().capacity > content.data_bytes);
        // Pure: once more is the same.
        let again = merge(part, &limits).expect("it did before");
        assert_eq!(again.content(), content);
    }
}

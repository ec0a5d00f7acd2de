//! Stacks of layers: each a tar made of the input's words, indexed and merged.
//!
//! Names come from a small alphabet, so that layers meet: the same directories, links to each
//! other, whiteouts of what is there. What a layer may be as bytes is the target `archive`'s.

#![no_main]

use std::sync::atomic::AtomicBool;

use banger_fuzz::{Words, layer_of, merge_all, small_limits};
use banger_oci::flatten::{IndexError, LayerIndex, index_layer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut words = Words::new(data);
    let mut layers = Vec::new();
    while !words.is_empty() && layers.len() < 6 {
        let archive = layer_of(&mut words);
        let never = AtomicBool::new(false);
        match index_layer(&archive[..], &small_limits(), &mut |_| (), &never) {
            Ok(indexed) => {
                assert_eq!(indexed.unpacked_bytes, archive.len() as u64);
                let kept = LayerIndex::from_bytes(&indexed.index.to_bytes());
                assert_eq!(kept.as_ref(), Some(&indexed.index));
                layers.push(indexed.index);
            }
            // Names that no layer may have.
            Err(IndexError::Member { .. }) => return,
            Err(other) => panic!("our own archive: {other}"),
        }
    }
    merge_all(&layers);
});

//! Indexes of layers as they are kept in files, and their merge. The digest at an index's end
//! is made here: chance would never find it.
//!
//! An input is several indexes, each behind its length in two bytes.

#![no_main]

use banger_fuzz::{merge_all, small_limits};
use banger_oci::flatten::{LayerIndex, merge};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

/// What an index starts with.
const MAGIC: &[u8] = b"banger layer index 1\n";

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    let mut layers = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (records, next) = after.split_at(length);
        rest = next;
        let mut bytes = [MAGIC, records].concat();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        if let Some(index) = LayerIndex::from_bytes(&bytes) {
            // Written again it may be shorter, but it means the same.
            let again = LayerIndex::from_bytes(&index.to_bytes()).expect("what we wrote");
            assert_eq!(again, index);
            layers.push(index);
        }
    }
    let _ = LayerIndex::from_bytes(data);
    let _ = merge(&layers, &small_limits());
    merge_all(&layers);
});

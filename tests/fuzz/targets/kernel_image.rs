//! Kernel images: bzImages and ELF files, `banger_kernel::extract`.
//!
//! An input's first byte tells whether the rest is the image itself, or what is to be packed
//! into one: mutations rarely leave a compressed stream whole.

#![no_main]

use banger_fuzz_seeds::{bzimage, bzimage_of_payload, gzip};
use banger_kernel::extract;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let image = match how % 4 {
        0 => rest.to_vec(),
        // The payload's place is the input's.
        1 => match rest.split_first_chunk() {
            Some(([a, b, c, d], payload)) => {
                let offset = u32::from_le_bytes([*a, *b, 0, 0]);
                let length = u32::from_le_bytes([*c, *d, 0, 0]);
                bzimage(offset, length, payload)
            }
            None => return,
        },
        2 => bzimage_of_payload(rest),
        _ => bzimage_of_payload(&gzip(rest)),
    };
    if let Ok(kernel) = extract(image) {
        assert!(kernel.elf.starts_with(b"\x7fELF"));
        // It names a directory.
        assert!(!kernel.release.is_empty() && !kernel.release.contains('/'));
        assert_ne!(kernel.release, "..");
    }
});

//! Tars, packed or not, as images are imported from them: `banger_ext4::archive`.

#![no_main]

use std::io::{self, Read};

use banger_ext4::{
    archive::Archive,
    decompress,
    entry::{FileData, Kind},
};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// What an input may unpack to before the rest of it is of no interest, in bytes.
const UNPACKED: u64 = 8 << 20;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    banger_fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|data: &[u8]| {
    if let Ok((unpacked, _)) = decompress::open(data) {
        read(unpacked.take(UNPACKED));
    }
});

fn read(input: impl Read) {
    let mut archive = Archive::new(input);
    while let Ok(Some(entry)) = archive.next_entry() {
        // What other members have is skipped.
        if let Kind::File(file) = &entry.kind {
            check_layout(file);
            match io::copy(&mut archive, &mut io::sink()) {
                Ok(count) => assert_eq!(count, file.data_len()),
                Err(_) => return,
            }
        }
        assert!(entry.metadata.mode <= 0o7777);
        assert!(entry.metadata.mtime.nanoseconds < 1_000_000_000);
    }
}

/// Segments are in order, apart, and within the file.
fn check_layout(file: &FileData) {
    let mut end = 0;
    for segment in &file.segments {
        assert!(segment.offset >= end, "{file:?}");
        end = segment
            .offset
            .checked_add(segment.len)
            .expect("no overflow");
    }
    assert!(end <= file.size, "{file:?}");
}

//! Layers, as words and as indexes.

/// See `layers.rs` of the library: kind, depth, names, size or target; 0 ends a layer.
pub fn layers() -> Vec<Vec<u8>> {
    vec![
        vec![1, 0, 0, 6, 1, 0, 1, 9, 3, 0, 2, 0, 0, 6, 1, 0, 7, 0],
        vec![1, 1, 0, 1, 4, 0, 2, 1, 0, 1, 1, 0, 9, 0, 6, 2, 0, 1, 2, 5],
        vec![3, 0, 0, 4, 0, 6, 1, 0, 10, 3, 0, 6, 0, 7, 0, 0, 2, 0, 0],
    ]
}

/// See `record.rs` of the reader.
pub fn indexes() -> Vec<Vec<u8>> {
    let index = |entries: u32, records: &[u8]| {
        let bytes = [&entries.to_le_bytes(), records].concat();
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        [&length.to_le_bytes()[..], &bytes].concat()
    };
    let below = index(3, b"\x02\x00\x01a\x01\x01\x02/b\x05\x03\x00\x01l\x01a");
    let above = index(2, b"\x06\x00\x03a/b\x04\x00\x01h\x01l");
    vec![below.clone(), [below, above].concat()]
}

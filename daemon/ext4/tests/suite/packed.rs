//! Packed archives, and how far an import says it has come.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use banger_ext4::{Options, write_tar};

use crate::support::{CAPACITY, Member, Tar, import, refused};

fn tar() -> Vec<u8> {
    Tar::of([Member::file("a", "x"), Member::file("b", vec![9; 200_000])])
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn xz(plain: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_xz_and_zstd_also_in_pieces() {
    let tar = tar();
    let (one, two) = tar.split_at(1000);
    for packed in [
        gzip(&tar),
        [gzip(one), gzip(two)].concat(),
        xz(&tar),
        zstd::encode_all(&tar[..], 1).unwrap(),
    ] {
        let image = import(&packed).unwrap();
        assert_eq!(image.get("b").data, vec![9; 200_000]);
    }
}

#[test]
fn a_packed_stream_that_is_cut_or_damaged() {
    for packed in [
        gzip(&tar()),
        xz(&tar()),
        zstd::encode_all(&tar()[..], 1).unwrap(),
    ] {
        // Even where only the checksum at the end is missing.
        let text = refused(&packed[..packed.len() - 2]);
        assert!(
            text.contains("incomplete") || text.contains("failed"),
            "{text}"
        );
    }
    let mut damaged = gzip(&tar());
    let end = damaged.len();
    damaged[end - 6] ^= 1;
    assert!(refused(&damaged).contains("reading failed"));
}

#[test]
fn unread_formats_are_named() {
    assert!(refused(b"BZh91AY&SY").contains("bzip2"));
}

#[test]
fn progress_goes_up_to_the_sources_length() {
    let members = (0..20).map(|i| Member::file(format!("f{i}"), vec![i; 1 << 20]));
    let packed = gzip(&Tar::of(members));
    let directory = tempfile::tempdir().unwrap();
    let mut reports = Vec::new();
    write_tar(
        &packed[..],
        &directory.path().join("image"),
        &Options::new(CAPACITY),
        &mut |progress| reports.push(progress),
        &AtomicBool::new(false),
    )
    .unwrap();
    assert!(reports.len() > 3);
    assert!(reports.is_sorted_by_key(|r| (r.archive_bytes, r.input_bytes, r.entries)));
    assert_eq!(reports.last().unwrap().input_bytes, packed.len() as u64);
    assert_eq!(reports.last().unwrap().entries, 20);
}

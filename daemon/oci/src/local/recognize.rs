//! Pure: whether a tar begins like an image, or like something else.
//!
//! Only the first member that says anything is looked at; programs write the parts of an
//! image in any order, but nothing else between them.

use super::spool::plain_name;
use crate::digest::{Algorithm, Digest};
use banger_ext4::archive::Archive;
use banger_ext4::decompress;
use banger_ext4::entry::Kind;
use std::io::Read;

/// How many bytes of a stream, as it is packed, are enough to tell: more than one whole
/// block of zstd (RFC 8878 section 3.1.1.2), the largest of the formats'.
pub const START: usize = 256 << 10;
/// How much of it is unpacked.
const UNPACKED: u64 = 256 << 10;

/// Whether a stream that starts like this, packed or not, is an image. What cannot be read
/// is not: whoever reads it as a root file system says what is wrong.
pub fn is_image(start: &[u8]) -> bool {
    let Ok((reader, _)) = decompress::open(start) else {
        return false;
    };
    let mut plain = Vec::new();
    // The start ends in the middle of something; what came before counts.
    let _ = reader.take(UNPACKED).read_to_end(&mut plain);
    let mut archive = Archive::new(plain.as_slice());
    while let Ok(Some(entry)) = archive.next_entry() {
        let directory = matches!(entry.kind, Kind::Directory);
        let Some(name) = plain_name(&entry.path) else {
            return false;
        };
        match judge(&name, directory) {
            Some(image) => return image,
            None => continue,
        }
    }
    false
}

/// What a member's name says; `None` when it could be either.
fn judge(name: &str, directory: bool) -> Option<bool> {
    let (first, rest) = match name.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let algorithm = |text: &str| Algorithm::ALL.iter().any(|one| one.name() == text);
    match (first, rest) {
        ("", _) => None,
        ("blobs", None) if directory => None,
        ("blobs", Some(rest)) if directory && algorithm(rest) => None,
        ("blobs", Some(rest)) => Some(
            rest.split_once('/')
                .is_some_and(|(of, hex)| algorithm(of) && is_hex(hex)),
        ),
        ("oci-layout" | "index.json" | "manifest.json" | "repositories", None) => Some(!directory),
        // Docker's directory of a layer, and files named by digest.
        (_, Some(_)) => Some(is_hex(first)),
        (_, None) => {
            let stem = first.split('.').next().unwrap_or_default();
            Some(is_hex(stem.strip_prefix("sha256:").unwrap_or(stem)))
        }
    }
}

fn is_hex(text: &str) -> bool {
    Algorithm::ALL
        .into_iter()
        .any(|algorithm| Digest::from_hex(algorithm, text).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const HEX: &str = "6e3c5b1f0c9a4d2e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e";

    fn tar(names: &[&str]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for name in names {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o755);
            let data: &[u8] = match name.strip_suffix('/') {
                Some(_) => {
                    header.set_entry_type(tar::EntryType::Directory);
                    b""
                }
                None => b"{}",
            };
            header.set_size(data.len() as u64);
            builder.append_data(&mut header, name, data).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn what_programs_write_is_known() {
        let hex_json = format!("{HEX}.json");
        let gz = format!("{HEX}.tar.gz");
        let id = format!("sha256:{HEX}");
        let legacy = [format!("{HEX}/"), format!("{HEX}/VERSION")];
        let blob = format!("./blobs/sha256/{HEX}");
        for names in [
            vec!["oci-layout", "index.json"],
            vec!["./", "./blobs/", "./blobs/sha256/", &blob],
            vec![legacy[0].as_str(), &legacy[1]],
            vec![legacy[1].as_str()],
            vec![hex_json.as_str()],
            vec![gz.as_str()],
            vec![id.as_str()],
            vec!["manifest.json"],
        ] {
            assert!(is_image(&tar(&names)), "{names:?}");
        }
    }

    #[test]
    fn root_file_systems_are_none() {
        for names in [
            vec!["./", "./bin/", "./etc/"],
            vec!["etc/passwd"],
            vec!["blobs/", "blobs/data"],
            vec!["index.json/", "index.json/x"],
            vec!["blobs/sha256/", "bin/sh"],
            vec!["deadbeef.json"],
            vec!["./"],
            vec![],
        ] {
            assert!(!is_image(&tar(&names)), "{names:?}");
        }
        assert!(!is_image(b""));
        assert!(!is_image(&[7; 4096]));
    }

    #[test]
    fn the_start_of_a_packed_one_is_enough() {
        let mut plain = tar(&["oci-layout"]);
        plain.truncate(1024);
        // What no packing makes small follows.
        let mut state = 1u32;
        plain.extend((0..4 << 20).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(plain.as_slice(), 3).unwrap();
        for packed in [plain, gzip, zstd] {
            assert!(packed.len() > START && is_image(&packed[..START]));
        }
    }
}

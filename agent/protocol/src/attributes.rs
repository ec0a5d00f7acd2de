//! Extended attributes (xattr(7)) in the archives that go into a guest and out of it, as pax
//! records.
//!
//! ```text
//! SCHILY.xattr.NAME=VALUE         as GNU tar, bsdtar and docker have it
//! LIBARCHIVE.xattr.NAME=BASE64    as bsdtar has it, for a value with a line's end: readers of
//!                                 archives in use take a record for a line
//! ```

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Before the name of an attribute whose value is there as it is.
const PLAIN: &str = "SCHILY.xattr.";
/// Before that of one in base64.
const ENCODED: &str = "LIBARCHIVE.xattr.";

/// libarchive writes no padding (archive_write_set_format_pax.c, `base64_encode`).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The record of an attribute: key and value.
pub fn to_record(name: &str, value: &[u8]) -> (String, Vec<u8>) {
    if value.contains(&b'\n') {
        let encoded = BASE64.encode(value).into_bytes();
        return (format!("{ENCODED}{name}"), encoded);
    }
    (format!("{PLAIN}{name}"), value.to_vec())
}

/// The attribute of a record, by name and value; none where it is about something else, or
/// cannot be read.
pub fn from_record<'a>(key: &'a str, value: &[u8]) -> Option<(&'a str, Vec<u8>)> {
    if let Some(name) = key.strip_prefix(PLAIN) {
        return Some((name, value.to_vec()));
    }
    // libarchive escapes some letters of names as URLs do; none of those that travel has any.
    let name = key
        .strip_prefix(ENCODED)
        .filter(|name| !name.contains('%'))?;
    Some((name, BASE64.decode(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn attributes_come_back_in_one_line(
            value in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..40)
        ) {
            let (key, record) = to_record("user.x", &value);
            prop_assert!(!record.contains(&b'\n'));
            prop_assert_eq!(from_record(&key, &record), Some(("user.x", value)));
        }
    }

    #[test]
    fn others_are_passed_over() {
        assert_eq!(from_record("mtime", b"1"), None);
        assert_eq!(from_record("LIBARCHIVE.xattr.user.a%20b", b"YQ"), None);
        assert_eq!(from_record("LIBARCHIVE.xattr.user.a", b"?"), None);
        // With padding, too.
        let padded = from_record("LIBARCHIVE.xattr.user.a", b"YQ==");
        assert_eq!(padded, Some(("user.a", b"a".to_vec())));
    }
}

//! POSIX access control lists in text (`SCHILY.acl.*`) into what setxattr(2) takes.
//!
//! Text as of acl(5), "SHORT TEXT FORM", with commas or newlines; star adds the number of a
//! named user or group as a fourth field. Binary form: `linux/posix_acl_xattr.h`.

const VERSION: u32 = 2;
const USER_OBJ: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;
const NO_ID: u32 = u32::MAX;

/// Parses a list in text. `None` for an empty one.
///
/// # Errors
/// The entry that has a name without a number, or is malformed.
pub fn parse(text: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let text = String::from_utf8_lossy(text);
    let mut entries = Vec::new();
    for entry in text.split([',', '\n']) {
        // A comment may tell the effective rights.
        let entry = entry.split('#').next().unwrap_or_default().trim();
        if !entry.is_empty() {
            entries.push(parse_entry(entry).ok_or_else(|| entry.to_owned())?);
        }
    }
    if entries.is_empty() {
        return Ok(None);
    }
    // The kernel wants them in the order of their tags and numbers.
    entries.sort_unstable_by_key(|&(tag, _, id)| (tag, id));
    let mut binary = VERSION.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        binary.extend(tag.to_le_bytes());
        binary.extend(permissions.to_le_bytes());
        binary.extend(id.to_le_bytes());
    }
    Ok(Some(binary))
}

fn parse_entry(entry: &str) -> Option<(u16, u16, u32)> {
    let fields: Vec<&str> = entry.split(':').map(str::trim).collect();
    let (tag, qualifier, permissions, number) = match fields.as_slice() {
        // "mask:rwx" and "other:r--" are written with one colon by some.
        [tag @ ("mask" | "m" | "other" | "o"), permissions] => (*tag, "", *permissions, None),
        [tag, qualifier, permissions] => (*tag, *qualifier, *permissions, None),
        [tag, qualifier, permissions, number] => (*tag, *qualifier, *permissions, Some(*number)),
        _ => return None,
    };
    let tag = match (tag, qualifier.is_empty()) {
        ("user" | "u", true) => USER_OBJ,
        ("user" | "u", false) => USER,
        ("group" | "g", true) => GROUP_OBJ,
        ("group" | "g", false) => GROUP,
        ("mask" | "m", true) => MASK,
        ("other" | "o", true) => OTHER,
        _ => return None,
    };
    let id = match tag {
        USER | GROUP => number.unwrap_or(qualifier).parse().ok()?,
        _ => NO_ID,
    };
    Some((tag, parse_permissions(permissions)?, id))
}

fn parse_permissions(text: &str) -> Option<u16> {
    text.bytes().try_fold(0, |bits, byte| match byte {
        b'r' => Some(bits | 4),
        b'w' => Some(bits | 2),
        b'x' => Some(bits | 1),
        b'-' => Some(bits),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(u16, u16, u32)> {
        let binary = parse(text.as_bytes()).unwrap().unwrap();
        assert_eq!(binary[..4], [2, 0, 0, 0]);
        binary[4..]
            .chunks_exact(8)
            .map(|e| {
                (
                    u16::from_le_bytes([e[0], e[1]]),
                    u16::from_le_bytes([e[2], e[3]]),
                    u32::from_le_bytes([e[4], e[5], e[6], e[7]]),
                )
            })
            .collect()
    }

    #[test]
    fn every_kind_of_entry_in_the_kernels_order() {
        assert_eq!(
            entries("other::r--,mask::rwx,group:20:r-x,group::r--,user:1000:rw-,user::rwx"),
            [
                (USER_OBJ, 7, NO_ID),
                (USER, 6, 1000),
                (GROUP_OBJ, 4, NO_ID),
                (GROUP, 5, 20),
                (MASK, 7, NO_ID),
                (OTHER, 4, NO_ID),
            ]
        );
    }

    #[test]
    fn stars_fourth_field_and_newlines() {
        assert_eq!(
            entries("user::rwx\nuser:joe:r--:1001\t#effective:r--\n"),
            [(USER_OBJ, 7, NO_ID), (USER, 4, 1001)]
        );
    }

    #[test]
    fn names_without_numbers_and_nonsense_are_named() {
        for bad in [
            "user:joe:rwx",
            "user::rwz",
            "robot::rwx",
            "user",
            "mask:1:rwx",
        ] {
            assert_eq!(parse(bad.as_bytes()), Err(bad.to_owned()));
        }
        assert_eq!(parse(b"\n"), Ok(None));
    }
}

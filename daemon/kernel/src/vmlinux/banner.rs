//! What a kernel says of itself in its image.

/// The start of `linux_banner` (init/version-timestamp.c); the release follows.
const BANNER: &[u8] = b"Linux version ";

/// A release is at most this long (`__NEW_UTS_LEN` of linux/utsname.h).
const RELEASE_LIMIT: usize = 64;

/// The release (`uname -r`) of an unpacked kernel.
pub(super) fn release(image: &[u8]) -> Option<String> {
    let mut rest = image;
    while let Some(at) = find(rest, BANNER) {
        rest = rest.get(at + BANNER.len()..)?;
        let length = rest
            .iter()
            .take(RELEASE_LIMIT + 1)
            .position(|byte| *byte == b' ');
        let release = length
            .and_then(|length| rest.get(..length))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .filter(|release| is_release(release));
        // Another "Linux version " may be a format string: "Linux version %s".
        if let Some(release) = release {
            return Some(release.to_string());
        }
    }
    None
}

/// Whether a text can be a release: it names directories, so it must be a plain name.
pub(crate) fn is_release(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.len() <= RELEASE_LIMIT
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._+~-".contains(c))
}

/// Whether the image holds `text` as a whole C string.
pub(crate) fn has_string(image: &[u8], text: &str) -> bool {
    let string = [b"\0", text.as_bytes(), b"\0"].concat();
    find(image, &string).is_some()
}

/// Where `needle` first occurs. The first byte is looked for alone, which is quick.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let rest = hay.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_read() {
        let image = b"\0\0Linux version 6.1.0-56-cloud-amd64 (debian) (gcc) #1\n\0";
        assert_eq!(release(image).unwrap(), "6.1.0-56-cloud-amd64");
    }

    #[test]
    fn a_format_string_is_passed_over() {
        let image = b"Linux version %s (x)\0Linux version 5.4.1+ (x)";
        assert_eq!(release(image).unwrap(), "5.4.1+");
    }

    #[test]
    fn a_release_that_is_a_path_is_refused() {
        assert_eq!(release(b"Linux version 6/../../etc (x)"), None);
        assert_eq!(release(b"Linux version 6.1"), None);
        assert_eq!(release(b"Linux version "), None);
    }

    #[test]
    fn strings_are_whole() {
        assert!(has_string(b"x\0virtio_blk\0y", "virtio_blk"));
        assert!(!has_string(b"x\0virtio_blk.o\0y", "virtio_blk"));
        assert!(!has_string(b"\0virtio_bl", "virtio_blk"));
    }
}

//! Member names: what of them is taken, and what is refused.
//!
//! A leading `/` is stripped, as GNU tar does; empty and `.` components are dropped; `..`
//! is refused, because a name that climbs is never what an image means.

/// The longest component that ext4 can hold, in bytes.
pub const NAME_MAX: usize = 255;

/// Why a member's name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A `..` component.
    #[error("the name has a \"..\" component; make the archive with names below its root")]
    Climbs,
    /// A component of more than [`NAME_MAX`] bytes.
    #[error("a component of the name is {0} bytes long; ext4 takes at most {NAME_MAX}")]
    TooLong(usize),
    /// A NUL byte.
    #[error("the name holds a NUL byte")]
    Nul,
}

/// Splits a raw name into its components. No component is empty, `.` or `..`; no components
/// at all mean the root directory.
///
/// # Errors
/// See [`PathError`].
pub fn components(raw: &[u8]) -> Result<Vec<&[u8]>, PathError> {
    if raw.contains(&0) {
        return Err(PathError::Nul);
    }
    let mut parts = Vec::new();
    for part in raw.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return Err(PathError::Climbs),
            part if part.len() > NAME_MAX => return Err(PathError::TooLong(part.len())),
            part => parts.push(part),
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(raw: &str) -> Vec<String> {
        components(raw.as_bytes())
            .unwrap()
            .into_iter()
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect()
    }

    #[test]
    fn dots_and_slashes_vanish() {
        assert_eq!(split("./a//b/./c/"), ["a", "b", "c"]);
        assert_eq!(split("/etc/passwd"), ["etc", "passwd"]);
        assert!(split("./").is_empty());
        assert!(split("").is_empty());
        assert!(split("///").is_empty());
    }

    #[test]
    fn dots_within_names_stay() {
        assert_eq!(split("..a/b../.../.c"), ["..a", "b..", "...", ".c"]);
    }

    #[test]
    fn climbing_is_refused_anywhere() {
        for raw in ["..", "../a", "a/../b", "/..", "a/.."] {
            assert_eq!(components(raw.as_bytes()), Err(PathError::Climbs), "{raw}");
        }
    }

    #[test]
    fn the_longest_name_is_255_bytes() {
        assert!(components(&[b'x'; 255]).is_ok());
        assert_eq!(components(&[b'x'; 256]), Err(PathError::TooLong(256)));
    }

    #[test]
    fn nul_is_refused() {
        assert_eq!(components(b"a\0b"), Err(PathError::Nul));
    }
}

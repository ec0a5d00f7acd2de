//! A member's name: plain, whiteout or opaque mark.
//!
//! Source: OCI image specification, layer.md, "Whiteouts" and "Opaque Whiteout"; the names
//! that begin with `.wh..wh.` are AUFS's own, of which only the opaque mark has a meaning.

use banger_ext4::path::{self, PathError};

use super::error::NameError;
use super::limits::PATH_MAX;

const WHITEOUT: &[u8] = b".wh.";
const METADATA: &[u8] = b".wh..wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What a name stands for. Paths have no empty, `.` or `..` component and no slash at either
/// end; the empty path is the root directory.
#[derive(Debug, PartialEq, Eq)]
pub enum Name {
    /// A member of the tree.
    Member(Vec<u8>),
    /// This path is taken away from the layers below.
    Whiteout(Vec<u8>),
    /// All that the layers below have in this directory is taken away.
    Opaque(Vec<u8>),
    /// AUFS's bookkeeping: nothing.
    Ignored,
}

/// Reads a name as it is in an archive.
///
/// # Errors
/// When it climbs, is too long, holds a NUL, or is a whiteout of nothing.
pub fn read(raw: &[u8]) -> Result<Name, NameError> {
    let components = path::components(raw)?;
    let joined = || -> Result<Vec<u8>, NameError> {
        let path = components.join(&b'/');
        match path.len() > PATH_MAX {
            true => Err(NameError::PathTooLong(path.len())),
            false => Ok(path),
        }
    };
    let Some((last, parents)) = components.split_last() else {
        return Ok(Name::Member(Vec::new()));
    };
    if parents.iter().any(|part| part.starts_with(METADATA)) {
        return Ok(Name::Ignored);
    }
    if *last == OPAQUE {
        let mut path = joined()?;
        path.truncate(path.len().saturating_sub(OPAQUE.len() + 1));
        return Ok(Name::Opaque(path));
    }
    if last.starts_with(METADATA) {
        return Ok(Name::Ignored);
    }
    let Some(target) = last.strip_prefix(WHITEOUT) else {
        return Ok(Name::Member(joined()?));
    };
    if matches!(target, b"" | b"." | b"..") {
        return Err(NameError::NamelessWhiteout);
    }
    let mut path = joined()?;
    let start = path.len() - last.len();
    path.drain(start..start + WHITEOUT.len());
    Ok(Name::Whiteout(path))
}

/// Reads the target of a hard link: a path as those of [`Name`].
///
/// # Errors
/// As [`read`].
pub fn read_target(raw: &[u8]) -> Result<Vec<u8>, NameError> {
    let path = path::components(raw)?.join(&b'/');
    match path.len() > PATH_MAX {
        true => Err(NameError::PathTooLong(path.len())),
        false => Ok(path),
    }
}

/// Whether `path` has the form of those of [`Name`].
pub fn is_normal(path: &[u8]) -> bool {
    path.len() <= PATH_MAX
        && (path.is_empty()
            || path.split(|&byte| byte == b'/').all(|part| {
                !matches!(part, b"" | b"." | b"..")
                    && part.len() <= path::NAME_MAX
                    && !part.contains(&0)
            }))
}

impl From<PathError> for NameError {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(path: &str) -> Name {
        Name::Member(path.into())
    }

    #[test]
    fn plain_names() {
        assert_eq!(read(b"./a//b/").unwrap(), member("a/b"));
        assert_eq!(read(b"/").unwrap(), member(""));
        assert_eq!(read(b"a.wh.b").unwrap(), member("a.wh.b"));
        assert_eq!(read(b".wh.a/b").unwrap(), member(".wh.a/b"));
        assert_eq!(read(b".whx").unwrap(), member(".whx"));
    }

    #[test]
    fn whiteouts() {
        assert_eq!(read(b"a/.wh.b").unwrap(), Name::Whiteout(b"a/b".into()));
        assert_eq!(read(b".wh.b/").unwrap(), Name::Whiteout(b"b".into()));
        assert_eq!(read(b".wh....").unwrap(), Name::Whiteout(b"...".into()));
        for bad in [".wh.", "a/.wh.", ".wh..", "a/.wh..."] {
            let error = read(bad.as_bytes()).unwrap_err();
            assert!(matches!(error, NameError::NamelessWhiteout), "{bad}");
        }
    }

    #[test]
    fn opaque_marks_and_other_bookkeeping() {
        assert_eq!(
            read(b"a/b/.wh..wh..opq").unwrap(),
            Name::Opaque(b"a/b".into())
        );
        assert_eq!(read(b".wh..wh..opq").unwrap(), Name::Opaque(b"".into()));
        for ignored in [
            ".wh..wh.plnk",
            ".wh..wh.plnk/1.2",
            "a/.wh..wh.orph",
            ".wh..wh..opq/x",
        ] {
            assert_eq!(
                read(ignored.as_bytes()).unwrap(),
                Name::Ignored,
                "{ignored}"
            );
        }
    }

    #[test]
    fn refused() {
        assert!(matches!(
            read(b"a/../b"),
            Err(NameError::Path(PathError::Climbs))
        ));
        assert!(matches!(read_target(b"../b"), Err(NameError::Path(_))));
        let long = b"abcd/".repeat(1000);
        assert!(matches!(read(&long), Err(NameError::PathTooLong(4999))));
    }

    proptest! {
        #[test]
        fn whatever_is_taken_is_normal(raw in "[./wha\\x00]{0,30}") {
            if let Ok(Name::Member(path) | Name::Whiteout(path) | Name::Opaque(path)) =
                read(raw.as_bytes())
            {
                prop_assert!(is_normal(&path), "{:?}", path);
            }
        }
    }
}

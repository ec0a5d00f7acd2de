//! Objects borrowed from other repositories on this host (gitrepository-layout(5),
//! "objects/info/alternates"), as by `git clone --shared` and `--reference`.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
};

use super::WorkspaceError;
use crate::archive::is_absence;

/// How far lenders that borrow themselves are followed: as far as git does.
const MAX_DEPTH: usize = 5;

/// The object directories from which `objects` borrows, and from which those do.
///
/// # Errors
/// When a list of them cannot be read.
pub fn lenders(objects: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut found = Vec::new();
    collect(objects, 0, &mut found)?;
    Ok(found)
}

fn collect(objects: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), WorkspaceError> {
    let list = objects.join("info/alternates");
    let text = match fs::read(&list) {
        Ok(text) => text,
        Err(error) if is_absence(&error) => return Ok(()),
        Err(error) => return Err(WorkspaceError::read(&list, error)),
    };
    for line in text.split(|&byte| byte == b'\n') {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let lender = objects.join(path(&unquoted(line)));
        // git passes over one that is gone, too.
        if lender.is_dir() && !found.contains(&lender) {
            found.push(lender.clone());
            if depth < MAX_DEPTH {
                collect(&lender, depth + 1, found)?;
            }
        }
    }
    Ok(())
}

/// Which of a lender's files are taken: objects and packs. Its indexes over them would not
/// be true of the whole. The path is that in the borrower's directory.
pub fn travels(path: &Path) -> bool {
    super::layout::travels(path)
        && !path.starts_with("objects/info")
        && !path.starts_with("objects/pack/multi-pack-index")
        && !path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("multi-pack-index"))
}

/// Bytes as a path.
pub fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// A line in quotes has C's escapes.
fn unquoted(line: &[u8]) -> Vec<u8> {
    let inner = line
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else {
        return line.to_vec();
    };
    let mut bytes = Vec::new();
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'3') => {
                let low = (rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0'));
                let value = |digit: u8| digit.wrapping_sub(b'0') & 7;
                bytes.push(value(digit) << 6 | value(low.0) << 3 | value(low.1));
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_lines_are_read_as_git_writes_them() {
        assert_eq!(unquoted(b"/plain path"), b"/plain path");
        assert_eq!(unquoted(br#""/a\nb\"\\\377""#), b"/a\nb\"\\\xff");
    }

    #[test]
    fn only_objects_are_borrowed() {
        assert!(travels(Path::new("objects/pack/pack-1.pack")));
        assert!(travels(Path::new("objects/ab/cdef")));
        assert!(!travels(Path::new("objects/info/packs")));
        assert!(!travels(Path::new(
            "objects/pack/multi-pack-index-1.bitmap"
        )));
    }
}

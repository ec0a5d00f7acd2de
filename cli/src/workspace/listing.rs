//! What `git ls-files` says. Pure.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

use super::WorkspaceError;

/// A path that git tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// From the top level.
    pub path: PathBuf,
    /// Whether it is a submodule's place (mode 160000).
    pub is_submodule: bool,
}

/// Reads `git ls-files --stage -z`: `mode object stage TAB path NUL`. A path in conflict
/// stands there up to three times, and comes out once.
///
/// # Errors
/// When an entry has another form.
pub fn tracked(output: &[u8]) -> Result<Vec<Tracked>, WorkspaceError> {
    let mut all: Vec<Tracked> = Vec::new();
    for record in records(output) {
        let odd = || WorkspaceError::Listing(String::from_utf8_lossy(record).into_owned());
        let tab = record
            .iter()
            .position(|&byte| byte == b'\t')
            .ok_or_else(odd)?;
        let (fields, path) = record.split_at(tab);
        let mode = fields
            .split(|&byte| byte == b' ')
            .next()
            .unwrap_or_default();
        let path = path
            .get(1..)
            .filter(|path| !path.is_empty())
            .ok_or_else(odd)?;
        let path = PathBuf::from(OsStr::from_bytes(path));
        // Stages of one path stand next to each other.
        if all.last().is_none_or(|last| last.path != path) {
            all.push(Tracked {
                path,
                is_submodule: mode == b"160000",
            });
        }
    }
    Ok(all)
}

/// Reads `git ls-files --others -z`. A repository within the working tree that git does not
/// track ends in a slash.
pub fn untracked(output: &[u8]) -> Vec<Tracked> {
    let read = |record: &[u8]| {
        let name = record.strip_suffix(b"/");
        Tracked {
            path: PathBuf::from(OsStr::from_bytes(name.unwrap_or(record))),
            is_submodule: name.is_some(),
        }
    };
    records(output).map(read).collect()
}

fn records(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output
        .split(|&byte| byte == 0)
        .filter(|record| !record.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_names_and_conflicts() {
        let output =
            b"100644 aa 0\ta b\n\xff\x00160000 bb 0\tsub\x00100644 cc 1\tx\x00100644 dd 2\tx\0";
        let read = tracked(output).unwrap();
        let shown: Vec<_> = read
            .iter()
            .map(|tracked| (tracked.path.as_os_str().as_bytes(), tracked.is_submodule))
            .collect();
        assert_eq!(
            shown,
            [(&b"a b\n\xff"[..], false), (b"sub", true), (b"x", false)]
        );
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for output in [&b"100644 aa 0 name\0"[..], b"100644 aa 0\t\0"] {
            assert!(matches!(tracked(output), Err(WorkspaceError::Listing(_))));
        }
        assert_eq!(tracked(b"").unwrap(), []);
    }

    #[test]
    fn untracked_repositories_end_in_a_slash() {
        let read = untracked(b"-x\0nested/\0");
        assert_eq!(read[0].path, PathBuf::from("-x"));
        assert!(!read[0].is_submodule && read[1].is_submodule);
        assert_eq!(read[1].path, PathBuf::from("nested"));
    }
}

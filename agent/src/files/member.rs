//! Names in an archive. Pure.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Component, Path, PathBuf},
};

/// Where a member goes: a directory beneath the destination, and a name in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Relative, without `.` and `..`; empty for the destination itself.
    pub parent: PathBuf,
    /// One component.
    pub name: OsString,
}

impl Place {
    /// Both joined.
    pub fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }
}

/// A name that leads out, or cannot be a name.
#[derive(Debug, PartialEq, Eq)]
pub struct LeadsOut;

/// Finds the place of a member. None: it is the destination itself (`./`).
///
/// # Errors
/// When the name is absolute, holds `..`, or a null byte.
pub fn place(name: &[u8]) -> Result<Option<Place>, LeadsOut> {
    if name.contains(&0) {
        return Err(LeadsOut);
    }
    let mut parts = PathBuf::new();
    for component in Path::new(OsStr::from_bytes(name)).components() {
        match component {
            Component::Normal(part) => parts.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(LeadsOut);
            }
        }
    }
    Ok(parts.file_name().map(|name| Place {
        parent: parts.parent().map(Path::to_owned).unwrap_or_default(),
        name: name.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(name: &[u8]) -> Option<PathBuf> {
        place(name).unwrap().map(|place| place.path())
    }

    #[test]
    fn ordinary_names_keep_their_parts() {
        assert_eq!(path(b"a/b/c"), Some("a/b/c".into()));
        assert_eq!(path(b"./a//b/"), Some("a/b".into()));
        assert_eq!(path(b"..."), Some("...".into()));
        assert_eq!(path(b"./"), None);
        assert_eq!(path(b""), None);
        let odd = b"caf\xe9/\xff";
        assert_eq!(path(odd), Some(OsStr::from_bytes(odd).into()));
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in [&b"/etc/passwd"[..], b"../x", b"a/../../x", b"a/..", b"a\0b"] {
            assert_eq!(place(name), Err(LeadsOut), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_stays_inside(name in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(Some(place)) = place(&name) {
                let path = place.path();
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
            }
        }

        #[test]
        fn dots_anywhere_are_refused(before in "[a-z/]{0,6}", after in "(/[a-z]{1,3}){0,2}") {
            let name = format!("{before}/..{after}");
            prop_assert_eq!(place(name.trim_start_matches('/').as_bytes()), Err(LeadsOut));
        }
    }
}

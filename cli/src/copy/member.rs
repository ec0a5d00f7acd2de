//! Names in a guest's archive. Pure: a guest may be hostile, so its names are not paths
//! before they are checked.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::PathBuf,
};

use super::CopyError;

/// A member's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberName {
    /// Its first component: the name of what was asked for.
    pub root: OsString,
    /// The rest; empty for what was asked for itself.
    pub rest: PathBuf,
}

/// Takes a name apart. `.` and doubled slashes mean nothing.
///
/// # Errors
/// When it is absolute, has a `..` or a NUL, or is empty.
pub fn member_name(name: &[u8]) -> Result<MemberName, CopyError> {
    let leads_out = || CopyError::LeadsOut {
        name: String::from_utf8_lossy(name).into_owned(),
    };
    if name.first() == Some(&b'/') || name.contains(&0) {
        return Err(leads_out());
    }
    let mut parts = Vec::new();
    for part in name.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return Err(leads_out()),
            part => parts.push(OsStr::from_bytes(part)),
        }
    }
    // The root directory's own archive names its members from `.` on.
    if name == b"." || name.starts_with(b"./") {
        parts.insert(0, OsStr::new("."));
    }
    let Some((root, rest)) = parts.split_first() else {
        return Err(leads_out());
    };
    Ok(MemberName {
        root: (*root).to_owned(),
        rest: rest.iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Component;

    #[test]
    fn names_are_taken_apart() {
        let take = |name: &[u8]| member_name(name).map(|name| (name.root, name.rest)).ok();
        assert_eq!(take(b"etc/a//b/"), Some(("etc".into(), "a/b".into())));
        assert_eq!(take(b"etc"), Some(("etc".into(), "".into())));
        assert_eq!(take(b"./x"), Some((".".into(), "x".into())));
        assert_eq!(take(b"."), Some((".".into(), "".into())));
        for name in [&b"/etc"[..], b"a/../b", b"..", b"", b"a\0b", b"//x"] {
            assert_eq!(take(name), None, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_leads_out(name in prop::collection::vec(prop_oneof![Just(b'/'), Just(b'.'), any::<u8>()], 0..24)) {
            if let Ok(name) = member_name(&name) {
                prop_assert!(name.rest.components().all(|part| matches!(part, Component::Normal(_))));
            }
        }
    }
}

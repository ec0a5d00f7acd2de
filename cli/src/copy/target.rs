//! Where something lands, and under which name. Pure, for guests' and this host's paths.

use std::ffi::{OsStr, OsString};

use super::CopyError;

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A directory, or a link to one.
    Directory,
    /// Anything else.
    Other,
}

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// A directory with its name.
    Directory,
    /// What a directory holds.
    Contents,
    /// A file or a link.
    File,
}

/// Where it lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// In the destination, under that name.
    Into(OsString),
    /// As the destination itself.
    As,
    /// What it holds, in the destination, which may have to be made.
    Contents,
}

/// Decides, as cp(1) and docker do. `name` is the source's own, `destination` as it was
/// written.
///
/// # Errors
/// When the destination is a file and should be a directory, or is missing and should not.
pub fn landing(
    copied: Copied,
    name: &OsStr,
    destination: &str,
    found: Found,
) -> Result<Landing, CopyError> {
    let not_a_directory = || CopyError::NotADirectory(destination.to_owned());
    match (copied, found) {
        (Copied::Contents, Found::Directory | Found::Nothing) => Ok(Landing::Contents),
        (Copied::Contents | Copied::Directory, Found::Other) => Err(not_a_directory()),
        (Copied::Directory | Copied::File, Found::Directory) => Ok(Landing::Into(name.to_owned())),
        (Copied::Directory, Found::Nothing) => Ok(Landing::As),
        (Copied::File, Found::Nothing) if destination.ends_with('/') => {
            Err(CopyError::NoDirectory(destination.to_owned()))
        }
        (Copied::File, Found::Other) if destination.ends_with('/') => Err(not_a_directory()),
        (Copied::File, Found::Nothing | Found::Other) => Ok(Landing::As),
    }
}

/// Whether a path means what a directory holds: `DIR/.`, and `.` itself.
pub fn means_contents(path: &str) -> bool {
    path == "." || path.ends_with("/.")
}

/// A path without slashes at its end.
pub fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

/// A path's parent and name, by its text; nothing for `/`.
pub fn split(path: &str) -> Option<(&str, &str)> {
    match trimmed(path).rsplit_once('/') {
        Some((_, "")) => None,
        Some(("", name)) => Some(("/", name)),
        Some((parent, name)) => Some((parent, name)),
        None => Some((".", trimmed(path))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_cp_does() {
        use Copied as C;
        use Found as F;
        let land = |copied, destination, found| {
            landing(copied, OsStr::new("src"), destination, found).ok()
        };
        let into = Some(Landing::Into("src".into()));
        let rows = [
            (C::File, "/dir", F::Directory, into.clone()),
            (C::File, "/new", F::Nothing, Some(Landing::As)),
            (C::File, "/new/", F::Nothing, None),
            (C::File, "/old", F::Other, Some(Landing::As)),
            (C::File, "/old/", F::Other, None),
            (C::Directory, "/dir", F::Directory, into),
            (C::Directory, "/new", F::Nothing, Some(Landing::As)),
            (C::Directory, "/new/", F::Nothing, Some(Landing::As)),
            (C::Directory, "/old", F::Other, None),
            (C::Contents, "/dir", F::Directory, Some(Landing::Contents)),
            (C::Contents, "/new", F::Nothing, Some(Landing::Contents)),
            (C::Contents, "/old", F::Other, None),
        ];
        for (copied, destination, found, expected) in rows {
            let landed = land(copied, destination, found);
            assert_eq!(landed, expected, "{copied:?} {destination} {found:?}");
        }
    }

    #[test]
    fn paths_by_their_text() {
        assert_eq!(split("/a/b/"), Some(("/a", "b")));
        assert_eq!(split("/a"), Some(("/", "a")));
        assert_eq!(split("a"), Some((".", "a")));
        assert_eq!(split("/"), None);
        assert!(means_contents("x/.") && means_contents(".") && !means_contents("x."));
    }
}

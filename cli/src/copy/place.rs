//! `PATH`, `VM:PATH` or `-`. Pure.

use std::path::PathBuf;

/// Where files come from or go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On this host.
    Host(PathBuf),
    /// In a VM.
    Guest {
        /// Its name or id.
        vm: String,
        /// An absolute path there.
        path: String,
    },
    /// A tar stream on standard input or output.
    Stream,
}

/// The directory from which a guest's relative paths are meant: root's home, as with scp.
const HOME: &str = "/root";

/// Reads a place. `VM:` names a VM only where it looks like one's name or id, so that paths
/// with a colon can be written with a slash before it: `./a:b`.
pub fn place(text: &str) -> Place {
    if text == "-" {
        return Place::Stream;
    }
    match text.split_once(':') {
        Some((vm, path)) if is_vm(vm) => Place::Guest {
            vm: vm.to_owned(),
            path: absolute(path),
        },
        Some(_) | None => Place::Host(PathBuf::from(text)),
    }
}

fn is_vm(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(fits)
}

fn absolute(path: &str) -> String {
    if path.is_empty() {
        HOME.to_owned()
    } else if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{HOME}/{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guest(vm: &str, path: &str) -> Place {
        Place::Guest {
            vm: vm.to_owned(),
            path: path.to_owned(),
        }
    }

    #[test]
    fn places_are_told_apart() {
        let rows = [
            ("-", Place::Stream),
            ("box:/etc", guest("box", "/etc")),
            (
                "brave-otter:notes.txt",
                guest("brave-otter", "/root/notes.txt"),
            ),
            ("box:", guest("box", "/root")),
            ("box:/a:b", guest("box", "/a:b")),
            ("notes.txt", Place::Host("notes.txt".into())),
            ("./a:b", Place::Host("./a:b".into())),
            ("/a:b", Place::Host("/a:b".into())),
            ("My File:x", Place::Host("My File:x".into())),
            (":x", Place::Host(":x".into())),
            ("-x:y", guest("-x", "/root/y")),
        ];
        for (text, expected) in rows {
            assert_eq!(place(text), expected, "{text}");
        }
    }
}

//! /tmp, emptied before the first command rather than under it.
//!
//! A guest is ready before its init has started everything, and systemd empties /tmp on the
//! way: a compiler that runs by then loses its files. So the agent does it first, and lays
//! over systemd's rule (tmpfiles.d(5): of files with one name /etc wins over /run, and /run
//! over /usr/lib) one that only makes the directory. An image that has a rule of its own in
//! /etc keeps it.

use std::{fs, io, path::Path};

use crate::log;

const OWN: &str = "etc/tmpfiles.d/tmp.conf";
const PACKAGED: &str = "usr/lib/tmpfiles.d/tmp.conf";
const OVERRIDE: &str = "run/tmpfiles.d";

/// Does both, where the image has systemd's rule. A failure is told and does no harm beyond
/// what is described above.
pub fn settle(root: &Path) {
    if root.join(OWN).symlink_metadata().is_ok() {
        return;
    }
    let Ok(rules) = fs::read_to_string(root.join(PACKAGED)) else {
        return;
    };
    let Some(kept) = without_emptying(&rules) else {
        return;
    };
    if let Err(error) = empty(&root.join("tmp")).and_then(|()| lay_over(root, &kept)) {
        log::warn(format_args!("cannot settle /tmp: {error}"));
    }
}

fn lay_over(root: &Path, rules: &str) -> io::Result<()> {
    let directory = root.join(OVERRIDE);
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("tmp.conf"), rules)
}

fn empty(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The same rules with /tmp made, not emptied (`D` is `d` with emptying); nothing where none
/// of them empties it.
fn without_emptying(rules: &str) -> Option<String> {
    let mut changed = false;
    let mut kept = String::new();
    for line in rules.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some(kind), Some("/tmp")) if kind.starts_with('D') => {
                changed = true;
                kept.push_str(&line.replacen('D', "d", 1));
            }
            _ => kept.push_str(line),
        }
        kept.push('\n');
    }
    changed.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "# Clear tmp\nD /tmp 1777 root root -\nx /tmp/systemd-private-%b-*\n";

    #[test]
    fn the_rule_that_empties_tmp_only_makes_it() {
        let kept = "# Clear tmp\nd /tmp 1777 root root -\nx /tmp/systemd-private-%b-*\n";
        assert_eq!(without_emptying(DEBIAN).as_deref(), Some(kept));
        assert_eq!(
            without_emptying("D! /tmp 1777\n").as_deref(),
            Some("d! /tmp 1777\n")
        );
        assert_eq!(
            without_emptying("q /tmp 1777 root root 10d\nD /tmp/x 0700\n"),
            None
        );
    }

    #[test]
    fn tmp_is_emptied_at_once_and_no_link_is_followed() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        for directory in ["tmp/deep", "usr/lib/tmpfiles.d", "srv"] {
            fs::create_dir_all(path(directory)).unwrap();
        }
        fs::write(path("tmp/deep/file"), "").unwrap();
        fs::write(path("srv/precious"), "").unwrap();
        std::os::unix::fs::symlink(path("srv"), path("tmp/link")).unwrap();
        fs::write(path(PACKAGED), DEBIAN).unwrap();
        settle(root.path());
        assert_eq!(fs::read_dir(path("tmp")).unwrap().count(), 0);
        assert!(path("srv/precious").exists());
        assert!(path("run/tmpfiles.d/tmp.conf").exists());
    }

    #[test]
    fn an_images_own_rule_is_kept() {
        let root = tempfile::tempdir().unwrap();
        for directory in ["tmp", "usr/lib/tmpfiles.d", "etc/tmpfiles.d"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        fs::write(root.path().join(PACKAGED), DEBIAN).unwrap();
        fs::write(root.path().join(OWN), "").unwrap();
        fs::write(root.path().join("tmp/file"), "").unwrap();
        settle(root.path());
        assert!(root.path().join("tmp/file").exists());
        assert!(!root.path().join("run").exists());
    }
}

//! /etc/machine-id (machine-id(5)) of images that leave it to the first boot.
//!
//! Without it systemd takes every boot for an installation and enables units anew, which
//! costs seconds.

use std::{fs, path::Path};

use super::{SettingsError, text_file};

/// Gives the VM an identity of its own where the image has none.
///
/// # Errors
/// When it cannot be written.
pub fn write_if_missing(root: &Path) -> Result<(), SettingsError> {
    let path = root.join("etc/machine-id");
    if is_identity(&text_file::text_of(&path)) {
        return Ok(());
    }
    let source = Path::new("/proc/sys/kernel/random/uuid");
    let uuid = fs::read_to_string(source).map_err(|error| SettingsError::File {
        path: source.to_owned(),
        source: error,
    })?;
    text_file::replace(&path, &format!("{}\n", identity(&uuid)), 0o444)
}

/// 32 lower-case hexadecimal digits; "uninitialized" and nothing are none.
fn is_identity(text: &str) -> bool {
    let text = text.trim();
    text.len() == 32 && text.chars().all(|digit| digit.is_ascii_hexdigit())
}

fn identity(uuid: &str) -> String {
    uuid.trim().chars().filter(|digit| *digit != '-').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_identity_counts() {
        assert!(is_identity("0123456789abcdef0123456789abcdef\n"));
        assert!(!is_identity("uninitialized\n"));
        assert!(!is_identity(""));
    }

    #[test]
    fn one_is_made_once() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        write_if_missing(root.path()).unwrap();
        let first = fs::read_to_string(root.path().join("etc/machine-id")).unwrap();
        assert!(is_identity(&first));
        write_if_missing(root.path()).unwrap();
        assert_eq!(
            fs::read_to_string(root.path().join("etc/machine-id")).unwrap(),
            first
        );
    }
}

//! What a target has left on disk.

use std::{fs, path::Path};

/// The names in a directory, sorted.
///
/// # Panics
/// When it cannot be read: that is a finding.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

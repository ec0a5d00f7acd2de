//! Replacing a small file, whatever stands in its place.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use super::SettingsError;

/// Makes `path` a file with that content and mode. A symbolic link in its place is replaced,
/// never followed; readers see the old or the new content. A file that is right already is
/// left alone, so that a boot does not copy it up to the VM's own disk.
///
/// # Errors
/// When the directory is missing or not writable.
pub fn replace(path: &Path, content: &str, mode: u32) -> Result<(), SettingsError> {
    if is_already(path, content, mode) {
        return Ok(());
    }
    write_anew(path, content, mode).map_err(|source| SettingsError::File {
        path: path.to_owned(),
        source,
    })
}

/// The text of a file; empty where there is none, or where it is no plain text file.
pub fn text_of(path: &Path) -> String {
    match path.symlink_metadata() {
        Ok(of) if of.is_file() => fs::read_to_string(path).unwrap_or_default(),
        Ok(_) | Err(_) => String::new(),
    }
}

fn is_already(path: &Path, content: &str, mode: u32) -> bool {
    path.symlink_metadata()
        .is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o7777 == mode)
        && fs::read(path).is_ok_and(|found| found == content.as_bytes())
}

fn write_anew(path: &Path, content: &str, mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".banger-new");
    let new = path.with_file_name(name);
    // What a guest that was killed left.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&new)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(content.as_bytes())?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_replaced_and_its_target_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let (target, link) = (home.path().join("target"), home.path().join("link"));
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, "new", 0o644).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
        assert!(link.symlink_metadata().unwrap().is_file());
        assert_eq!(text_of(&link), "new");
    }

    #[test]
    fn the_mode_is_exact_and_a_right_file_stays() {
        use std::os::unix::fs::MetadataExt;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        replace(&path, "text", 0o600).unwrap();
        let first = path.metadata().unwrap();
        assert_eq!(first.permissions().mode() & 0o7777, 0o600);
        replace(&path, "text", 0o600).unwrap();
        assert_eq!(path.metadata().unwrap().ino(), first.ino());
        replace(&path, "text", 0o644).unwrap();
        assert_eq!(
            path.metadata().unwrap().permissions().mode() & 0o7777,
            0o644
        );
    }

    #[test]
    fn a_missing_directory_is_told() {
        let home = tempfile::tempdir().unwrap();
        let error = replace(&home.path().join("no/file"), "", 0o644).unwrap_err();
        assert!(error.to_string().contains("no/file"));
    }
}

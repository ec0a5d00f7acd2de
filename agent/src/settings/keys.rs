//! Root's authorized_keys (sshd(8)).
//!
//! The host's keys stand in a block of their own, so that keys which somebody added in the
//! guest stay, and keys which the host no longer sends go.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

use super::{SettingsError, text_file};

const BEGIN: &str = "# Keys of the host; banger replaces this block.";
const END: &str = "# End of the host's keys.";

/// Writes the host's keys, with the modes that sshd asks for.
///
/// # Errors
/// When they cannot be written.
pub fn write(root: &Path, keys: &[String]) -> Result<(), SettingsError> {
    let directory = root.join("root/.ssh");
    let file = directory.join("authorized_keys");
    let before = if is_directory(&directory) {
        text_file::text_of(&file)
    } else {
        String::new()
    };
    let text = with_block(&before, keys);
    if text == before {
        return Ok(());
    }
    make_private(&directory).map_err(|source| SettingsError::File {
        path: directory.clone(),
        source,
    })?;
    text_file::replace(&file, &text, 0o600)
}

/// A directory itself, not a link to one.
fn is_directory(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|of| of.is_dir())
}

/// Puts a private directory in the place of whatever is there.
fn make_private(path: &Path) -> io::Result<()> {
    if !is_directory(path) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        DirBuilder::new().mode(0o700).create(path)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// The text with its block replaced; without one where there are no keys.
fn with_block(before: &str, keys: &[String]) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in before.lines() {
        match line {
            BEGIN => inside = true,
            END => inside = false,
            line if !inside => text.extend([line, "\n"]),
            _ => {}
        }
    }
    if !keys.is_empty() {
        text.extend([BEGIN, "\n"]);
        for key in keys {
            text.extend([key.trim(), "\n"]);
        }
        text.extend([END, "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(list: &[&str]) -> Vec<String> {
        list.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn the_guests_own_keys_stay_and_old_ones_of_the_host_go() {
        let first = with_block("mine\n", &keys(&["a", "b"]));
        let second = with_block(&first, &keys(&["c"]));
        assert_eq!(second, format!("mine\n{BEGIN}\nc\n{END}\n"));
        assert_eq!(with_block(&second, &[]), "mine\n");
    }

    proptest! {
        #[test]
        fn replacing_twice_is_replacing_once(
            before in "[a-z\n]{0,40}",
            list in prop::collection::vec("[a-z]{1,8}", 0..4),
        ) {
            let once = with_block(&before, &list);
            prop_assert_eq!(with_block(&once, &list), once);
        }
    }

    #[test]
    fn a_hostile_link_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let (outside, home) = (root.path().join("outside"), root.path().join("root"));
        fs::create_dir(&outside).unwrap();
        fs::create_dir(&home).unwrap();
        fs::write(outside.join("authorized_keys"), "precious").unwrap();
        std::os::unix::fs::symlink(&outside, home.join(".ssh")).unwrap();

        write(root.path(), &keys(&["ssh-ed25519 AAAA me"])).unwrap();

        assert_eq!(
            fs::read_to_string(outside.join("authorized_keys")).unwrap(),
            "precious"
        );
        let mode = |path: &str| {
            home.join(path)
                .symlink_metadata()
                .unwrap()
                .permissions()
                .mode()
        };
        assert_eq!(mode(".ssh") & 0o7777, 0o700);
        assert_eq!(mode(".ssh/authorized_keys") & 0o7777, 0o600);
    }

    #[test]
    fn without_keys_nothing_is_made() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("root")).unwrap();
        write(root.path(), &[]).unwrap();
        assert!(!root.path().join("root/.ssh").exists());
    }
}

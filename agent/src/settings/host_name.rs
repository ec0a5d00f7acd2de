//! The host name: the kernel's, /etc/hostname, and the guest's own line in /etc/hosts.

use std::{io, path::Path};

use super::{SettingsError, text_file};

/// The address that a host's own name has where no network tells it (Debian's hosts(5)).
const OWN_ADDRESS: &str = "127.0.1.1";

const LOCAL_HOSTS: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

/// Sets the kernel's host name.
///
/// # Errors
/// When the kernel refuses it.
pub fn set(name: &str) -> Result<(), SettingsError> {
    nix::unistd::sethostname(name).map_err(|source| SettingsError::HostName {
        name: name.to_owned(),
        source: io::Error::from(source),
    })
}

/// Writes /etc/hostname and /etc/hosts.
///
/// # Errors
/// When they cannot be written.
pub fn write(root: &Path, name: &str) -> Result<(), SettingsError> {
    text_file::replace(&root.join("etc/hostname"), &format!("{name}\n"), 0o644)?;
    let hosts = root.join("etc/hosts");
    let text = hosts_with_own_name(&text_file::text_of(&hosts), name);
    text_file::replace(&hosts, &text, 0o644)
}

/// The table with the guest's own line, and with localhost where it was empty.
fn hosts_with_own_name(table: &str, name: &str) -> String {
    let table = if table.trim().is_empty() {
        LOCAL_HOSTS
    } else {
        table
    };
    let others = table
        .lines()
        .filter(|line| line.split_whitespace().next() != Some(OWN_ADDRESS))
        .flat_map(|line| [line, "\n"]);
    let mut text: String = others.collect();
    text.push_str(&format!("{OWN_ADDRESS}\t{name}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_gets_localhost() {
        let text = hosts_with_own_name("", "kestrel");
        assert!(text.starts_with("127.0.0.1\tlocalhost\n"));
        assert!(text.ends_with("127.0.1.1\tkestrel\n"));
    }

    #[test]
    fn the_own_line_is_replaced_and_others_stay() {
        let table = "127.0.0.1 localhost\n127.0.1.1 old\n10.0.0.1 db # mine";
        let text = hosts_with_own_name(table, "new");
        assert_eq!(
            text,
            "127.0.0.1 localhost\n10.0.0.1 db # mine\n127.0.1.1\tnew\n"
        );
        assert_eq!(hosts_with_own_name(&text, "new"), text);
    }

    #[test]
    fn both_files_are_written() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        write(root.path(), "kestrel").unwrap();
        let read = |file: &str| std::fs::read_to_string(root.path().join(file)).unwrap();
        assert_eq!(read("etc/hostname"), "kestrel\n");
        assert!(read("etc/hosts").contains("\tkestrel\n"));
    }
}

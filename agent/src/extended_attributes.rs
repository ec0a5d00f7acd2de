//! Extended attributes that belong to a file as its mode does: what users set, file
//! capabilities, ACLs (xattr(7)). In archives they are pax records
//! ([`banger_agent_protocol::attributes`]).

use std::{io, os::fd::AsFd, path::Path};

use banger_agent_protocol::attributes::{from_record, to_record};
use rustix::{
    fs::{XattrFlags, fsetxattr, lgetxattr, llistxattr, lsetxattr},
    io::Errno,
};

/// What the kernel keeps at most, names and value each, in bytes (xattr(7)).
const MOST: usize = 64 * 1024;

/// Those that only an owner who is kept should have.
const PRIVILEGED: [&str; 3] = [
    "security.capability",
    "system.posix_acl_access",
    "system.posix_acl_default",
];

/// A name and a value.
pub type Attribute = (String, Vec<u8>);

/// Those of a file, not of what a link points to. None where the file system has none.
pub fn of(path: &Path) -> Vec<Attribute> {
    let mut few = [0; 1024];
    let mut many;
    let names = match llistxattr(path, &mut few[..]) {
        Ok(length) => few.get(..length),
        Err(Errno::RANGE) => {
            many = vec![0; MOST];
            let length = llistxattr(path, &mut many[..]).unwrap_or(0);
            many.get(..length)
        }
        Err(_) => None,
    };
    let names = names.unwrap_or_default().split(|byte| *byte == 0);
    names
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| name.starts_with("user.") || PRIVILEGED.contains(name))
        .filter_map(|name| {
            let mut value = vec![0; MOST];
            let length = lgetxattr(path, name, &mut value[..]).ok()?;
            value.truncate(length);
            Some((name.to_owned(), value))
        })
        .collect()
}

/// Gives a file those of another.
///
/// # Errors
/// When the file system takes attributes and not these.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for (name, value) in of(from) {
        tolerate(lsetxattr(to, &name, &value, XattrFlags::empty()))?;
    }
    Ok(())
}

/// Gives an open file some. Those that carry privileges only where its owner is kept.
///
/// # Errors
/// As [`copy`].
pub fn set(file: impl AsFd, attributes: &[Attribute], keep_owners: bool) -> io::Result<()> {
    for (name, value) in attributes {
        if name.starts_with("user.") || (keep_owners && PRIVILEGED.contains(&name.as_str())) {
            tolerate(fsetxattr(&file, name, value, XattrFlags::empty()))?;
        }
    }
    Ok(())
}

/// Not every file system has them, as tmpfs and FAT; a copy without is better than none.
fn tolerate(outcome: Result<(), Errno>) -> io::Result<()> {
    match outcome {
        Err(Errno::NOTSUP) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A file's as pax records.
pub fn records(path: &Path) -> Vec<(String, Vec<u8>)> {
    of(path)
        .iter()
        .map(|(name, value)| to_record(name, value))
        .collect()
}

/// An archive's member's.
pub fn of_member<R: io::Read>(entry: &mut tar::Entry<'_, R>) -> Vec<Attribute> {
    // What is no record is passed over, as everywhere.
    let Ok(Some(records)) = entry.pax_extensions() else {
        return Vec::new();
    };
    records
        .filter_map(Result::ok)
        .filter_map(|record| {
            let (name, value) = from_record(record.key().ok()?, record.value_bytes())?;
            Some((name.to_owned(), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_set_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        std::fs::write(&from, "").unwrap();
        std::fs::write(&to, "").unwrap();
        let long = format!("user.{}", "n".repeat(200));
        for name in ["user.note", &long] {
            if lsetxattr(&from, name, b"\0v", XattrFlags::empty()) == Err(Errno::NOTSUP) {
                return;
            }
        }
        copy(&from, &to).unwrap();
        let mut copied = of(&to);
        copied.sort();
        let expected = [
            (long, b"\0v".to_vec()),
            ("user.note".into(), b"\0v".to_vec()),
        ];
        assert_eq!(copied, expected);
    }
}

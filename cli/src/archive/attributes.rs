//! Extended attributes that users set on files (xattr(7), `user.`). In archives they are pax
//! records, as GNU tar, bsdtar and docker write them. Others need privileges here.

use std::{
    io::{self, Read},
    os::fd::AsFd,
};

use rustix::{
    fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr},
    io::Errno,
};

/// Before an attribute's name in an archive.
const PAX_PREFIX: &str = "SCHILY.xattr.";
/// The names that travel.
const KIND: &str = "user.";
/// What the kernel keeps at most, names and value each, in bytes (xattr(7)).
const MOST: usize = 64 * 1024;

/// An open file's as pax records; none where the file system has none. A value with a line's
/// end is left out: readers of archives in use take a record for a line.
pub fn records(file: impl AsFd) -> Vec<(String, Vec<u8>)> {
    let mut few = [0; 1024];
    let mut many;
    let names = match flistxattr(&file, &mut few[..]) {
        Ok(length) => few.get(..length),
        Err(Errno::RANGE) => {
            many = vec![0; MOST];
            let length = flistxattr(&file, &mut many[..]).unwrap_or(0);
            many.get(..length)
        }
        Err(_) => None,
    };
    let names = names.unwrap_or_default().split(|byte| *byte == 0);
    names
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| name.starts_with(KIND))
        .filter_map(|name| {
            let mut value = vec![0; MOST];
            let length = fgetxattr(&file, name, &mut value[..]).ok()?;
            value.truncate(length);
            Some((format!("{PAX_PREFIX}{name}"), value))
        })
        .filter(|(_, value)| !value.contains(&b'\n'))
        .collect()
}

/// Gives a file those of an archive's member, as far as its file system has any.
///
/// # Errors
/// When it has, and does not take these.
pub fn set<R: Read>(file: impl AsFd, member: &mut tar::Entry<'_, R>) -> io::Result<()> {
    // What is no record is passed over.
    let Ok(Some(records)) = member.pax_extensions() else {
        return Ok(());
    };
    for record in records.filter_map(Result::ok) {
        let name = record
            .key()
            .ok()
            .and_then(|key| key.strip_prefix(PAX_PREFIX));
        let Some(name) = name.filter(|name| name.starts_with(KIND)) else {
            continue;
        };
        match fsetxattr(&file, name, record.value_bytes(), XattrFlags::empty()) {
            Err(Errno::NOTSUP) | Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

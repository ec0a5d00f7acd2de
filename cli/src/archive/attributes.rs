//! Extended attributes that users set on files (xattr(7), `user.`). In archives they are pax
//! records ([`banger_agent_protocol::attributes`]). Others need privileges here.

use std::{
    io::{self, Read},
    os::fd::AsFd,
};

use banger_agent_protocol::attributes::{from_record, to_record};
use rustix::{
    fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr},
    io::Errno,
};

/// The names that travel.
const KIND: &str = "user.";
/// What the kernel keeps at most, names and value each, in bytes (xattr(7)).
const MOST: usize = 64 * 1024;

/// An open file's as pax records; none where the file system has none.
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
            Some(to_record(name, &value))
        })
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
        let key = record.key().unwrap_or_default();
        let Some((name, value)) = from_record(key, record.value_bytes()) else {
            continue;
        };
        if !name.starts_with(KIND) {
            continue;
        }
        match fsetxattr(&file, name, &value, XattrFlags::empty()) {
            Err(Errno::NOTSUP) | Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

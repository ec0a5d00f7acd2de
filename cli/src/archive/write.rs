//! From items to a tar stream.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
};

use nix::libc;
use tar::{Builder, EntryType, Header};

use super::{ArchiveError, Entry, EntryKind, IfGone, attributes, is_absence, padded::Padded};

/// Writes a tar stream.
pub struct Writer<W: Write, F> {
    builder: Builder<W>,
    sent: F,
}

impl<W: Write, F: FnMut(u64)> Writer<W, F> {
    /// Begins a stream. `sent` is called with each item's bytes as they were written.
    pub fn new(stream: W, sent: F) -> Self {
        let builder = Builder::new(stream);
        Self { builder, sent }
    }

    /// Writes items.
    ///
    /// A file that grew or shrank since its header was written is cut, or filled up with
    /// zeros.
    ///
    /// # Errors
    /// When something cannot be read, is gone and must not be, or nobody takes the stream.
    pub fn all<'a>(
        &mut self,
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<(), ArchiveError> {
        for entry in entries {
            match member(&mut self.builder, entry) {
                Ok(bytes) => (self.sent)(bytes),
                Err(ArchiveError::Read { path, source }) if is_absence(&source) => {
                    match entry.if_gone {
                        IfGone::LeaveOut => {}
                        IfGone::Fail => return Err(ArchiveError::Gone(path)),
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When nobody takes it.
    pub fn finish(self) -> Result<(), ArchiveError> {
        self.builder
            .into_inner()
            .and_then(|mut stream| stream.flush())
            .map_err(ArchiveError::Send)
    }
}

/// Writes all items as a stream; see [`Writer`].
///
/// # Errors
/// As [`Writer::all`].
pub fn write<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    stream: impl Write,
    sent: impl FnMut(u64),
) -> Result<(), ArchiveError> {
    let mut writer = Writer::new(stream, sent);
    writer.all(entries)?;
    writer.finish()
}

fn member<W: Write>(builder: &mut Builder<W>, entry: &Entry) -> Result<u64, ArchiveError> {
    let name = &entry.name;
    match &entry.kind {
        EntryKind::Directory => {
            let mut header = header(entry, EntryType::Directory, 0);
            builder
                .append_data(&mut header, name, io::empty())
                .map_err(ArchiveError::Send)?;
            Ok(0)
        }
        EntryKind::Link(target) => {
            let mut header = header(entry, EntryType::Symlink, 0);
            builder
                .append_link(&mut header, name, target)
                .map_err(ArchiveError::Send)?;
            Ok(0)
        }
        EntryKind::Made(text) => {
            let mut header = header(entry, EntryType::Regular, text.len() as u64);
            builder
                .append_data(&mut header, name, text.as_slice())
                .map_err(ArchiveError::Send)?;
            Ok(text.len() as u64)
        }
        EntryKind::File { source, .. } => {
            let failed = |error| ArchiveError::read(source, error);
            let file = File::options()
                .read(true)
                // It may have become a pipe since it was listed.
                .custom_flags(libc::O_NONBLOCK)
                .open(source)
                .map_err(failed)?;
            let of = file.metadata().map_err(failed)?;
            let size = if of.is_file() { of.len() } else { 0 };
            let records = attributes::records(&file);
            if !records.is_empty() {
                let records = records
                    .iter()
                    .map(|(key, value)| (key.as_str(), &value[..]));
                builder
                    .append_pax_extensions(records)
                    .map_err(ArchiveError::Send)?;
            }
            let mut header = header(entry, EntryType::Regular, size);
            let mut content = Padded::new(file, size);
            builder
                .append_data(&mut header, name, content.by_ref())
                .map_err(ArchiveError::Send)?;
            content.finish().map_err(failed)?;
            Ok(size)
        }
    }
}

/// Times have whole seconds. Their fractions would take a second header for each file
/// (pax(1): mtime), which makes thousands of small files half as slow again in an emulated
/// guest; and what was built stays newer than, or as old as, what it was built of.
fn header(entry: &Entry, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(entry.mode);
    header.set_uid(entry.owner.0.into());
    header.set_gid(entry.owner.1.into());
    header.set_size(size);
    header.set_mtime(u64::try_from(entry.modified).unwrap_or(0));
    header
}

#[cfg(test)]
mod tests {
    use std::{
        ffi::OsStr,
        fs,
        os::unix::ffi::OsStrExt,
        path::{Path, PathBuf},
    };

    use super::*;

    fn entry(source: &Path, name: &[u8]) -> Entry {
        let name = PathBuf::from(OsStr::from_bytes(name));
        Entry::of(source, &source.symlink_metadata().unwrap(), name)
            .unwrap()
            .unwrap()
    }

    fn read_back(entries: &[Entry]) -> Vec<(Vec<u8>, u32, Vec<u8>)> {
        let mut bytes = Vec::new();
        write(entries, &mut bytes, |_| {}).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let member = |member: io::Result<tar::Entry<'_, &[u8]>>| {
            let mut member = member.unwrap();
            let name = member.path_bytes().into_owned();
            let mode = member.header().mode().unwrap();
            let mut content = Vec::new();
            member.read_to_end(&mut content).unwrap();
            if let Some(target) = member.link_name_bytes() {
                content = target.into_owned();
            }
            (name, mode, content)
        };
        archive.entries().unwrap().map(member).collect()
    }

    #[test]
    fn odd_and_long_names_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "text").unwrap();
        let long = [b"d/".repeat(120), b"\xff\n-x".to_vec()].concat();
        let names: [&[u8]; 4] = [b"-dash", b"new\nline \"x\"", b"\xff\xfe", &long];
        let entries: Vec<_> = names.iter().map(|name| entry(&file, name)).collect();
        let back = read_back(&entries);
        let read: Vec<&[u8]> = back.iter().map(|(name, ..)| name.as_slice()).collect();
        assert_eq!(read, names);
        assert!(back.iter().all(|(_, _, content)| content == b"text"));
    }

    #[test]
    fn links_keep_their_targets_and_set_id_bits_stay_behind() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (link, tool) = (directory.path().join("link"), directory.path().join("tool"));
        let target = OsStr::from_bytes(b"/somewhere/\xff else");
        symlink(target, &link).unwrap();
        fs::write(&tool, "").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o4755)).unwrap();
        let back = read_back(&[entry(&link, b"l"), entry(&tool, b"t")]);
        assert_eq!(back[0].2, target.as_bytes());
        assert_eq!(back[1].1, 0o755);
    }

    #[test]
    fn what_is_gone_is_left_out_or_fails() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "text").unwrap();
        let mut gone = entry(&file, b"gone");
        fs::remove_file(&file).unwrap();
        assert!(read_back(std::slice::from_ref(&gone)).is_empty());
        gone.if_gone = IfGone::Fail;
        let failed = write([&gone], Vec::new(), |_| {});
        assert!(matches!(failed, Err(ArchiveError::Gone(_))));
    }
}

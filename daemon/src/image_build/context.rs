//! The files that a build may copy: a tar on disk that has no name there, so that nothing is
//! left of it, and a list of what is in it.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read},
    os::unix::fs::FileExt,
    sync::Arc,
};

use banger_api::{ErrorCode, Problem};
use banger_dockerfile::{Ignore, Member};
use tar::{Archive, Entry, EntryType};

/// The most files and directories that a context may have.
const MOST: usize = 2_000_000;
/// The most that is read of a Dockerfile, a script or `.dockerignore`, in bytes.
const TEXT: u64 = 1 << 20;

/// The files that a build may copy.
#[derive(Clone, Debug)]
pub struct Context {
    file: Arc<File>,
    members: Arc<Vec<Member>>,
    found: Arc<Vec<Found>>,
    /// What `.dockerignore` leaves out.
    pub ignore: Ignore,
}

/// A member, beyond its name.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its permissions.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub modified: u64,
}

/// What a member is.
#[derive(Clone, Debug)]
pub enum FoundKind {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// Where its content lies in the tar.
        offset: u64,
        /// In bytes.
        size: u64,
    },
    /// A symbolic link and its target.
    Link(Vec<u8>),
}

impl Context {
    /// Reads the list of a tar. Blocks.
    ///
    /// # Errors
    /// When it is damaged, hostile, or has what cannot be copied.
    pub fn read(file: File) -> Result<Self, Problem> {
        let mut found: BTreeMap<Vec<u8>, Found> = BTreeMap::new();
        let mut archive = Archive::new(BufReader::new(&file));
        let damaged = |source: io::Error| bad(format!("the context is damaged: {source}"));
        for entry in archive.entries().map_err(damaged)? {
            let mut entry = entry.map_err(damaged)?;
            let Some(path) = clean(&entry.path_bytes())? else {
                continue;
            };
            if let Some(member) = member(&mut entry, &found)? {
                found.insert(path, member);
            }
            if found.len() > MOST {
                return Err(bad(format!("the context has more than {MOST} files")));
            }
        }
        let paths: Vec<Vec<u8>> = found.keys().cloned().collect();
        for path in paths {
            for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
                found.entry(path[..at].to_vec()).or_insert(Found {
                    kind: FoundKind::Directory,
                    mode: 0o755,
                    modified: 0,
                });
            }
        }
        let (paths, found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let member = |(path, found): (Vec<u8>, &Found)| Member {
            path,
            is_directory: matches!(found.kind, FoundKind::Directory),
        };
        let members = paths.into_iter().zip(&found).map(member).collect();
        let mut context = Self {
            file: Arc::new(file),
            members: Arc::new(members),
            found: Arc::new(found),
            ignore: Ignore::default(),
        };
        if let Some(text) = context.text(".dockerignore")? {
            context.ignore = Ignore::parse(&text);
        }
        Ok(context)
    }

    /// All members, by path.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// A member by its index.
    pub fn found(&self, index: usize) -> Option<&Found> {
        self.found.get(index)
    }

    /// The tar.
    pub fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// The text of a small file; nothing where there is none. Blocks.
    ///
    /// # Errors
    /// When it is no text, or large.
    pub fn text(&self, path: &str) -> Result<Option<String>, Problem> {
        let Some(wanted) = clean(path.as_bytes())? else {
            return Ok(None);
        };
        let index = self.members.iter().position(|member| member.path == wanted);
        let Some(FoundKind::File { offset, size }) = index
            .and_then(|index| self.found(index))
            .map(|found| &found.kind)
        else {
            return Ok(None);
        };
        if *size > TEXT {
            return Err(bad(format!("{path} has more than {TEXT} bytes")));
        }
        let mut text = String::new();
        let mut content = Content::new(&self.file, *offset, *size);
        let read = content.read_to_string(&mut text);
        read.map_err(|source| bad(format!("{path}: {source}")))?;
        Ok(Some(text))
    }
}

/// A part of the tar.
pub struct Content<'a> {
    file: &'a File,
    offset: u64,
    left: u64,
}

impl<'a> Content<'a> {
    /// That part.
    pub fn new(file: &'a File, offset: u64, size: u64) -> Self {
        Self {
            file,
            offset,
            left: size,
        }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(room.len());
        let read = self
            .file
            .read_at(room.get_mut(..most).unwrap_or_default(), self.offset)?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.offset += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

fn member<R: Read>(
    entry: &mut Entry<'_, R>,
    before: &BTreeMap<Vec<u8>, Found>,
) -> Result<Option<Found>, Problem> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let target = entry.link_name_bytes().map(|target| target.into_owned());
    let header = entry.header();
    let kind = match header.entry_type() {
        EntryType::Directory => FoundKind::Directory,
        EntryType::Regular | EntryType::Continuous => FoundKind::File {
            offset: entry.raw_file_position(),
            size: entry.size(),
        },
        EntryType::Symlink => FoundKind::Link(target.unwrap_or_default()),
        // Another name of a file that came before.
        EntryType::Link => {
            let of = clean(&target.unwrap_or_default())?;
            match of.and_then(|of| before.get(&of)) {
                Some(found) => found.kind.clone(),
                None => return Err(bad(format!("{name} is a hard link to nothing"))),
            }
        }
        EntryType::GNUSparse => {
            return Err(bad(format!(
                "{name} is stored sparse: pack without --sparse"
            )));
        }
        // Pipes and devices are no files that are copied.
        _ => return Ok(None),
    };
    Ok(Some(Found {
        kind,
        mode: header.mode().unwrap_or(0o644) & 0o7777,
        modified: header.mtime().unwrap_or(0),
    }))
}

/// Without `.` and empty parts; nothing for the context itself.
fn clean(path: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let mut parts = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                let name = String::from_utf8_lossy(path);
                return Err(bad(format!("{name} leads out of the context")));
            }
            part => parts.push(part),
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(&b'/')))
}

fn bad(detail: String) -> Problem {
    Problem::new(ErrorCode::BadArchive, detail)
        .with_hint("send a tar of the context, not compressed: `tar -C DIR -c .`")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn context(members: &[(&str, EntryType, &str)]) -> Result<Context, Problem> {
        let mut builder = tar::Builder::new(tempfile::tempfile().unwrap());
        for (name, kind, content) in members {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o640);
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            if *kind == EntryType::Regular {
                header.set_size(content.len() as u64);
                header.set_cksum();
                builder.append(&header, content.as_bytes()).unwrap();
            } else {
                header.set_size(0);
                header.set_link_name(content).unwrap();
                header.set_cksum();
                builder.append(&header, io::empty()).unwrap();
            }
        }
        let mut file = builder.into_inner().unwrap();
        file.flush().unwrap();
        io::Seek::rewind(&mut file).unwrap();
        Context::read(file)
    }

    #[test]
    fn members_are_listed_with_the_directories_on_their_way() {
        let file = EntryType::Regular;
        let all = [
            ("./Dockerfile", file, "FROM x\n"),
            ("a/b/c", file, "text"),
            ("a/d", EntryType::Link, "./a/b/c"),
            (".dockerignore", file, "a/d"),
        ];
        let context = context(&all).unwrap();
        let paths: Vec<_> = context
            .members()
            .iter()
            .map(|member| String::from_utf8_lossy(&member.path).into_owned())
            .collect();
        assert_eq!(
            paths,
            [".dockerignore", "Dockerfile", "a", "a/b", "a/b/c", "a/d"]
        );
        assert_eq!(context.text("/Dockerfile").unwrap().unwrap(), "FROM x\n");
        assert_eq!(context.text("a/d").unwrap().unwrap(), "text");
        assert_eq!(context.text("a").unwrap(), None);
        assert!(context.ignore.ignores("a/d"));
    }

    #[test]
    fn what_leads_out_or_nowhere_is_refused() {
        for (name, kind, target) in [
            ("../x", EntryType::Regular, ""),
            ("x", EntryType::Link, "nothing"),
            ("x", EntryType::Link, "../x"),
        ] {
            let refused = context(&[(name, kind, target)]).unwrap_err();
            assert_eq!(refused.code, ErrorCode::BadArchive, "{name} {target}");
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[b'x'; 2000]).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        assert!(Context::read(file).is_err());
    }
}

//! The files that a build may copy.

use std::{fs::File, io::Read};

use banger_api::{ErrorCode, Problem};
use banger_dockerfile::Ignore;

use super::tree::{Content, FoundKind, Tree, clean};

/// The most that is read of a Dockerfile, a script or `.dockerignore`, in bytes.
const TEXT: u64 = 1 << 20;

/// The files that a build may copy.
#[derive(Clone, Debug)]
pub struct Context {
    /// They.
    pub tree: Tree,
    /// What `.dockerignore` leaves out.
    pub ignore: Ignore,
}

impl Context {
    /// Reads the list of a tar. Blocks.
    ///
    /// # Errors
    /// When it is damaged, hostile, or has what cannot be copied.
    pub fn read(file: File) -> Result<Self, Problem> {
        let tree = Tree::read(file).map_err(|detail| bad(format!("the context: {detail}")))?;
        let mut context = Self {
            tree,
            ignore: Ignore::default(),
        };
        if let Some(text) = context.text(".dockerignore")? {
            context.ignore = Ignore::parse(&text);
        }
        Ok(context)
    }

    /// The text of a small file; nothing where there is none. Blocks.
    ///
    /// # Errors
    /// When it is no text, or large.
    pub fn text(&self, path: &str) -> Result<Option<String>, Problem> {
        let Some(wanted) = clean(path.as_bytes()).map_err(bad)? else {
            return Ok(None);
        };
        let found = self.tree.at(&wanted).map(|found| &found.kind);
        let Some(FoundKind::File { offset, size }) = found else {
            return Ok(None);
        };
        if *size > TEXT {
            return Err(bad(format!("{path} has more than {TEXT} bytes")));
        }
        let file = self.tree.file();
        let mut text = String::new();
        let mut content = Content::new(&file, *offset, *size);
        let read = content.read_to_string(&mut text);
        read.map_err(|source| bad(format!("{path}: {source}")))?;
        Ok(Some(text))
    }
}

fn bad(detail: String) -> Problem {
    Problem::new(ErrorCode::BadArchive, detail)
        .with_hint("send a tar of the context, not compressed: `tar -C DIR -c .`")
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use tar::EntryType;

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
            .tree
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

//! A `.git` that stands alone: a plain directory with all that the repository needs.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use super::{WorkspaceError, borrowed, git, layout};
use crate::archive::{Entry, EntryKind, IfGone, is_absence, look};

/// How deep links within a repository's directory are followed: none leads through more than
/// one in practice, and a circle ends.
const MAX_DEPTH: usize = 64;

/// A repository, and what it is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its own directory: `.git`, or where a `.git` file points.
    pub git_dir: PathBuf,
    /// Its working tree.
    pub top: PathBuf,
    /// The name of its `.git` in the archive.
    pub name: PathBuf,
}

impl Repository {
    /// All but its objects, as it is now. References that are packed come after those that
    /// are not, as git itself reads them: they move that way.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn references(&self) -> Result<Vec<Entry>, WorkspaceError> {
        let of = fs::metadata(&self.git_dir);
        let of = of.map_err(|error| WorkspaceError::read(&self.git_dir, error))?;
        let mut copy = Copy::new(self);
        copy.add(Entry::of(&self.git_dir, &of, self.name.clone())?);
        let travels = |path: &Path| layout::travels(path) && !path.starts_with("objects");
        copy.walk(&self.git_dir, Path::new(""), &travels, 0)?;
        if let Some(common) = common_dir(&self.git_dir)? {
            let shared = |path: &Path| layout::is_shared(path) && travels(path);
            copy.walk(&common, Path::new(""), &shared, 0)?;
        }
        copy.stand_alone()?;
        let packed = self.name.join("packed-refs");
        copy.entries.sort_by_key(|entry| entry.name == packed);
        Ok(copy.entries)
    }

    /// Its objects, as they are now, with those that it borrows.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn objects(&self) -> Result<Vec<Entry>, WorkspaceError> {
        let common = common_dir(&self.git_dir)?;
        let objects = common.as_deref().unwrap_or(&self.git_dir).join("objects");
        let mut copy = Copy::new(self);
        if let Some(of) = look(&objects)? {
            copy.add(Entry::of(&objects, &of, self.name.join("objects"))?);
        }
        let within = Path::new("objects");
        copy.walk(&objects, within, &layout::travels, 0)?;
        for lender in borrowed::lenders(&objects)? {
            copy.walk(&lender, within, &borrowed::travels, 0)?;
        }
        for entry in &mut copy.entries {
            entry.if_gone = IfGone::Fail;
        }
        Ok(copy.entries)
    }
}

/// The directory that a linked worktree shares with others (gitrepository-layout(5)).
fn common_dir(git_dir: &Path) -> Result<Option<PathBuf>, WorkspaceError> {
    let file = git_dir.join("commondir");
    match fs::read(&file) {
        Ok(text) => {
            let text = text.strip_suffix(b"\n").unwrap_or(&text);
            Ok(Some(git_dir.join(borrowed::path(text))))
        }
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(WorkspaceError::read(&file, error)),
    }
}

struct Copy<'a> {
    of: &'a Repository,
    taken: HashSet<PathBuf>,
    entries: Vec<Entry>,
}

impl<'a> Copy<'a> {
    fn new(of: &'a Repository) -> Self {
        Self {
            of,
            taken: HashSet::new(),
            entries: Vec::new(),
        }
    }

    /// What a directory holds. `within` is its path in the repository's directory. What was
    /// taken before, from a place that counts more, is passed over.
    fn walk(
        &mut self,
        directory: &Path,
        within: &Path,
        travels: &dyn Fn(&Path) -> bool,
        depth: usize,
    ) -> Result<(), WorkspaceError> {
        let failed = |error| WorkspaceError::read(directory, error);
        if depth > MAX_DEPTH {
            return Ok(());
        }
        let names = fs::read_dir(directory).and_then(|all| {
            all.map(|one| Ok(one?.file_name()))
                .collect::<Result<Vec<_>, _>>()
        });
        let mut names = match names {
            Ok(names) => names,
            // An empty directory of references was tidied away.
            Err(error) if is_absence(&error) => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        names.sort_unstable();
        for name in names {
            let path = within.join(&name);
            let source = directory.join(&name);
            if !travels(&path) {
                continue;
            }
            let Some(mut of) = look(&source)? else {
                continue;
            };
            if of.is_symlink() && self.leads_away(&source)? {
                of = fs::metadata(&source).map_err(|error| WorkspaceError::read(&source, error))?;
            }
            if self.taken.insert(path.clone()) {
                self.add(Entry::of(&source, &of, self.of.name.join(&path))?);
            }
            if of.is_dir() {
                self.walk(&source, &path, travels, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Everything belongs to root, as the guest's user does, so git trusts it there.
    fn add(&mut self, entry: Option<Entry>) {
        let ours = |entry: Entry| Entry {
            owner: (0, 0),
            ..entry
        };
        self.entries.extend(entry.map(ours));
    }

    /// Whether a link leads to something that the guest does not have. `git-new-workdir`
    /// makes such links; what they lead to is taken in their place.
    fn leads_away(&self, link: &Path) -> Result<bool, WorkspaceError> {
        let target = fs::read_link(link).map_err(|error| WorkspaceError::read(link, error))?;
        let Ok(leads_to) = link.canonicalize() else {
            // It leads nowhere, here as there.
            return Ok(false);
        };
        let travels_too =
            leads_to.starts_with(&self.of.top) || leads_to.starts_with(&self.of.git_dir);
        Ok(target.is_absolute() || !travels_too)
    }

    /// Settings that say that the working tree is elsewhere, or that there is none, are
    /// true of the original only.
    fn stand_alone(&mut self) -> Result<(), WorkspaceError> {
        for file in ["config", "config.worktree"] {
            let name = self.of.name.join(file);
            let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) else {
                continue;
            };
            let EntryKind::File { source, .. } = &entry.kind else {
                continue;
            };
            let text = fs::read(source).map_err(|error| WorkspaceError::read(source, error))?;
            if may_need_change(&String::from_utf8_lossy(&text)) {
                entry.kind = EntryKind::Made(git::standalone_config(source)?);
            }
        }
        Ok(())
    }
}

/// Whether git has to be asked; most configurations only say `bare = false`.
fn may_need_change(config: &str) -> bool {
    config.lines().map(str::to_ascii_lowercase).any(|line| {
        line.contains("worktree") || (line.contains("bare") && !line.trim_end().ends_with("false"))
    })
}

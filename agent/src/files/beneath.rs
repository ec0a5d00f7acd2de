//! A directory that nothing leads out of.
//!
//! Every parent is opened by openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, so no
//! link, whether it was there before or came with the archive, takes a write elsewhere. The
//! last component is always created anew, never opened.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2},
    sys::stat::{Mode, SFlag, fstatat, mkdirat, mknodat},
    unistd::{UnlinkatFlags, linkat, symlinkat, unlinkat},
};

use super::member::Place;

/// The directory.
pub struct Beneath {
    root: OwnedFd,
    /// The parent of the last member: archives list a directory's members together.
    last: Option<(PathBuf, OwnedFd)>,
}

impl Beneath {
    /// Opens it; it may be a link itself.
    ///
    /// # Errors
    /// When it is missing or no directory.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        Ok(Self {
            root: nix::fcntl::open(directory, flags, Mode::empty())?,
            last: None,
        })
    }

    /// Makes a file that was not there, open for writing.
    ///
    /// # Errors
    /// When its place is taken by a directory that is not empty, or the parent is a link.
    pub fn create_file(&mut self, place: &Place, mode: Mode) -> io::Result<File> {
        let flags =
            OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        self.replace(place, |parent, name| {
            nix::fcntl::openat(parent, name, flags, mode)
        })
        .map(File::from)
    }

    /// Makes a symbolic link. Its target is only text.
    ///
    /// # Errors
    /// As for files.
    pub fn create_symlink(&mut self, place: &Place, target: &OsStr) -> io::Result<()> {
        self.replace(place, |parent, name| symlinkat(target, parent, name))
    }

    /// Makes a named pipe.
    ///
    /// # Errors
    /// As for files.
    pub fn create_pipe(&mut self, place: &Place, mode: Mode) -> io::Result<()> {
        self.replace(place, |parent, name| {
            mknodat(parent, name, SFlag::S_IFIFO, mode, 0)
        })
    }

    /// Gives a file that lies beneath, too, another name.
    ///
    /// # Errors
    /// As for files; and when there is no `target`.
    pub fn create_hard_link(&mut self, place: &Place, target: &Place) -> io::Result<()> {
        let of = self.resolve(&target.parent, false)?;
        // A link to itself would remove the file first.
        if place == target {
            return Ok(());
        }
        let target = target.name.as_os_str();
        self.replace(place, |parent, name| {
            linkat(&of, target, parent, name, AtFlags::empty())
        })
    }

    /// Makes a directory unless there is one. A file or a link in its place is replaced.
    ///
    /// # Errors
    /// When the parent is a link, or the system refuses.
    pub fn create_directory(&mut self, place: &Place, mode: Mode) -> io::Result<()> {
        self.with_parent(place, |parent, name| match mkdirat(parent, name, mode) {
            Err(Errno::EEXIST) if is_directory(parent, name)? => Ok(()),
            Err(Errno::EEXIST) => {
                unlinkat(parent, name, UnlinkatFlags::NoRemoveDir)?;
                mkdirat(parent, name, mode)
            }
            result => result,
        })
    }

    /// Opens what lies at a path for changing its attributes: a directory or a file, no link.
    ///
    /// # Errors
    /// When it is missing, or there is a link on the way.
    pub fn open_directory(&self, path: &Path) -> io::Result<OwnedFd> {
        if path.as_os_str().is_empty() {
            return self.root.try_clone();
        }
        Ok(self.openat2(path, OFlag::O_DIRECTORY | OFlag::O_RDONLY)?)
    }

    /// Runs a call on a member's parent and name.
    ///
    /// # Errors
    /// When the parent cannot be reached, or the call fails.
    pub fn with_parent<T>(
        &mut self,
        place: &Place,
        call: impl FnOnce(&OwnedFd, &OsStr) -> Result<T, Errno>,
    ) -> io::Result<T> {
        let parent = match self.last.take() {
            Some((path, parent)) if path == place.parent => parent,
            Some(_) | None => self.resolve(&place.parent, true)?,
        };
        let result = call(&parent, &place.name);
        self.last = Some((place.parent.clone(), parent));
        Ok(result?)
    }

    /// Makes a name, and where it is taken removes what is there first, as tar does.
    fn replace<T>(
        &mut self,
        place: &Place,
        make: impl Fn(&OwnedFd, &OsStr) -> Result<T, Errno>,
    ) -> io::Result<T> {
        self.with_parent(place, |parent, name| match make(parent, name) {
            Err(Errno::EEXIST) => {
                match unlinkat(parent, name, UnlinkatFlags::NoRemoveDir) {
                    Err(Errno::EISDIR) => unlinkat(parent, name, UnlinkatFlags::RemoveDir)?,
                    result => result?,
                }
                make(parent, name)
            }
            result => result,
        })
    }

    /// Opens a directory beneath; makes it and its parents where missing and wanted.
    fn resolve(&self, path: &Path, make: bool) -> io::Result<OwnedFd> {
        if path.as_os_str().is_empty() {
            return self.root.try_clone();
        }
        let flags = OFlag::O_DIRECTORY | OFlag::O_PATH;
        match self.openat2(path, flags) {
            Err(Errno::ENOENT) if make => {}
            result => return Ok(result?),
        }
        let mut parent = self.resolve(Path::new(""), false)?;
        let mut so_far = PathBuf::new();
        for part in path {
            match mkdirat(&parent, part, Mode::from_bits_truncate(0o755)) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(error) => return Err(error.into()),
            }
            so_far.push(part);
            parent = self.openat2(&so_far, flags)?;
        }
        Ok(parent)
    }

    fn openat2(&self, path: &Path, flags: OFlag) -> Result<OwnedFd, Errno> {
        let inside = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
        let how = OpenHow::new()
            .flags(flags | OFlag::O_CLOEXEC)
            .resolve(inside);
        // The kernel gives up when something is renamed meanwhile (openat2(2)).
        for _ in 0..100 {
            match openat2(&self.root, path, how) {
                Err(Errno::EAGAIN) => {}
                result => return result,
            }
        }
        Err(Errno::EAGAIN)
    }
}

fn is_directory(parent: impl AsFd, name: &OsStr) -> Result<bool, Errno> {
    let of = fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    Ok(SFlag::from_bits_truncate(of.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFDIR)
}

//! The directory of this host that a guest's archive goes to, and that bounds it.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use cap_std::{ambient_authority, fs::Dir};

use super::{
    CopyError,
    target::{Copied, Found, Landing, landing, means_contents},
};

/// Where it goes, as it was asked.
pub struct Destination {
    path: PathBuf,
    found: Found,
    of_contents: bool,
}

/// A directory that nothing leads out of.
pub struct Bound {
    /// The capability for it.
    pub directory: Dir,
    /// What the only member is to be called, where what comes is no directory.
    pub file_name: Option<PathBuf>,
    /// Whether the directory was there and only gets contents.
    pub keeps_attributes: bool,
}

impl Destination {
    /// Looks at it. `source` is the guest's path, as it was written.
    ///
    /// # Errors
    /// When the system does not tell what is there.
    pub fn look(path: &Path, source: &str) -> Result<Self, CopyError> {
        let found = match fs::metadata(path) {
            Ok(of) if of.is_dir() => Found::Directory,
            Ok(_) => Found::Other,
            // A link that leads nowhere can be replaced.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
            Err(source) => return Err(write_error(path, source)),
        };
        Ok(Self {
            path: path.to_owned(),
            found,
            of_contents: means_contents(source),
        })
    }

    /// Opens the directory that bounds everything that is written, which is made where a
    /// directory is to become it. `root` is the name of what comes.
    ///
    /// # Errors
    /// When what comes does not fit what is there, or the system refuses.
    pub fn open(&self, root: &OsStr, is_directory: bool) -> Result<Bound, CopyError> {
        let path = &self.path;
        let copied = match (is_directory, self.of_contents) {
            (true, true) => Copied::Contents,
            (true, false) => Copied::Directory,
            (false, _) => Copied::File,
        };
        let written = path.to_string_lossy();
        let landing = landing(copied, root, &written, self.found)?;
        let (bound, file_name) = match (is_directory, landing) {
            (true, Landing::Into(name)) => {
                let copy = path.join(name);
                // Only a guest's archive can have put a link there on an earlier turn.
                if copy.is_symlink() {
                    return Err(CopyError::ThroughLink(copy));
                }
                (copy, None)
            }
            (true, Landing::As | Landing::Contents) => (path.clone(), None),
            (false, Landing::Into(name)) => (path.clone(), Some(name)),
            (false, Landing::As | Landing::Contents) => {
                let parent = path
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new(".")).to_owned();
                (parent, path.file_name().map(OsStr::to_owned))
            }
        };
        if is_directory && !bound.is_dir() {
            fs::create_dir(&bound).map_err(|error| write_error(&bound, error))?;
        }
        let directory = Dir::open_ambient_dir(&bound, ambient_authority());
        Ok(Bound {
            directory: directory.map_err(|error| write_error(&bound, error))?,
            file_name: file_name.map(PathBuf::from),
            keeps_attributes: self.found == Found::Directory && copied == Copied::Contents,
        })
    }
}

/// A file cannot be written here.
pub fn write_error(path: &Path, source: io::Error) -> CopyError {
    CopyError::Write {
        path: path.to_owned(),
        source,
    }
}

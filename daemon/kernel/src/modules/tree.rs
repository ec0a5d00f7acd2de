//! A /lib/modules/RELEASE directory: which modules it has, which are built in, and what
//! they depend on. Module files are read only when they are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::dep_file;
use super::load_order::LoadOrderError;
use super::modinfo::{self, Modinfo, ModinfoError};
use super::name;
use crate::cancel::Cancelled;
use crate::compression::{Compression, DecompressError};
use crate::files::{self, FileError};

/// No module is larger, packed or not, in bytes; the largest of Debian's have 10 MiB.
const MODULE_LIMIT: usize = 128 << 20;
/// Nor is a list such as modules.dep, in bytes.
const LIST_LIMIT: u64 = 32 << 20;
/// Directories are not nested deeper.
const DEPTH_LIMIT: usize = 16;

/// Why modules could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A module file is damaged.
    #[error("the module {} is damaged: {source}; fetch the kernel again", file.display())]
    Modinfo {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: ModinfoError,
    },
    /// A packed module file does not unpack.
    #[error("the module {} is damaged: {source}; fetch the kernel again", file.display())]
    Decompress {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: DecompressError,
    },
    /// A module was built for another kernel.
    #[error(
        "the module {module} is for the kernel {built_for}, not for {release}: \
         give the modules that belong to the kernel"
    )]
    OtherRelease {
        /// The module.
        module: String,
        /// The kernel that it is for.
        built_for: String,
        /// The kernel at hand.
        release: String,
    },
    /// A module depends on one that is neither there nor built in.
    #[error("the module {module} needs {needs}, which is not there: the modules are incomplete")]
    Incomplete {
        /// The module.
        module: String,
        /// What it needs.
        needs: String,
    },
    /// There is no order to load them in.
    #[error(transparent)]
    LoadOrder(#[from] LoadOrderError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The caller cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The modules of a kernel.
#[derive(Debug)]
pub(crate) struct Tree {
    root: PathBuf,
    /// Paths relative to `root`, by module name.
    modules: BTreeMap<String, String>,
    built_in: BTreeSet<String>,
    /// modules.dep; absent before depmod has run.
    depends: Option<BTreeMap<String, Vec<String>>>,
}

impl Tree {
    /// Lists the modules below a directory.
    pub(crate) fn open(root: &Path) -> Result<Self, TreeError> {
        let mut modules = BTreeMap::new();
        walk(root, "", 0, &mut modules)?;
        let built_in = text(root, "modules.builtin")?
            .unwrap_or_default()
            .lines()
            .filter_map(name::of_file)
            .collect();
        let depends = text(root, "modules.dep")?.map(|text| dep_file::parse(&text));
        Ok(Self {
            root: root.to_path_buf(),
            modules,
            built_in,
            depends,
        })
    }

    /// No modules at all: a kernel with all that it needs built in.
    pub(crate) fn empty() -> Self {
        Self {
            root: PathBuf::new(),
            modules: BTreeMap::new(),
            built_in: BTreeSet::new(),
            depends: None,
        }
    }

    /// The names that modules.builtin has, sorted.
    pub(super) fn built_in(&self) -> impl Iterator<Item = &str> {
        self.built_in.iter().map(String::as_str)
    }

    /// A file at the tree's top, of at most `limit` bytes; none where it is absent.
    pub(super) fn list(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, FileError> {
        // An empty tree has no directory: a relative path would be found somewhere else.
        if self.root.as_os_str().is_empty() {
            return Ok(None);
        }
        list(&self.root, name, limit)
    }

    /// Names and relative paths of all modules, sorted by name.
    pub(super) fn modules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules
            .iter()
            .map(|(name, file)| (name.as_str(), file.as_str()))
    }

    /// The relative path of a module.
    pub(super) fn file(&self, name: &str) -> Option<&str> {
        self.modules.get(name).map(String::as_str)
    }

    /// Whether a module is a file of this tree.
    pub(crate) fn has_module(&self, name: &str) -> bool {
        self.modules.contains_key(name)
    }

    /// Whether it tells what is built in at all: an initrd may have modules without that.
    pub(crate) fn lists_built_in(&self) -> bool {
        !self.built_in.is_empty()
    }

    /// Whether modules.builtin names it.
    pub(crate) fn is_built_in(&self, name: &str) -> bool {
        self.built_in.contains(name)
    }

    /// A module file, unpacked.
    pub(super) fn read(&self, file: &str) -> Result<Vec<u8>, TreeError> {
        let path = self.root.join(file);
        let content = files::read(&path, MODULE_LIMIT as u64)?;
        match Compression::detect(&content) {
            Some(compression) => compression
                .unpack(&content, MODULE_LIMIT)
                .map_err(|source| TreeError::Decompress { file: path, source }),
            None => Ok(content),
        }
    }

    /// What a module file says of itself.
    pub(super) fn modinfo(&self, file: &str, module: &[u8]) -> Result<Modinfo, TreeError> {
        modinfo::parse(module).map_err(|source| TreeError::Modinfo {
            file: self.root.join(file),
            source,
        })
    }

    /// The modules that must be loaded before this one; built-in ones are left out.
    pub(super) fn depends(&self, module: &str, info: &Modinfo) -> Result<Vec<String>, TreeError> {
        let listed = self.depends.as_ref().and_then(|all| all.get(module));
        let mut depends = Vec::new();
        for needed in listed.unwrap_or(&info.depends) {
            if self.has_module(needed) {
                depends.push(needed.clone());
            } else if !self.is_built_in(needed) {
                return Err(TreeError::Incomplete {
                    module: module.to_string(),
                    needs: needed.clone(),
                });
            }
        }
        Ok(depends)
    }
}

/// Collects modules; links are not followed, as `build` and `source` lead to kernel sources.
fn walk(
    root: &Path,
    below: &str,
    depth: usize,
    modules: &mut BTreeMap<String, String>,
) -> Result<(), TreeError> {
    if depth > DEPTH_LIMIT {
        return Ok(());
    }
    let directory = root.join(below);
    for entry in files::entries(&directory)? {
        // A name that is no UTF-8 is no module's.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let kind = entry
            .file_type()
            .map_err(|error| FileError::new("read", &entry.path(), error))?;
        if kind.is_dir() {
            walk(root, &path, depth + 1, modules)?;
        } else if kind.is_file()
            && let Some(module) = name::of_file(&path)
        {
            modules.entry(module).or_insert(path);
        }
    }
    Ok(())
}

/// One of the lists at the tree's top; none where it is absent.
fn list(root: &Path, name: &str, limit: u64) -> Result<Option<Vec<u8>>, FileError> {
    match files::read(&root.join(name), limit) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// One of the lists as text.
fn text(root: &Path, name: &str) -> Result<Option<String>, FileError> {
    let content = list(root, name, LIST_LIMIT)?;
    Ok(content.map(|content| String::from_utf8_lossy(&content).into_owned()))
}

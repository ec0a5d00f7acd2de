//! How far a pull or an import has come.

/// A step of a pull or an import, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Asking the package lists which package to take.
    Lookup,
    /// Downloading it; counted in bytes of the packages.
    Download,
    /// Unpacking it; counted in bytes of the packages.
    Unpack,
    /// Making the ELF vmlinux; not counted.
    Extract,
    /// Copying the modules; counted in modules.
    Modules,
}

impl Stage {
    /// The stage's name, as shown to people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Download => "download",
            Self::Unpack => "unpack",
            Self::Extract => "extract",
            Self::Modules => "modules",
        }
    }
}

/// A report of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done, in the stage's unit. It never shrinks within a stage.
    pub done: u64,
    /// How much there is to do; 0 where that is not known.
    pub total: u64,
}

/// What takes the reports: called on the calling thread, so it must be quick.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress);

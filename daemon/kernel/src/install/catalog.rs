//! Kernels that are known by name.

/// A kernel that can be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// Its name here.
    pub name: &'static str,
    /// The Debian package that names the newest kernel of its kind.
    pub package: &'static str,
    /// What it is good for, in a line.
    pub description: &'static str,
}

/// All of them, the recommended one first.
pub const CATALOG: [CatalogEntry; 2] = [
    CatalogEntry {
        name: "debian-cloud",
        package: "linux-image-cloud-amd64",
        description: "Debian's kernel for cloud machines: small, quick to boot",
    },
    CatalogEntry {
        name: "debian",
        package: "linux-image-amd64",
        description: "Debian's kernel for all machines: more drivers and file systems",
    },
];

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static CatalogEntry> {
    CATALOG.iter().find(|entry| entry.name == name)
}

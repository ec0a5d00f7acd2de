//! The images that have names.

/// An image built from Debian's packages.
#[derive(Clone, Copy, Debug)]
pub struct CatalogImage {
    /// Its name.
    pub name: &'static str,
    /// Debian's suite.
    pub suite: &'static str,
    /// What is installed beyond `apt` and the essential packages.
    pub packages: &'static [&'static str],
}

/// All of them, the default one first.
pub const CATALOG: [CatalogImage; 2] = [
    CatalogImage {
        name: "debian-bookworm",
        suite: "bookworm",
        packages: &DEVELOPMENT,
    },
    CatalogImage {
        name: "debian-bookworm-minimal",
        suite: "bookworm",
        packages: &[],
    },
];

/// Their names.
pub const NAMES: [&str; CATALOG.len()] = {
    let mut names = [""; CATALOG.len()];
    let mut index = 0;
    while index < CATALOG.len() {
        names[index] = CATALOG[index].name;
        index += 1;
    }
    names
};

/// What a developer expects on a machine.
const DEVELOPMENT: [&str; 40] = [
    // An init, and what makes logins work.
    "systemd",
    "systemd-sysv",
    "dbus",
    "libpam-systemd",
    "openssh-server",
    "sudo",
    // A tool chain.
    "gcc",
    "g++",
    "libc6-dev",
    "make",
    "pkg-config",
    "patch",
    "git",
    "python3",
    "python3-venv",
    "python3-pip",
    // Data and files.
    "bzip2",
    "diffutils",
    "file",
    "jq",
    "less",
    "nano",
    "rsync",
    "unzip",
    "vim-tiny",
    "xz-utils",
    "zip",
    "zstd",
    // The system and its network.
    "ca-certificates",
    "curl",
    "dnsutils",
    "iproute2",
    "iputils-ping",
    "kmod",
    "lsof",
    "netbase",
    "procps",
    "psmisc",
    "strace",
    "tmux",
];

/// The one of that name.
pub fn find(name: &str) -> Option<&'static CatalogImage> {
    CATALOG.iter().find(|image| image.name == name)
}

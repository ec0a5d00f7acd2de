//! Which members of a package are wanted, and where they go.

use std::path::{Component, Path, PathBuf};

/// The directory that has all modules of all packages.
pub(crate) const MODULES: &str = "lib/modules";

/// A member of a package points outside the package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the package has a member with a hostile name ({name}): do not use it")]
pub struct HostilePath {
    /// The member's name.
    pub name: String,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The kernel image.
    Image,
    /// The configuration that it was built with.
    Config,
    /// An initrd: the modules may be in there.
    Initrd,
    /// A module, or one of their lists.
    Module,
}

/// The relative path under which a member is kept, and what it is; none where it is not
/// wanted. The path has plain names alone.
///
/// Kept are, below `usr/` or not:
/// - `boot/vmlinuz-*`, `boot/vmlinux-*`, `boot/config-*`: Debian, Alpine, Void
/// - `lib/modules/RELEASE/vmlinuz` and `config` there: Fedora, openSUSE, Arch
/// - all else below `lib/modules/RELEASE/`
/// - `vmlinux`, `vmlinuz`, `config`, `initrd` and all below `modules/`: tarballs of a catalog
pub(super) fn select(member: &Path) -> Result<Option<(PathBuf, Role)>, HostilePath> {
    let mut parts = Vec::new();
    for component in member.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(HostilePath {
                    name: member.display().to_string(),
                });
            }
        }
    }
    if parts.first().is_some_and(|part| *part == "usr") {
        parts.remove(0);
    }
    // Names that matter are text; of what is not, only modules are kept.
    let names: Vec<&str> = parts
        .iter()
        .map(|part| part.to_str().unwrap_or(""))
        .collect();
    let kept: PathBuf = parts.iter().collect();
    Ok(match names[..] {
        ["vmlinux" | "vmlinuz"] => Some((kept, Role::Image)),
        ["config"] => Some((kept, Role::Config)),
        ["initrd"] => Some((kept, Role::Initrd)),
        ["boot", name] if name.starts_with("vmlinuz-") || name.starts_with("vmlinux-") => {
            Some((kept, Role::Image))
        }
        ["boot", name] if name.starts_with("config-") => Some((kept, Role::Config)),
        ["lib", "modules", _, "vmlinuz"] => Some((kept, Role::Image)),
        ["lib", "modules", _, "config"] => Some((kept, Role::Config)),
        ["lib", "modules", _, _, ..] => Some((kept, Role::Module)),
        ["modules", _, ..] => Some((Path::new("lib").join(kept), Role::Module)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(member: &str) -> Option<(String, Role)> {
        select(Path::new(member))
            .unwrap()
            .map(|(path, role)| (path.display().to_string(), role))
    }

    #[test]
    fn what_a_kernel_needs_is_kept() {
        for (member, kept, role) in [
            ("./boot/vmlinuz-6.1", "boot/vmlinuz-6.1", Role::Image),
            ("boot/vmlinuz-virt", "boot/vmlinuz-virt", Role::Image),
            ("boot/config-6.1", "boot/config-6.1", Role::Config),
            (
                "./lib/modules/6.1/kernel/a.ko",
                "lib/modules/6.1/kernel/a.ko",
                Role::Module,
            ),
            (
                "./usr/lib/modules/6.1/modules.order",
                "lib/modules/6.1/modules.order",
                Role::Module,
            ),
            (
                "./lib/modules/6.1/vmlinuz",
                "lib/modules/6.1/vmlinuz",
                Role::Image,
            ),
            (
                "usr/lib/modules/6.1/config",
                "lib/modules/6.1/config",
                Role::Config,
            ),
            ("./vmlinux", "vmlinux", Role::Image),
            ("config", "config", Role::Config),
            ("./initrd", "initrd", Role::Initrd),
            (
                "modules/6.1/kernel/a.ko",
                "lib/modules/6.1/kernel/a.ko",
                Role::Module,
            ),
            (
                "modules/modules.dep",
                "lib/modules/modules.dep",
                Role::Module,
            ),
        ] {
            assert_eq!(selected(member), Some((kept.to_owned(), role)));
        }
    }

    #[test]
    fn the_rest_is_not() {
        for member in [
            "./",
            "./boot",
            "./boot/System.map-6.1",
            "./boot/vmlinuz-x/y",
            "./lib/modules",
            "./lib/modules/6.1",
            "./modules",
            "./boot/initrd.img-6.1",
            "./usr/share/doc/x",
            "./lib/firmware/x",
        ] {
            assert_eq!(selected(member), None, "{member}");
        }
    }

    #[test]
    fn hostile_names_condemn_the_package() {
        for member in [
            "../boot/vmlinuz-1",
            "lib/modules/../../etc/passwd",
            "/boot/vmlinuz-1",
        ] {
            assert!(select(Path::new(member)).is_err(), "{member}");
        }
    }
}

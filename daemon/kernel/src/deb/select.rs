//! Which members of a kernel package are wanted, and where they go.

use std::path::{Component, Path, PathBuf};

/// A member of a package points outside the package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the package has a member with a hostile name ({name}): do not use it")]
pub struct HostilePath {
    /// The member's name.
    pub name: String,
}

/// The relative path under which a member is kept; none where it is not wanted.
///
/// Kept are `boot/vmlinuz-*`, `boot/config-*` and all below `lib/modules/`, which newer
/// packages have below `usr/`. The path has plain names alone.
pub(super) fn select(member: &Path) -> Result<Option<PathBuf>, HostilePath> {
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
    let starts_with = |at: usize, prefix: &str| {
        parts
            .get(at)
            .and_then(|part| part.to_str())
            .is_some_and(|part| part.starts_with(prefix))
    };
    let is = |at: usize, name: &str| parts.get(at).is_some_and(|part| *part == name);
    let image = is(0, "boot")
        && parts.len() == 2
        && (starts_with(1, "vmlinuz-") || starts_with(1, "config-"));
    let module = is(0, "lib") && is(1, "modules") && parts.len() > 3;
    Ok((image || module).then(|| parts.iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(member: &str) -> Option<String> {
        select(Path::new(member))
            .unwrap()
            .map(|path| path.display().to_string())
    }

    #[test]
    fn what_a_kernel_needs_is_kept() {
        for (member, kept) in [
            ("./boot/vmlinuz-6.1", "boot/vmlinuz-6.1"),
            ("boot/config-6.1", "boot/config-6.1"),
            (
                "./lib/modules/6.1/kernel/a.ko",
                "lib/modules/6.1/kernel/a.ko",
            ),
            (
                "./usr/lib/modules/6.1/modules.order",
                "lib/modules/6.1/modules.order",
            ),
        ] {
            assert_eq!(selected(member).as_deref(), Some(kept));
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

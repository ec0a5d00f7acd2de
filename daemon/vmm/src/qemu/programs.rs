//! Where the programs are.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::version::{self, QemuVersion};
use super::{QemuConfig, VmmError};

/// What to type where the vsock device is missing.
const VSOCK_HINT: &str = "cargo install vhost-device-vsock (or your distribution's package of it)";
/// What to type where QEMU is missing.
pub(super) const QEMU_HINT: &str =
    "apt install qemu-system-x86 (or your distribution's package of it)";

/// The programs that a machine is made of, by absolute paths.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) qemu: PathBuf,
    pub(super) version: QemuVersion,
    pub(super) vhost_device_vsock: PathBuf,
}

/// Finds and probes them all.
pub(super) async fn find(config: &QemuConfig) -> Result<Programs, VmmError> {
    let vhost_device_vsock = find_vsock(config)?;
    let (qemu, version) = find_qemu(config).await?;
    Ok(Programs {
        qemu,
        version,
        vhost_device_vsock,
    })
}

pub(super) async fn find_qemu(config: &QemuConfig) -> Result<(PathBuf, QemuVersion), VmmError> {
    let path = in_path(&config.qemu).ok_or_else(|| missing(&config.qemu, QEMU_HINT))?;
    let version = version::probe(&path).await?;
    Ok((path, version))
}

pub(super) fn find_vsock(config: &QemuConfig) -> Result<PathBuf, VmmError> {
    in_path(&config.vhost_device_vsock)
        .ok_or_else(|| missing(&config.vhost_device_vsock, VSOCK_HINT))
}

fn missing(program: &Path, hint: &str) -> VmmError {
    VmmError::Missing {
        program: program.display().to_string(),
        hint: hint.to_owned(),
    }
}

/// A program by its path or, where it has no slash, by its name in PATH.
fn in_path(program: &Path) -> Option<PathBuf> {
    let directories = std::env::var_os("PATH").unwrap_or_default();
    let candidates: Vec<PathBuf> = if program.components().count() > 1 {
        vec![program.to_owned()]
    } else {
        std::env::split_paths(&directories)
            .map(|directory| directory.join(program))
            .collect()
    };
    candidates
        .into_iter()
        .find(|path| is_program(path))
        .and_then(|path| std::path::absolute(path).ok())
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_for_in_path_and_paths_are_not() {
        let shell = in_path(Path::new("sh")).unwrap();
        assert!(shell.is_absolute());
        assert_eq!(in_path(&shell), Some(shell.clone()));
        assert_eq!(in_path(Path::new("no-such-program-here")), None);
        assert_eq!(in_path(Path::new("/etc/passwd")), None);
    }

    #[test]
    fn a_missing_device_is_told_with_what_to_type() {
        let config = QemuConfig {
            vhost_device_vsock: "no-such-program-here".into(),
            ..QemuConfig::default()
        };
        let error = find_vsock(&config).unwrap_err();
        assert!(error.to_string().contains("cargo install"), "{error}");
    }
}

//! Which QEMU it is, and whether it has what is needed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::programs::QEMU_HINT as INSTALL_HINT;
use crate::VmmError;

/// The oldest QEMU that this backend was tested with, Debian 12's. It is also the first whose
/// software processor knows AVX, without which programs built for newer processors die.
const OLDEST: QemuVersion = QemuVersion { major: 7, minor: 2 };

/// How long QEMU may take to tell its version.
const PROBE_DEADLINE: Duration = Duration::from_secs(10);

/// A QEMU's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QemuVersion {
    /// As in 7.2: 7.
    pub major: u32,
    /// As in 7.2: 2.
    pub minor: u32,
}

impl std::fmt::Display for QemuVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Runs QEMU twice, for its version and for its machine types; takes some 60 ms.
///
/// # Errors
/// When it is missing, too old, or was built without `microvm`.
pub(super) async fn probe(program: &Path) -> Result<QemuVersion, VmmError> {
    let told = output_of(program, "--version").await?;
    let version = parse_version(&told).ok_or_else(|| VmmError::NotStarted {
        program: name_of(program),
        message: format!("`--version` says {:?}", first_line(&told)),
    })?;
    if version < OLDEST {
        return Err(VmmError::TooOld {
            program: name_of(program),
            found: version.to_string(),
            needed: OLDEST.to_string(),
        });
    }
    let machines = output_of(program, "-machine=help").await?;
    if !has_microvm(&machines) {
        return Err(VmmError::Missing {
            program: format!("{} with the microvm machine", name_of(program)),
            hint: INSTALL_HINT.to_owned(),
        });
    }
    Ok(version)
}

async fn output_of(program: &Path, argument: &str) -> Result<String, VmmError> {
    let mut command = Command::new(program);
    command
        .args(argument.split('='))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let not_started = |message: String| VmmError::NotStarted {
        program: name_of(program),
        message,
    };
    match tokio::time::timeout(PROBE_DEADLINE, command.output()).await {
        Ok(Ok(output)) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(Ok(output)) => {
            let message = String::from_utf8_lossy(&output.stderr);
            Err(not_started(first_line(&message).to_owned()))
        }
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => Err(VmmError::Missing {
            program: name_of(program),
            hint: INSTALL_HINT.to_owned(),
        }),
        Ok(Err(error)) => Err(not_started(error.to_string())),
        Err(_) => Err(not_started(format!("no answer to {argument}"))),
    }
}

/// Reads `QEMU emulator version 7.2.22 (Debian ...)`.
fn parse_version(told: &str) -> Option<QemuVersion> {
    let mut words = first_line(told).split_whitespace();
    words.find(|&word| word == "version")?;
    let mut numbers = words.next()?.split('.');
    let mut number = || numbers.next()?.parse().ok();
    Some(QemuVersion {
        major: number()?,
        minor: number()?,
    })
}

/// Reads lines of `name   description`.
fn has_microvm(machines: &str) -> bool {
    machines
        .lines()
        .any(|line| line.split_whitespace().next() == Some("microvm"))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn name_of(program: &Path) -> String {
    PathBuf::from(program).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_and_without_a_distributions_suffix() {
        let version = |text| parse_version(text).map(|version| version.to_string());
        let debian = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright";
        assert_eq!(version(debian).as_deref(), Some("7.2"));
        let plain = "QEMU emulator version 10.0.0";
        assert_eq!(version(plain).as_deref(), Some("10.0"));
        assert_eq!(version("busybox v1.36"), None);
        assert_eq!(version(""), None);
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let version = |major, minor| QemuVersion { major, minor };
        assert!(version(10, 0) > OLDEST);
        assert!(version(7, 2) >= OLDEST);
        assert!(version(7, 1) < OLDEST);
    }

    #[test]
    fn microvm_is_a_word_of_its_own() {
        assert!(has_microvm(
            "none  empty\nmicrovm              microvm (i386)\n"
        ));
        assert!(!has_microvm("xmicrovm  like microvm\n"));
    }

    #[tokio::test]
    async fn a_missing_program_is_told_with_what_to_type() {
        let error = probe(Path::new("/nonexistent/qemu")).await.unwrap_err();
        assert!(matches!(&error, VmmError::Missing { .. }));
        assert!(error.to_string().contains("apt install"));
    }

    #[tokio::test]
    async fn another_program_is_not_taken_for_qemu() {
        let error = probe(Path::new("/bin/cat")).await.unwrap_err();
        assert!(matches!(error, VmmError::NotStarted { .. }), "{error}");
    }
}
